// SPDX-License-Identifier: Apache-2.0
#include "arm/nested_template.h"

#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

tl::unexpected<Error> Invalid(const std::string& message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateInvalid, message);
}

Result<void> CheckProperties(const std::string& path, const json::object& properties) {
  for (const char* link : {"templateLink", "parametersLink"}) {
    if (FindMember(properties, link)) {
      return Invalid(path + ".properties." + link +
                     ": links are not served; write the template or the values in place");
    }
  }
  if (!FindObject(properties, "template")) {
    return Invalid(path + ".properties.template: expected an object");
  }
  return {};
}

// The text of a member, evaluated; empty if it is not there.
Result<std::string> OptionalText(EvaluationContext& context, const json::object& body,
                                 const char* name) {
  const json::value* written = FindMember(body, name);
  if (!written) return std::string();
  TRY(const json::value value, Resolver(context).ResolveMember(*written, name));
  if (value.is_string()) return std::string(ViewOf(value.get_string()));
  return Invalid(context.path + "." + name + ": expected a string");
}

}  // namespace

Result<json::value> ResolveNestedProperties(Resolver& resolver, EvaluationContext& context,
                                            const json::value& properties) {
  const json::object* object = properties.if_object();
  if (!object) return Invalid(context.path + ".properties: expected an object");
  TRY_VOID(CheckProperties(context.path, *object));
  json::object resolved;
  for (const char* name : {"mode", "parameters", "expressionEvaluationOptions"}) {
    const json::value* member = FindMember(*object, name);
    if (!member) continue;
    TRY(resolved[name], resolver.ResolveMember(*member, std::string("properties.") + name));
  }
  const std::string_view mode = TextMember(resolved, "mode");
  if (!mode.empty() && !EqualsIgnoringCase(mode, "Incremental")) {
    return Invalid(context.path + ".properties.mode: expected Incremental in a nested deployment" +
                   ", got '" + std::string(mode.substr(0, 100)) + "'");
  }
  const json::value* parameters = FindMember(resolved, "parameters");
  if (parameters && !parameters->is_object()) {
    return Invalid(context.path + ".properties.parameters: expected an object");
  }
  return json::value(std::move(resolved));
}

Result<Surroundings> NestedPlace(EvaluationContext& context, const Surroundings& outer,
                                 const json::object& body) {
  Surroundings place = outer;
  TRY(const std::string subscription, OptionalText(context, body, "subscriptionId"));
  TRY(const std::string group, OptionalText(context, body, "resourceGroup"));
  TRY(const std::string location, OptionalText(context, body, "location"));
  if (!subscription.empty()) {
    place.subscription_id = subscription;
    place.resource_group.clear();
  }
  if (!group.empty()) place.resource_group = group;
  if (!location.empty()) place.location = location;
  return place;
}

bool HasInnerScope(const json::object& properties) {
  const json::object* options = FindObject(properties, "expressionEvaluationOptions");
  return options && EqualsIgnoringCase(TextMember(*options, "scope"), "inner");
}

}  // namespace openimds::templates
