// SPDX-License-Identifier: Apache-2.0
#include "arm/deployment_plan.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "arm/nested_template.h"
#include "arm/outputs.h"
#include "arm/plan_builder.h"
#include "arm/resource_path.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

json::string JsonText(std::string_view text) { return json::string(text.data(), text.size()); }

// What deployment() answers inside a template.
json::object DeploymentFacts(const std::string& name, std::string_view mode,
                             const json::object& document) {
  const std::string_view schema = TextMember(document, "$schema");
  const std::string_view version = TextMember(document, "contentVersion");
  json::object shown{{"$schema", JsonText(schema)}, {"contentVersion", JsonText(version)}};
  return {{"name", name},
          {"properties", json::object{{"mode", JsonText(mode)},
                                      {"provisioningState", "Accepted"},
                                      {"parameters", json::object()},
                                      {"template", std::move(shown)}}}};
}

// What stands on others goes first: a network cannot go while a machine is in it.
std::size_t DeletionRank(std::string_view id) {
  constexpr std::array<std::string_view, 7> kOrder = {
      "Microsoft.Compute/virtualMachineScaleSets", "Microsoft.Compute/virtualMachines",
      "Microsoft.Network/networkInterfaces",       "Microsoft.Network/loadBalancers",
      "Microsoft.Network/publicIPAddresses",       "Microsoft.Network/networkSecurityGroups",
      "Microsoft.Network/virtualNetworks"};
  const std::string type = TakeApart(id).type;
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    if (EqualsIgnoringCase(kOrder[i], type)) return i;
  }
  return kOrder.size();
}

// Complete mode leaves these alone, as ARM does.
bool SurvivesCompleteMode(std::string_view id) {
  const std::string type = TakeApart(id).type;
  return EqualsIgnoringCase(type, kDeploymentType) ||
         StartsWithIgnoringCase(type, "Microsoft.Authorization/");
}

// A short secret is only looked for as the whole text: its letters are everywhere.
bool HoldsSecret(std::string_view text, const std::vector<std::string>& secrets) {
  constexpr std::size_t kShort = 4;
  return std::any_of(secrets.begin(), secrets.end(), [&](const std::string& secret) {
    return secret.size() < kShort ? text == secret : text.find(secret) != text.npos;
  });
}

json::object ShowResource(const PlannedResource& resource) {
  return {{"id", resource.id}, {"resourceType", resource.type}, {"resourceName", resource.name}};
}

}  // namespace

bool PlannedResource::is_deployment() const { return EqualsIgnoringCase(type, kDeploymentType); }

const Template& DeploymentPlan::source() const { return *template_; }

Result<std::shared_ptr<const DeploymentPlan>> DeploymentPlan::Make(const DeploymentRequest& request,
                                                                   const Surroundings& surroundings,
                                                                   const Limits& limits) {
  TRY(auto source, Template::Read(request.document));
  const bool complete = request.mode == DeploymentMode::kComplete;
  auto scope = std::make_shared<TemplateScope>(
      source, surroundings,
      DeploymentFacts(request.name, complete ? "Complete" : "Incremental", request.document));
  TRY_VOID(scope->BindParameters(request.parameters));
  PlanStart start{request.name,
                  request.mode,
                  std::move(source),
                  surroundings,
                  std::move(scope),
                  {},
                  std::make_shared<Budget>(limits),
                  0,
                  {}};
  return PlanBuilder(std::move(start)).Build();
}

Result<std::shared_ptr<const DeploymentPlan>> DeploymentPlan::PlanNestedFrom(
    const PlannedResource& resource, const json::object& body) const {
  if (depth_ >= limits_.nesting) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateLimit,
                resource.path + ": expected at most " + std::to_string(limits_.nesting) +
                    " templates in each other");
  }
  TRY_VOID(budget_->AddNestedTemplate());
  const json::object& declared = *FindObject(*resource.declaration, "properties");
  const json::object& properties = *FindObject(body, "properties");
  EvaluationContext context{.scope = scope_.get(), .budget = budget_.get()};
  context.copies = resource.copies;
  context.path = resource.path;
  TRY(const Surroundings place, NestedPlace(context, place_, *resource.declaration));
  const json::value& document = *FindMember(declared, "template");
  TRY_VOID(budget_->Grow(MeasureValue(document)));
  auto source = Template::Read(document.get_object());
  PlanStart start{resource.name, DeploymentMode::kIncremental,
                  nullptr,       place,
                  scope_,        resource.copies,
                  budget_,       depth_ + 1,
                  secrets_};
  if (source && HasInnerScope(properties)) {
    start.copies.clear();
    start.scope = std::make_shared<TemplateScope>(
        *source, place, DeploymentFacts(resource.name, "Incremental", (*source)->document()));
    if (const json::object* parameters = FindObject(properties, "parameters")) {
      if (auto bound = start.scope->BindParameters(*parameters); !bound) {
        source = tl::unexpected<Error>(std::move(bound.error()));
      }
    }
  }
  if (source) {
    start.source = *source;
    auto plan = PlanBuilder(std::move(start)).Build();
    if (plan) return plan;
    source = tl::unexpected<Error>(std::move(plan.error()));
  }
  Error error = std::move(source.error());
  error.message.insert(0, resource.path + ".properties.template: ");
  return tl::unexpected<Error>(std::move(error));
}

Result<std::shared_ptr<const DeploymentPlan>> DeploymentPlan::PlanNested(
    const PlannedResource& resource, ReferenceLookup& lookup) const {
  if (resource.nested) return resource.nested;
  TRY(const json::object body, EvaluateBody(resource, &lookup));
  return PlanNestedFrom(resource, body);
}

Result<json::object> DeploymentPlan::EvaluateBody(const PlannedResource& resource,
                                                  ReferenceLookup* lookup) const {
  if (resource.is_known || !lookup) return resource.body;
  EvaluationContext context{.scope = scope_.get(), .budget = budget_.get(), .lookup = lookup};
  context.copies = resource.copies;
  context.path = resource.path;
  return ResolveResourceBody(context, nullptr, resource);
}

Result<json::object> DeploymentPlan::EvaluateOutputs(ReferenceLookup& lookup) const {
  EvaluationContext context{.scope = scope_.get(), .budget = budget_.get(), .lookup = &lookup};
  context.copies = copies_;
  return templates::EvaluateOutputs(*template_, std::move(context));
}

std::vector<std::string> DeploymentPlan::ResourceIds() const {
  std::vector<std::string> ids;
  for (const PlannedResource& resource : resources_) {
    if (!resource.is_deployment()) ids.push_back(resource.id);
    if (!resource.nested) continue;
    const auto nested = resource.nested->ResourceIds();
    ids.insert(ids.end(), nested.begin(), nested.end());
  }
  return ids;
}

std::vector<std::string> DeploymentPlan::Surplus(const std::vector<std::string>& existing) const {
  std::vector<std::string> surplus;
  if (mode_ != DeploymentMode::kComplete) return surplus;
  std::set<std::string> named;
  for (const std::string& id : ResourceIds()) named.insert(LowerAscii(id));
  const std::string group = place_.ScopeId();
  for (const std::string& id : existing) {
    if (IsTopLevel(id) && EqualsIgnoringCase(GroupIdOf(id), group) && !SurvivesCompleteMode(id) &&
        named.count(LowerAscii(id)) == 0) {
      surplus.push_back(id);
    }
  }
  std::stable_sort(surplus.begin(), surplus.end(), [](const std::string& a, const std::string& b) {
    return DeletionRank(a) < DeletionRank(b);
  });
  return surplus;
}

Result<json::object> DeploymentPlan::ShowParameters() const {
  // A nested template that evaluates in the outer scope has no parameters of its own.
  if (&scope_->source() != template_.get()) return json::object();
  TRY(json::value shown, scope_->ShowParameters(*budget_));
  HideSecrets(&shown);
  return std::move(shown.get_object());
}

void DeploymentPlan::HideSecrets(json::value* shown) const {
  if (shown->is_string()) {
    const std::string_view text = ViewOf(shown->get_string());
    if (HoldsSecret(text, secrets_)) *shown = "*****";
  } else if (shown->is_array()) {
    for (json::value& element : shown->get_array()) HideSecrets(&element);
  } else if (shown->is_object()) {
    for (auto& member : shown->get_object()) HideSecrets(&member.value());
  }
}

json::array DeploymentPlan::ShowProviders() const {
  std::map<std::string, std::map<std::string, std::set<std::string>>> types;
  for (const PlannedResource& resource : resources_) {
    const std::size_t slash = resource.type.find('/');
    const std::string location(TextMember(resource.body, "location"));
    auto& locations = types[resource.type.substr(0, slash)][resource.type.substr(slash + 1)];
    if (!location.empty()) locations.insert(location);
  }
  json::array providers;
  for (const auto& [name, of_provider] : types) {
    json::array shown;
    for (const auto& [type, locations] : of_provider) {
      shown.push_back(json::object{{"resourceType", type},
                                   {"locations", json::array(locations.begin(), locations.end())}});
    }
    providers.push_back(json::object{{"namespace", name}, {"resourceTypes", std::move(shown)}});
  }
  return providers;
}

json::array DeploymentPlan::ShowDependencies() const {
  json::array dependencies;
  for (const PlannedResource& resource : resources_) {
    if (resource.depends_on.empty()) continue;
    json::array needed;
    for (const std::size_t number : resource.depends_on) {
      needed.push_back(ShowResource(resources_[number]));
    }
    json::object shown = ShowResource(resource);
    shown["dependsOn"] = std::move(needed);
    dependencies.push_back(std::move(shown));
  }
  return dependencies;
}

const PlannedResource* DeploymentPlan::Find(std::string_view reference) const {
  const auto found = index_.Find(reference);
  if (found.size() == 1) return &resources_[found[0]];
  for (const PlannedResource& resource : existing_) {
    if (EqualsIgnoringCase(resource.symbol, reference)) return &resource;
  }
  return nullptr;
}

}  // namespace openimds::templates
