// SPDX-License-Identifier: Apache-2.0
#include "arm/what_if.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "arm/resource_path.h"
#include "arm/resource_view.h"
#include "arm/value_delta.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

class WhatIfPass {
 public:
  WhatIfPass(ResourceState& state, WhatIfFormat format) : state_(state), format_(format) {}

  Result<void> AddPlan(const DeploymentPlan& plan, ReferenceLookup* parent) {
    StateLookup lookup(plan, state_, parent);
    for (const PlannedResource& resource : plan.resources()) {
      TRY_VOID(resource.is_deployment() ? AddNested(plan, resource, lookup)
                                        : AddResource(plan, resource, lookup));
    }
    return {};
  }

  // What is in the group, and in no plan.
  Result<void> AddOthers(const DeploymentPlan& plan) {
    TRY(const auto existing, state_.List(plan.place().ScopeId()));
    for (const std::string& id : plan.Surplus(existing)) TRY_VOID(AddOther(id, "Delete"));
    for (const std::string& id : existing) {
      if (changes_.count(LowerAscii(id)) == 0) TRY_VOID(AddOther(id, "Ignore"));
    }
    return {};
  }

  json::array TakeChanges() {
    json::array changes;
    for (auto& [key, change] : changes_) changes.push_back(std::move(change));
    return changes;
  }

 private:
  Result<void> AddNested(const DeploymentPlan& plan, const PlannedResource& resource,
                         ReferenceLookup& lookup) {
    if (const auto nested = plan.PlanNested(resource, lookup)) {
      return AddPlan(**nested, &lookup);
    }
    json::object change = Change(resource.id, "Unsupported");
    change["unsupportedReason"] = "the template waits for resources that are not there yet";
    Keep(resource.id, std::move(change));
    return {};
  }

  Result<void> AddResource(const DeploymentPlan& plan, const PlannedResource& resource,
                           ReferenceLookup& lookup) {
    TRY(const auto before, Find(resource.id, resource.api_version));
    if (format_ == WhatIfFormat::kResourceIdOnly) {
      Keep(resource.id, Change(resource.id, before ? "Deploy" : "Create"));
      return {};
    }
    const json::object after = After(plan, resource, lookup);
    json::object change = Change(resource.id, "Create");
    change["before"] = before ? json::value(*before) : json::value();
    change["after"] = after;
    if (before) {
      json::array delta = FindDelta(Comparable(*before), Comparable(WithoutReadOnly(after)));
      change["changeType"] = delta.empty() ? "NoChange" : "Modify";
      change["delta"] = std::move(delta);
    }
    Keep(resource.id, std::move(change));
    return {};
  }

  static json::object After(const DeploymentPlan& plan, const PlannedResource& resource,
                            ReferenceLookup& lookup) {
    json::object after{{"apiVersion", resource.api_version},
                       {"id", resource.id},
                       {"type", resource.type},
                       {"name", std::string(resource.name.substr(resource.name.rfind('/') + 1))}};
    // What it refers to may not be there yet.
    json::value body = plan.EvaluateBody(resource, &lookup).value_or(resource.body);
    plan.HideSecrets(&body);
    const json::value clean = WithoutSecrets(body);
    for (const auto& member : clean.get_object()) after[member.key()] = member.value();
    return after;
  }

  // What two states of one resource differ in.
  static json::object Comparable(json::object resource) {
    for (const char* name : {"id", "name", "type", "apiVersion"}) resource.erase(name);
    return resource;
  }

  Result<void> AddOther(const std::string& id, const char* type) {
    json::object change = Change(id, type);
    if (format_ == WhatIfFormat::kFullResourcePayloads) {
      TRY(const auto before, Find(id, ""));
      change["before"] = before ? json::value(*before) : json::value();
      if (std::string_view(type) == "Ignore") change["after"] = change["before"];
    }
    Keep(id, std::move(change));
    return {};
  }

  Result<std::optional<json::object>> Find(const std::string& id, const std::string& version) {
    auto found = state_.Get(id, version);
    if (found) return std::optional(WithoutReadOnly(*found));
    if (found.error().kind == ErrorKind::kNotFound) return std::optional<json::object>();
    return tl::unexpected<Error>(std::move(found.error()));
  }

  static json::object Change(const std::string& id, const char* type) {
    return {{"resourceId", id}, {"changeType", type}};
  }

  void Keep(const std::string& id, json::object change) {
    changes_.insert_or_assign(LowerAscii(id), std::move(change));
  }

  ResourceState& state_;
  const WhatIfFormat format_;
  std::map<std::string, json::object> changes_;
};

}  // namespace

Result<json::object> WhatIf(const DeploymentPlan& plan, ResourceState& state, WhatIfFormat format) {
  WhatIfPass pass(state, format);
  TRY_VOID(pass.AddPlan(plan, nullptr));
  TRY_VOID(pass.AddOthers(plan));
  return json::object{{"status", "Succeeded"},
                      {"properties", json::object{{"changes", pass.TakeChanges()}}}};
}

}  // namespace openimds::templates
