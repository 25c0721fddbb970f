// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "arm/deployment.h"
#include "arm/lenient_json.h"
#include "arm/resource_path.h"
#include "base/text.h"

namespace openimds::templates {

#define TEST_SUBSCRIPTION "/subscriptions/11111111-1111-1111-1111-111111111111"
#define TEST_GROUP TEST_SUBSCRIPTION "/resourceGroups/rg1"

// `resources` and the rest of a template's sections, as JSON without the outer braces.
inline std::string TemplateText(const std::string& sections) {
  return R"({"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",)"
         R"("contentVersion":"1.0.0.0",)" +
         sections + "}";
}

// A provider of resources that only remembers, in the way that ARM's do: it gives each resource a
// state and each identity its principal.
class MemoryDeployer final : public Deployer {
 public:
  Result<boost::json::object> Get(const std::string& id, const std::string&) override {
    const auto found = resources.find(LowerAscii(id));
    if (found != resources.end()) return found->second;
    return Fail(ErrorKind::kNotFound, reasons::kNotFound, "no resource is '" + id + "'");
  }

  Result<std::vector<std::string>> List(const std::string& group_id) override {
    std::vector<std::string> ids;
    for (const auto& [key, resource] : resources) {
      const std::string id(boost::json::string_view(resource.at("id").as_string()));
      if (EqualsIgnoringCase(GroupIdOf(id), group_id)) ids.push_back(id);
    }
    return ids;
  }

  Result<void> Put(const PlannedResource& planned, const boost::json::object& body) override {
    calls.push_back("put " + planned.name);
    if (refused.count(planned.name) > 0) {
      return Fail(ErrorKind::kConflict, reasons::kInUse, "it does not like '" + planned.name + "'");
    }
    boost::json::object resource = body;
    resource["id"] = planned.id;
    resource["type"] = planned.type;
    resource["name"] = planned.name.substr(planned.name.rfind('/') + 1);
    GiveState(planned, resource);
    resources[LowerAscii(planned.id)] = std::move(resource);
    return {};
  }

  Result<void> PutDeployment(const PlannedResource& planned, const boost::json::object& record,
                             const std::vector<ResourceOperation>&) override {
    return Put(planned, record);
  }

  Result<void> Delete(const std::string& id) override {
    calls.push_back("delete " + TakeApart(id).name);
    resources.erase(LowerAscii(id));
    return {};
  }

  std::map<std::string, boost::json::object> resources;  // by id in lower case
  std::vector<std::string> calls;
  std::set<std::string> refused;  // names

 private:
  static void GiveState(const PlannedResource& planned, boost::json::object& resource) {
    boost::json::value& properties = resource["properties"];
    if (!properties.is_object()) properties = boost::json::object();
    if (!planned.is_deployment()) properties.as_object()["provisioningState"] = "Succeeded";
    const std::string principal = NameGuidOf(planned.id);
    if (planned.type == "Microsoft.ManagedIdentity/userAssignedIdentities") {
      properties.as_object()["principalId"] = principal;
      properties.as_object()["clientId"] = NameGuidOf(planned.id + "#client");
    }
    boost::json::value* identity = resource.if_contains("identity");
    if (identity && identity->is_object()) identity->as_object()["principalId"] = principal;
  }

  // Some GUID that only this text has.
  static std::string NameGuidOf(const std::string& text) {
    std::uint64_t hash = 1469598103934665603ULL;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    const std::string digits = std::to_string(hash % 900000000000ULL + 100000000000ULL);
    return "aaaaaaaa-0000-0000-0000-" + digits;
  }
};

inline Surroundings TestPlace(const std::string& group = "rg1") {
  Surroundings place{.subscription_id = "11111111-1111-1111-1111-111111111111",
                     .subscription_name = "Own",
                     .tenant_id = "99999999-9999-9999-9999-999999999999",
                     .resource_group = group,
                     .location = "westus"};
  place.now = FromUnixSeconds(1'700'000'000);
  return place;
}

using PlanPtr = std::shared_ptr<const DeploymentPlan>;

inline Result<PlanPtr> PlanOf(const std::string& text, const std::string& parameters = "{}",
                              DeploymentMode mode = DeploymentMode::kIncremental,
                              const Surroundings& place = TestPlace()) {
  DeploymentRequest request{"d1", mode, {}, {}};
  TRY(const boost::json::value document, ReadLenientJson(text));
  TRY(const boost::json::value given, ReadLenientJson(parameters));
  request.document = document.as_object();
  request.parameters = given.as_object();
  return DeploymentPlan::Make(request, place);
}

inline DeploymentOutcome RunToEnd(const PlanPtr& plan, Deployer& deployer) {
  DeploymentRun run(plan, deployer);
  while (run.Step()) {
  }
  return run.Finish();
}

}  // namespace openimds::templates
