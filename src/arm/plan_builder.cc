// SPDX-License-Identifier: Apache-2.0
#include "arm/plan_builder.h"

#include <algorithm>
#include <utility>

#include "arm/dependency_order.h"
#include "arm/nested_template.h"
#include "arm/outputs.h"
#include "arm/resource_path.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

// Members of a resource that say how to deploy it, and are no part of it.
constexpr std::string_view kTemplateOnly[] = {
    "type",  "name",     "apiVersion", "id",       "dependsOn", "condition", "copy",
    "scope", "comments", "resources",  "metadata", "existing",  "asserts"};

bool IsTemplateOnly(std::string_view name) {
  return std::any_of(std::begin(kTemplateOnly), std::end(kTemplateOnly),
                     [&](std::string_view other) { return EqualsIgnoringCase(name, other); });
}

tl::unexpected<Error> Invalid(const std::string& message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateInvalid, message);
}

bool IsTrue(const json::object& body, const char* name) {
  const json::value* member = FindMember(body, name);
  return member && member->is_bool() && member->get_bool();
}

}  // namespace

Result<json::object> ResolveResourceBody(EvaluationContext& context, Deferred* deferred,
                                         const PlannedResource& resource) {
  Resolver resolver(context, deferred);
  json::object body;
  for (const auto& member : *resource.declaration) {
    const std::string_view name(member.key().data(), member.key().size());
    if (IsTemplateOnly(name)) continue;
    if (resource.is_deployment() && EqualsIgnoringCase(name, "properties")) {
      TRY(body[name], ResolveNestedProperties(resolver, context, member.value()));
      continue;
    }
    TRY(json::value value, resolver.ResolveMember(member.value(), name));
    if (!value.is_null()) body.insert_or_assign(name, std::move(value));
  }
  return body;
}

PlanBuilder::PlanBuilder(PlanStart start) : plan_(new DeploymentPlan) {
  plan_->name_ = std::move(start.name);
  plan_->mode_ = start.mode;
  plan_->template_ = std::move(start.source);
  plan_->place_ = std::move(start.place);
  plan_->scope_ = std::move(start.scope);
  plan_->copies_ = std::move(start.copies);
  plan_->budget_ = std::move(start.budget);
  plan_->limits_ = plan_->budget_->limits();
  plan_->depth_ = start.depth;
  plan_->secrets_ = std::move(start.secrets);
  plan_->id_ =
      plan_->place_.ScopeId() + "/providers/" + std::string(kDeploymentType) + "/" + plan_->name_;
}

EvaluationContext PlanBuilder::ContextFor(const std::string& path,
                                          const std::vector<CopyTurn>& copies) const {
  EvaluationContext context{.scope = plan_->scope_.get(), .budget = plan_->budget_.get()};
  context.copies = copies;
  context.path = path;
  return context;
}

Result<std::shared_ptr<const DeploymentPlan>> PlanBuilder::Build() {
  TRY_VOID(plan_->scope_->CheckAll(*plan_->budget_));
  plan_->scope_->AppendSecrets(&plan_->secrets_);
  for (const ResourceDeclaration& declaration : plan_->template_->resources()) {
    TRY_VOID(AddLoop(declaration, {}, plan_->copies_));
  }
  TRY_VOID(Order());
  TRY_VOID(CheckOutputs(*plan_->template_, ContextFor("outputs", plan_->copies_)));
  return std::shared_ptr<const DeploymentPlan>(plan_);
}

Result<void> PlanBuilder::AddLoop(const ResourceDeclaration& declaration, const Parent& parent,
                                  std::vector<CopyTurn> copies) {
  const json::value* copy = FindMember(*declaration.body, "copy");
  if (!copy) return AddOne(declaration, parent, "", copies);
  if (!copy->is_object()) return Invalid(declaration.path + ".copy: expected an object");
  const std::string name(TextMember(copy->get_object(), "name"));
  if (name.empty()) return Invalid(declaration.path + ".copy.name: expected a name");
  const std::string_view mode = TextMember(copy->get_object(), "mode");
  if (!mode.empty() && !EqualsIgnoringCase(mode, "serial") &&
      !EqualsIgnoringCase(mode, "parallel")) {
    return Invalid(declaration.path + ".copy.mode: expected Serial or Parallel, got '" +
                   std::string(mode.substr(0, 100)) + "'");
  }
  EvaluationContext context = ContextFor(declaration.path, copies);
  TRY(const std::int64_t count, Resolver(context).CountOf(copy->get_object()));
  copies.push_back({name, 0, true});
  for (std::int64_t i = 0; i < count; ++i) {
    copies.back().index = i;
    TRY_VOID(AddOne(declaration, parent, name, copies));
  }
  return {};
}

Result<std::string> PlanBuilder::ResolveText(EvaluationContext& context, const json::object& body,
                                             const char* name) {
  TRY(const json::value value, Resolver(context).ResolveMember(*FindMember(body, name), name));
  if (value.is_string() && !value.get_string().empty()) {
    return std::string(ViewOf(value.get_string()));
  }
  return Invalid(context.path + "." + name + ": expected a string that is not empty");
}

Result<bool> PlanBuilder::IsWanted(EvaluationContext& context, const json::object& body) {
  const json::value* condition = FindMember(body, "condition");
  if (!condition) return !IsTrue(body, "existing");
  TRY(const json::value value, Resolver(context).ResolveMember(*condition, "condition"));
  if (value.is_bool()) return value.get_bool() && !IsTrue(body, "existing");
  return Invalid(context.path + ".condition: expected a boolean, got " +
                 std::string(DescribeKind(value)));
}

// In the deployment's scope, or in the one that the resource names: another resource's id, or what
// follows the group in it.
Result<std::string> PlanBuilder::IdOf(EvaluationContext& context, const PlannedResource& resource) {
  const json::object& body = *resource.declaration;
  std::string scope = plan_->place_.ScopeId();
  if (FindMember(body, "scope")) {
    TRY(std::string named, ResolveText(context, body, "scope"));
    if (named == "/") named.clear();
    const bool relative = !named.empty() && named.front() != '/';
    scope = relative ? scope + "/providers/" + named : named;
    if (relative) {
      const auto slash = named.rfind('/');
      TRY(const std::string path, ProviderPath(named.substr(0, slash), named.substr(slash + 1)));
      scope = plan_->place_.ScopeId() + path;
    }
  } else if (resource.is_deployment()) {
    TRY(const Surroundings place, NestedPlace(context, plan_->place_, body));
    scope = place.ScopeId();
  }
  auto id = MakeResourceId(scope, resource.type, resource.name);
  if (!id) return Invalid(context.path + ": " + id.error().message);
  return *id;
}

Result<std::vector<std::string>> PlanBuilder::DependenciesOf(EvaluationContext& context,
                                                             const json::object& body) {
  std::vector<std::string> names;
  const json::value* written = FindMember(body, "dependsOn");
  if (!written || written->is_null()) return names;
  TRY(const json::value value, Resolver(context).ResolveMember(*written, "dependsOn"));
  const json::array* array = value.if_array();
  if (!array) return Invalid(context.path + ".dependsOn: expected an array of strings");
  for (const json::value& name : *array) {
    if (!name.is_string())
      return Invalid(context.path + ".dependsOn: expected an array of strings");
    names.emplace_back(ViewOf(name.get_string()));
  }
  return names;
}

Result<void> PlanBuilder::AddOne(const ResourceDeclaration& declaration, const Parent& parent,
                                 const std::string& loop, const std::vector<CopyTurn>& copies) {
  TRY_VOID(plan_->budget_->AddResource());
  EvaluationContext context = ContextFor(declaration.path, copies);
  const json::object& body = *declaration.body;
  PlannedResource resource;
  resource.declaration = &body;
  resource.path = declaration.path;
  resource.copies = copies;
  resource.symbol = declaration.symbol;
  resource.loop = loop;
  TRY(const bool wanted, IsWanted(context, body));
  TRY(resource.type, ResolveText(context, body, "type"));
  TRY(resource.name, ResolveText(context, body, "name"));
  TRY(resource.api_version, ResolveText(context, body, "apiVersion"));
  if (!parent.type.empty()) {
    resource.type = parent.type + "/" + resource.type;
    resource.name = parent.name + "/" + resource.name;
  }
  TRY(resource.id, IdOf(context, resource));
  Pending pending;
  if (wanted) {
    TRY(pending.depends_on, DependenciesOf(context, body));
    Deferred deferred;
    TRY(resource.body, ResolveResourceBody(context, &deferred, resource));
    resource.is_known = !deferred.any;
    pending.references = std::move(deferred.references);
    if (resource.is_deployment()) TRY_VOID(AddNested(resource, pending));
    TRY_VOID(Keep(resource, std::move(pending)));
  } else {
    skipped_.Add(0, resource.id, resource.type, resource.name, resource.symbol, loop);
    if (IsTrue(body, "existing")) {
      plan_->existing_.push_back(resource);
    } else {
      plan_->skipped_.push_back(resource.id);
    }
  }
  return AddChildren(declaration, resource);
}

Result<void> PlanBuilder::AddChildren(const ResourceDeclaration& declaration,
                                      const PlannedResource& resource) {
  const json::value* children = FindMember(*declaration.body, "resources");
  if (!children || resource.is_deployment()) return {};
  if (!children->is_array()) return Invalid(declaration.path + ".resources: expected an array");
  const json::array& array = children->get_array();
  for (std::size_t i = 0; i < array.size(); ++i) {
    const std::string path = declaration.path + ".resources[" + std::to_string(i) + "]";
    TRY(const ResourceDeclaration child, ReadResourceDeclaration(array[i], path, ""));
    TRY_VOID(AddLoop(child, {resource.type, resource.name}, resource.copies));
  }
  return {};
}

Result<void> PlanBuilder::Keep(PlannedResource resource, Pending pending) {
  if (!ids_.insert(LowerAscii(resource.id)).second) {
    return Invalid(resource.path + ": expected each resource once, got '" + resource.id +
                   "' again");
  }
  index_.Add(plan_->resources_.size(), resource.id, resource.type, resource.name, resource.symbol,
             resource.loop);
  plan_->resources_.push_back(std::move(resource));
  pending_.push_back(std::move(pending));
  return {};
}

Result<void> PlanBuilder::AddNested(PlannedResource& resource, Pending& pending) {
  if (!FindObject(*resource.declaration, "properties")) {
    return Invalid(resource.path + ".properties: expected an object with a template");
  }
  if (!resource.is_known) return {};
  TRY(resource.nested, plan_->PlanNestedFrom(resource, resource.body));
  for (const std::string& reference : resource.nested->outside_references()) {
    pending.references.push_back(reference);
  }
  return {};
}

// What `dependsOn` names must be in the template; what reference() names may be elsewhere.
Result<std::vector<std::size_t>> PlanBuilder::FindNeeded(std::size_t number) {
  const PlannedResource& resource = plan_->resources_[number];
  std::set<std::size_t> needed;
  for (const std::string& name : pending_[number].depends_on) {
    const auto found = index_.Find(name);
    const bool is_loop =
        !found.empty() && EqualsIgnoringCase(plan_->resources_[found[0]].loop, name);
    if (found.size() > 1 && !is_loop) {
      return Invalid(resource.path + ".dependsOn: expected one resource, got '" + name +
                     "', the name of several; write Type/name");
    }
    if (found.empty() && skipped_.Find(name).empty()) {
      return Invalid(resource.path + ".dependsOn: The resource '" + name.substr(0, 300) +
                     "' is not defined in the template.");
    }
    needed.insert(found.begin(), found.end());
  }
  for (const std::string& name : pending_[number].references) {
    const auto found = index_.Find(name);
    if (found.empty()) plan_->outside_references_.push_back(name);
    needed.insert(found.begin(), found.end());
  }
  return std::vector<std::size_t>(needed.begin(), needed.end());
}

Result<void> PlanBuilder::Order() {
  const std::size_t count = plan_->resources_.size();
  std::vector<std::vector<std::size_t>> depends_on;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    TRY(auto needed, FindNeeded(i));
    depends_on.push_back(std::move(needed));
    names.push_back(plan_->resources_[i].type + "/" + plan_->resources_[i].name);
  }
  TRY(const auto order, OrderByDependencies(depends_on, names));
  std::vector<std::size_t> place_of(count);
  for (std::size_t i = 0; i < count; ++i) place_of[order[i]] = i;
  std::vector<PlannedResource> ordered;
  for (const std::size_t number : order) {
    PlannedResource& resource = plan_->resources_[number];
    for (const std::size_t needed : depends_on[number]) {
      resource.depends_on.push_back(place_of[needed]);
    }
    std::sort(resource.depends_on.begin(), resource.depends_on.end());
    plan_->index_.Add(ordered.size(), resource.id, resource.type, resource.name, resource.symbol,
                      "");
    ordered.push_back(std::move(resource));
  }
  plan_->resources_ = std::move(ordered);
  return {};
}

}  // namespace openimds::templates
