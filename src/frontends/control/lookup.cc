// SPDX-License-Identifier: Apache-2.0
#include "frontends/control/lookup.h"

#include <string>
#include <utility>
#include <vector>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::control {
namespace {

const ResourceId& IdOf(const std::shared_ptr<const Identity>& identity) { return identity->id; }
const ResourceId& IdOf(const std::shared_ptr<const MachineEntry>& entry) {
  return entry->machine->id;
}

const ResourceId& IdOf(const std::shared_ptr<const ScaleSet>& scale_set) { return scale_set->id; }

tl::unexpected<Error> Missing(std::string_view what, std::string_view name) {
  return Fail(ErrorKind::kNotFound, reasons::kNotFound,
              "no " + std::string(what) + " is named '" + std::string(name) + "'");
}

// Looks in a map from ResourceId::key() to shared pointers.
template <class Map>
Result<typename Map::mapped_type> Find(const Map& map, std::string_view what,
                                       std::string_view argument, std::string_view name) {
  if (name.starts_with('/')) {
    const auto found = map.find(LowerAscii(name));
    if (found == map.end()) return Missing(what, name);
    return found->second;
  }
  typename Map::mapped_type only;
  for (const auto& [key, value] : map) {
    if (!EqualsIgnoringCase(IdOf(value).name(), name)) continue;
    if (only) {
      return BadArgument(argument, "several are named '" + std::string(name) +
                                       "'; expected the resource id of one, such as " +
                                       IdOf(value).text());
    }
    only = value;
  }
  if (!only) return Missing(what, name);
  return only;
}

Result<Subscription> FindSubscription(const Snapshot& snapshot, const Arguments& arguments) {
  if (const auto guid = arguments.FindGuid("subscription")) {
    TRY(const auto id, ResourceId::ForSubscription(guid->ToString()));
    const auto found = snapshot.subscriptions.find(id.key());
    if (found == snapshot.subscriptions.end()) return Missing("subscription", guid->ToString());
    return found->second;
  }
  if (snapshot.subscriptions.size() == 1) return snapshot.subscriptions.begin()->second;
  return BadArgument("subscription", "there are " + std::to_string(snapshot.subscriptions.size()) +
                                         " of them; expected the id of one");
}

}  // namespace

Result<std::shared_ptr<const Identity>> FindIdentity(const Snapshot& snapshot,
                                                     std::string_view argument,
                                                     std::string_view name) {
  return Find(snapshot.identities, "identity", argument, name);
}

Result<std::shared_ptr<const MachineEntry>> FindMachine(const Snapshot& snapshot,
                                                        std::string_view argument,
                                                        std::string_view name) {
  return Find(snapshot.machines, "machine", argument, name);
}

Result<std::shared_ptr<const ScaleSet>> FindScaleSet(const Snapshot& snapshot,
                                                     std::string_view argument,
                                                     std::string_view name) {
  return Find(snapshot.scale_sets, "scale set", argument, name);
}

Result<std::shared_ptr<const Identity>> FindAnyIdentity(const Snapshot& snapshot,
                                                        std::string_view argument,
                                                        std::string_view name) {
  const auto machine = snapshot.FindMachine(name);
  if (machine && machine->system_assigned && !snapshot.FindIdentity(name)) {
    return machine->system_assigned;
  }
  return FindIdentity(snapshot, argument, name);
}

Result<Place> FindPlace(const Workplace& at, const Arguments& arguments) {
  const std::shared_ptr<const Snapshot> snapshot = at.registry.Read();
  TRY(const Subscription subscription, FindSubscription(*snapshot, arguments));
  TRY(const ResourceId group,
      ResourceId::ForResourceGroup(
          subscription.id.name(),
          arguments.FindText("resourceGroup").value_or(at.defaults.resource_group)));
  Place place{group, at.defaults.location, subscription.tenant_id};
  const auto existing = snapshot->resource_groups.find(group.key());
  if (existing != snapshot->resource_groups.end()) {
    place.group = existing->second.id;
    place.location = existing->second.location;
  }
  if (auto location = arguments.FindText("location")) place.location = *std::move(location);
  return place;
}

Result<std::optional<GivenIds>> FindGivenIds(const Arguments& arguments) {
  const auto client_id = arguments.FindGuid("clientId");
  const auto object_id = arguments.FindGuid("objectId");
  if (client_id && object_id) return GivenIds{*client_id, *object_id};
  if (client_id) return BadArgument("objectId", "missing beside 'clientId'");
  if (object_id) return BadArgument("clientId", "missing beside 'objectId'");
  return std::nullopt;
}

}  // namespace openimds::control
