// SPDX-License-Identifier: Apache-2.0
#include "model/scale_set.h"

#include <string_view>

#include <boost/json/object.hpp>

#include "base/text.h"
#include "crypto/json_object.h"
#include "model/machine_profile.h"

namespace openimds {
namespace {

namespace json = boost::json;

// Of a profile whose members are strings and objects.
const json::object* FindObject(const json::object* outer, std::string_view name) {
  const json::value* value = outer ? outer->if_contains({name.data(), name.size()}) : nullptr;
  return value ? value->if_object() : nullptr;
}

const json::object* ComputeOf(const Machine& machine) {
  return machine.profile ? FindObject(&machine.profile->json(), "compute") : nullptr;
}

}  // namespace

std::string ScaleSetKeyOf(const Machine& machine) {
  const json::object* compute = ComputeOf(machine);
  if (!compute) return {};
  const json::object* scale_set = FindObject(compute, "virtualMachineScaleSet");
  const std::string_view id = scale_set ? TextOf(*scale_set, "id") : std::string_view();
  if (!id.empty()) return LowerAscii(id);
  const std::string_view name = TextOf(*compute, "vmScaleSetName");
  if (name.empty()) return {};
  return LowerAscii(machine.id.ResourceGroupId().text() +
                    "/providers/Microsoft.Compute/virtualMachineScaleSets/" + std::string(name));
}

std::string PlacementGroupKeyOf(const Machine& machine) {
  const std::string scale_set = ScaleSetKeyOf(machine);
  if (scale_set.empty()) return {};
  return scale_set + "\n" + LowerAscii(TextOf(*ComputeOf(machine), "placementGroupId"));
}

}  // namespace openimds
