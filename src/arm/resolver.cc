// SPDX-License-Identifier: Apache-2.0
#include "arm/resolver.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

// Whether an expression's value hangs on a lambda around it.
bool UsesLambdaVariables(const Expression& expression) {
  if (expression.kind == Expression::Kind::kCall &&
      EqualsIgnoringCase(expression.name, "lambdaVariables")) {
    return true;
  }
  return std::any_of(expression.parts.begin(), expression.parts.end(), UsesLambdaVariables);
}

}  // namespace

bool IsPropertyLoops(const json::value& value) {
  const json::array* loops = value.if_array();
  return loops && !loops->empty() &&
         std::all_of(loops->begin(), loops->end(), [](const json::value& loop) {
           const json::object* object = loop.if_object();
           return object && FindMember(*object, "name") && FindMember(*object, "count") &&
                  FindMember(*object, "input");
         });
}

Result<json::value> Resolver::Resolve(const json::value& value) {
  TRY_VOID(context_.budget->Step());
  if (value.is_string()) return ResolveString(ViewOf(value.get_string()));
  if (!value.is_structured()) return value;
  if (context_.depth >= kMaxEvaluationDepth) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateLimit,
                context_.path + ": expected values and expressions that are less deep");
  }
  ++context_.depth;
  auto resolved =
      value.is_array() ? ResolveArray(value.get_array()) : ResolveObject(value.get_object());
  --context_.depth;
  return resolved;
}

Result<json::value> Resolver::ResolveMember(const json::value& value, std::string_view name) {
  const std::size_t size = context_.path.size();
  context_.path.append(".").append(name);
  auto resolved = Resolve(value);
  context_.path.resize(size);
  return resolved;
}

Result<json::value> Resolver::ResolveString(std::string_view text) {
  if (!IsExpression(text)) {
    const std::string_view literal = LiteralText(text);
    TRY_VOID(context_.budget->Grow(literal.size()));
    return json::value(json::string(literal.data(), literal.size()));
  }
  Evaluator evaluator(context_);
  TRY(const Expression expression, evaluator.Parse(text));
  if (deferred_ && NeedsDeployment(expression)) {
    TRY_VOID(evaluator.CheckCalls(expression));
    deferred_->any = true;
    TRY_VOID(NoteReferences(expression));
    return json::value(json::string(text.data(), text.size()));
  }
  TRY(const Value value, evaluator.Evaluate(expression));
  TRY_VOID(context_.budget->Grow(MeasureValue(*value)));
  return json::value(*value);
}

// A target that hangs on another reference or on a lambda's variable is found when it is asked for.
Result<void> Resolver::NoteReferences(const Expression& expression) {
  for (const Expression& part : expression.parts) TRY_VOID(NoteReferences(part));
  const bool is_reference = expression.kind == Expression::Kind::kCall &&
                            EqualsIgnoringCase(expression.name, "reference");
  if (!is_reference) return {};
  const Expression& target = expression.parts.front();
  if (NeedsDeployment(target) || UsesLambdaVariables(target)) return {};
  TRY(const Value value, Evaluator(context_).Evaluate(target));
  if (value->is_string()) deferred_->references.emplace_back(ViewOf(value->get_string()));
  return {};
}

Result<json::value> Resolver::ResolveArray(const json::array& array) {
  json::array resolved;
  resolved.reserve(array.size());
  const std::size_t size = context_.path.size();
  for (std::size_t i = 0; i < array.size(); ++i) {
    context_.path += "[" + std::to_string(i) + "]";
    TRY(json::value element, Resolve(array[i]));
    context_.path.resize(size);
    resolved.push_back(std::move(element));
  }
  TRY_VOID(context_.budget->Grow(24 * array.size()));
  return json::value(std::move(resolved));
}

Result<json::value> Resolver::ResolveObject(const json::object& object) {
  json::object resolved;
  resolved.reserve(object.size());
  for (const auto& member : object) {
    const std::string_view written(member.key().data(), member.key().size());
    if (EqualsIgnoringCase(written, "copy") && IsPropertyLoops(member.value())) {
      TRY_VOID(ResolvePropertyLoops(member.value().get_array(), &resolved));
      continue;
    }
    json::value name = json::string(written.data(), written.size());
    if (IsExpression(written)) {
      TRY(name, ResolveMember(name, written));
      if (!name.is_string()) {
        return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateExpression,
                    context_.path + ": expected the name of a member to be a string, got " +
                        std::string(DescribeKind(name)));
      }
    }
    TRY(json::value value, ResolveMember(member.value(), written));
    TRY_VOID(context_.budget->Grow(40 + written.size()));
    resolved.insert_or_assign(name.get_string(), std::move(value));
  }
  return json::value(std::move(resolved));
}

Result<std::int64_t> Resolver::CountOf(const json::object& copy) {
  const json::value* written = FindMember(copy, "count");
  const std::string path = context_.path + ".copy.count";
  if (!written) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateInvalid, path + ": expected a count");
  }
  Resolver strict(context_);
  TRY(const json::value value, strict.ResolveMember(*written, "copy.count"));
  const auto count = WholeNumberOf(value);
  const auto most = static_cast<std::int64_t>(context_.budget->limits().copies);
  if (count && *count >= 0 && *count <= most) return *count;
  return Fail(ErrorKind::kInvalidRequest,
              count ? reasons::kTemplateLimit : reasons::kTemplateInvalid,
              path + ": expected a whole number from 0 to " + std::to_string(most) + ", got " +
                  (count ? std::to_string(*count) : std::string(DescribeKind(value))));
}

Result<json::value> Resolver::ResolveLoop(const json::object& copy, const std::string& name) {
  TRY(const std::int64_t count, CountOf(copy));
  const json::value* input = FindMember(copy, "input");
  if (!input) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateInvalid,
                context_.path + ".copy: expected 'input'");
  }
  json::array turns;
  for (std::int64_t i = 0; i < count; ++i) {
    context_.copies.push_back({name, i, false});
    auto turn = ResolveMember(*input, "copy.input");
    context_.copies.pop_back();
    if (!turn) return tl::unexpected<Error>(std::move(turn.error()));
    turns.push_back(*std::move(turn));
  }
  return json::value(std::move(turns));
}

Result<void> Resolver::ResolvePropertyLoops(const json::array& loops, json::object* into) {
  for (const json::value& loop : loops) {
    const json::object& copy = loop.get_object();
    TRY(const json::value name, ResolveMember(*FindMember(copy, "name"), "copy.name"));
    if (!name.is_string()) {
      return Fail(
          ErrorKind::kInvalidRequest, reasons::kTemplateInvalid,
          context_.path + ".copy.name: expected a string, got " + std::string(DescribeKind(name)));
    }
    TRY(json::value turns, ResolveLoop(copy, std::string(ViewOf(name.get_string()))));
    into->insert_or_assign(name.get_string(), std::move(turns));
  }
  return {};
}

}  // namespace openimds::templates
