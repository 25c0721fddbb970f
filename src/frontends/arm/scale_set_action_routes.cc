// SPDX-License-Identifier: Apache-2.0
// What is asked of the instances of a scale set together, and how they are.
#include <algorithm>
#include <map>
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "frontends/arm/machine_body.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"
#include "frontends/arm/scale_set_model.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

constexpr std::string_view kAll = "*";

// The instances that the body names; all of them for `*`, and where it names none and may.
Result<std::vector<ResourceId>> InstancesIn(const Snapshot& snapshot, const Call& call,
                                            bool may_name_none) {
  TRY(const auto scale_set, FindScaleSet(snapshot, call));
  const json::value* said = call.body.if_contains("instanceIds");
  if (said && said->is_null()) said = nullptr;
  if ((said || !may_name_none) && !(said && said->is_array())) {
    return BadContent("Expected 'instanceIds' to be an array of ids of instances.",
                      "InvalidParameter");
  }
  std::map<std::string, ResourceId, std::less<>> named;
  for (const auto& one : InstancesOf(snapshot, scale_set->id)) {
    named.emplace(one->machine->id.name(), one->machine->id);
  }
  std::vector<ResourceId> wanted;
  for (const json::value& one : said ? said->get_array() : json::array{kAll}) {
    const std::string_view name = one.is_string() ? std::string_view(one.get_string()) : "";
    const auto found = named.find(name);
    if (name != kAll && found == named.end()) {
      return BadContent("The provided instanceId '" + std::string(name.substr(0, 60)) +
                            "' is not an active Virtual Machine Scale Set VM instanceId.",
                        "InvalidParameter");
    }
    if (name != kAll) wanted.push_back(found->second);
    for (const auto& [text, id] : named) {
      if (name == kAll) wanted.push_back(id);
    }
  }
  return wanted;
}

Result<Answer> SetPowerOfInstances(const Workplace& at, const Call& call) {
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY(const auto instances, InstancesIn(*draft.snapshot(), call, true));
    for (const ResourceId& one : instances) {
      TRY_VOID(SetPowerState(draft, one, call.segments.back()));
    }
    return {};
  }));
  return Answer{200};
}

// Brings them up to the model, where the upgrade policy leaves that to whoever asks.
Result<Answer> UpgradeInstances(const Workplace& at, const Call& call) {
  std::optional<ResourceId> id;
  TRY_VOID(EditInstances(at, id, [&](Draft& draft, const Snapshot& before) -> Result<void> {
    TRY(const auto instances, InstancesIn(before, call, false));
    TRY(const auto scale_set, FindScaleSet(before, call));
    id = scale_set->id;
    const auto document = before.FindDocument(id->key());
    for (const ResourceId& one : instances) {
      TRY_VOID(ApplyModel(draft, one, document ? document->body : json::object{}));
    }
    return {};
  }));
  return Answer{200};
}

Result<Answer> DeleteInstances(const Workplace& at, const Call& call) {
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY(const auto instances, InstancesIn(*draft.snapshot(), call, false));
    for (const ResourceId& one : instances) {
      if (draft.snapshot()->machines.contains(one.key())) TRY_VOID(draft.RemoveMachine(one));
    }
    return {};
  }));
  return Answer{200};
}

// `[{"code": …, "count": …}]`
json::array Summary(const std::map<std::string, std::int64_t>& counts) {
  json::array all;
  for (const auto& [code, count] : counts) {
    all.push_back(json::object{{"code", code}, {"count", count}});
  }
  return all;
}

std::string FirstCode(const json::object& status) {
  return std::string(TextOf(status.at("statuses").at(0).get_object(), "code"));
}

Result<Answer> ShowInstanceViewOfScaleSet(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto scale_set, FindScaleSet(*snapshot, call));
  std::map<std::string, std::int64_t> machines;
  std::map<std::string, std::map<std::string, std::int64_t>> extensions;
  for (const auto& one : InstancesOf(*snapshot, scale_set->id)) {
    const json::object view = RenderInstanceView({*snapshot, at.extensions}, *one);
    ++machines[FirstCode(view)];
    const json::value* its = view.if_contains("extensions");
    for (const json::value& extension : its ? its->get_array() : json::array{}) {
      const json::object& status = extension.get_object();
      ++extensions[std::string(TextOf(status, "name"))][FirstCode(status)];
    }
  }
  json::array summaries;
  for (const auto& [name, counts] : extensions) {
    summaries.push_back(json::object{{"name", name}, {"statusesSummary", Summary(counts)}});
  }
  return Answer{
      200, json::object{{"virtualMachine", json::object{{"statusesSummary", Summary(machines)}}},
                        {"extensions", std::move(summaries)},
                        {"statuses",
                         json::array{json::object{{"code", "ProvisioningState/succeeded"},
                                                  {"level", "Info"},
                                                  {"displayStatus", "Provisioning succeeded"}}}}}};
}

// The one size that it has.
Result<Answer> ListSkus(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto scale_set, FindScaleSet(*snapshot, call));
  const json::object shown = RenderScaleSet({*snapshot, at.extensions}, *scale_set);
  json::object sku = shown.at("sku").get_object();
  const json::value capacity = sku["capacity"];
  sku.erase("capacity");
  return ShowList(
      call, json::array{json::object{{"resourceType", kScaleSetType},
                                     {"sku", std::move(sku)},
                                     {"capacity", json::object{{"minimum", 0},
                                                               {"maximum", 1000},
                                                               {"defaultCapacity", capacity},
                                                               {"scaleType", "Automatic"}}}}});
}

}  // namespace

void AddScaleSetActionRoutes(std::vector<Route>* routes) {
#define OPENIMDS_OF_SCALE_SET(rest)                                                   \
  "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/" \
  "virtualMachineScaleSets/{name}|/" rest
#define OPENIMDS_ACTION(rest) "Microsoft.Compute/virtualMachineScaleSets/" rest
  const std::vector<Route> all{
      {"GET", OPENIMDS_OF_SCALE_SET("instanceView"), Rule::kAction,
       OPENIMDS_ACTION("instanceView/read"), ShowInstanceViewOfScaleSet},
      {"GET", OPENIMDS_OF_SCALE_SET("skus"), Rule::kAction, OPENIMDS_ACTION("skus/read"), ListSkus},
      {"POST", OPENIMDS_OF_SCALE_SET("start"), Rule::kAction, OPENIMDS_ACTION("start/action"),
       SetPowerOfInstances},
      {"POST", OPENIMDS_OF_SCALE_SET("restart"), Rule::kAction, OPENIMDS_ACTION("restart/action"),
       SetPowerOfInstances},
      {"POST", OPENIMDS_OF_SCALE_SET("powerOff"), Rule::kAction, OPENIMDS_ACTION("powerOff/action"),
       SetPowerOfInstances},
      {"POST", OPENIMDS_OF_SCALE_SET("deallocate"), Rule::kAction,
       OPENIMDS_ACTION("deallocate/action"), SetPowerOfInstances},
      {"POST", OPENIMDS_OF_SCALE_SET("redeploy"), Rule::kAction, OPENIMDS_ACTION("redeploy/action"),
       SetPowerOfInstances},
      {"POST", OPENIMDS_OF_SCALE_SET("manualUpgrade"), Rule::kAction,
       OPENIMDS_ACTION("manualUpgrade/action"), UpgradeInstances},
      {"POST", OPENIMDS_OF_SCALE_SET("delete"), Rule::kAction, OPENIMDS_ACTION("delete/action"),
       DeleteInstances}};
#undef OPENIMDS_ACTION
#undef OPENIMDS_OF_SCALE_SET
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
