// SPDX-License-Identifier: Apache-2.0
// Instances of scale sets, one by one.
#include <map>
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/arm/machine_body.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"
#include "frontends/arm/scale_set_model.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

Result<Answer> ListInstances(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto scale_set, FindScaleSet(*snapshot, call));
  json::array all;
  for (const auto& entry : InstancesOf(*snapshot, scale_set->id)) {
    json::object shown = RenderInstance({*snapshot, at.extensions}, *entry);
    if (EqualsIgnoringCase(call.Query("$expand"), "instanceView")) {
      shown["properties"].as_object()["instanceView"] =
          RenderInstanceView({*snapshot, at.extensions}, *entry);
    }
    all.push_back(std::move(shown));
  }
  return ShowList(call, std::move(all));
}

Result<Answer> ShowInstance(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto entry, FindInstance(*snapshot, call));
  return Show(200, RenderInstance({*snapshot, at.extensions}, *entry));
}

Result<Answer> ShowInstanceViewOfInstance(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto entry, FindInstance(*snapshot, call));
  return Answer{200, RenderInstanceView({*snapshot, at.extensions}, *entry)};
}

// One instance less: the capacity says so as well.
Result<Answer> DeleteInstance(const Workplace& at, const Call& call) {
  int status = 204;
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    const auto snapshot = draft.snapshot();
    TRY_VOID(FindScaleSet(*snapshot, call));
    const auto entry = FindInstance(*snapshot, call);
    if (!entry) return {};
    status = 200;
    return draft.RemoveMachine((*entry)->machine->id);
  }));
  return Answer{status};
}

Result<Answer> ListExtensionsOfInstance(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto entry, FindInstance(*snapshot, call));
  json::object shown = RenderInstance({*snapshot, at.extensions}, *entry);
  json::value* extensions = shown.if_contains("resources");
  return ShowList(call, extensions ? std::move(extensions->get_array()) : json::array{});
}

Result<Answer> ShowExtensionOfInstance(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto entry, FindInstance(*snapshot, call));
  TRY(const ResourceId id,
      ResourceId::Parse(entry->machine->id.text() + "/extensions/" + call.At("extension")));
  auto shown = RenderResource({*snapshot, at.extensions}, id);
  if (!shown) return ResourceNotFound(id);
  return Show(200, *std::move(shown));
}

Result<Answer> SetPowerOfInstance(const Workplace& at, const Call& call) {
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY(const auto entry, FindInstance(*draft.snapshot(), call));
    return SetPowerState(draft, entry->machine->id, call.segments.back());
  }));
  return Answer{200};
}

}  // namespace

void AddScaleSetInstanceRoutes(std::vector<Route>* routes) {
#define OPENIMDS_INSTANCES                                                            \
  "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/" \
  "virtualMachineScaleSets/{name}"
#define OPENIMDS_INSTANCE OPENIMDS_INSTANCES "/virtualMachines/{instance}"
#define OPENIMDS_ACTION "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/"
  const std::vector<Route> all{
      {"GET", OPENIMDS_INSTANCES "|/virtualMachines", Rule::kAction, OPENIMDS_ACTION "read",
       ListInstances},
      {"GET", OPENIMDS_INSTANCE, Rule::kAction, OPENIMDS_ACTION "read", ShowInstance},
      {"GET", OPENIMDS_INSTANCE "|/instanceView", Rule::kAction,
       OPENIMDS_ACTION "instanceView/read", ShowInstanceViewOfInstance},
      {"GET", OPENIMDS_INSTANCE "|/extensions", Rule::kAction, OPENIMDS_ACTION "extensions/read",
       ListExtensionsOfInstance},
      {"GET", OPENIMDS_INSTANCE "|/extensions/{extension}", Rule::kAction,
       OPENIMDS_ACTION "extensions/read", ShowExtensionOfInstance},
      {"POST", OPENIMDS_INSTANCE "|/start", Rule::kAction, OPENIMDS_ACTION "start/action",
       SetPowerOfInstance},
      {"POST", OPENIMDS_INSTANCE "|/restart", Rule::kAction, OPENIMDS_ACTION "restart/action",
       SetPowerOfInstance},
      {"POST", OPENIMDS_INSTANCE "|/powerOff", Rule::kAction, OPENIMDS_ACTION "powerOff/action",
       SetPowerOfInstance},
      {"POST", OPENIMDS_INSTANCE "|/deallocate", Rule::kAction, OPENIMDS_ACTION "deallocate/action",
       SetPowerOfInstance},
      {"POST", OPENIMDS_INSTANCE "|/redeploy", Rule::kAction, OPENIMDS_ACTION "redeploy/action",
       SetPowerOfInstance},
      {"DELETE", OPENIMDS_INSTANCE, Rule::kAction, OPENIMDS_ACTION "delete", DeleteInstance}};
#undef OPENIMDS_ACTION
#undef OPENIMDS_INSTANCE
#undef OPENIMDS_INSTANCES
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
