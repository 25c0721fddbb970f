// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/machine_body.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "frontends/arm/answer.h"
#include "frontends/arm/call.h"
#include "frontends/arm/resource.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

constexpr std::string_view kAssign =
    "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";

// What a machine is told and nobody is shown again.
constexpr std::string_view kSecretsOfOs[] = {"adminPassword", "customData", "secrets"};

// Members that follow from something else, whoever sends them back.
constexpr std::string_view kNotKept[] = {"id",   "name",     "type",      "location",  "tags",
                                         "etag", "identity", "resources", "systemData"};
constexpr std::string_view kNotKeptProperties[] = {"vmId", "provisioningState", "instanceView",
                                                   "powerState"};

Result<std::pair<bool, bool>> ReadType(const std::string& text) {
  bool system = false;
  bool user = false;
  for (std::string_view part : Split(text, ',')) {
    part = TrimSpace(part);
    if (EqualsIgnoringCase(part, "SystemAssigned")) {
      system = true;
    } else if (EqualsIgnoringCase(part, "UserAssigned")) {
      user = true;
    } else if (!EqualsIgnoringCase(part, "None")) {
      return BadContent("The identity type '" + text.substr(0, 60) +
                            "' is not supported: expected None, SystemAssigned, UserAssigned or "
                            "'SystemAssigned, UserAssigned'.",
                        "InvalidParameter");
    }
  }
  return std::pair(system, user);
}

Result<IdentityChange> ReadIdentity(const json::object& block) {
  IdentityChange change;
  TRY(const auto type, TextMember(block, "type"));
  TRY(const auto kinds, ReadType(type.value_or("None")));
  change.system_assigned = kinds.first;
  change.user_assigned = kinds.second;
  TRY(const auto named, ObjectMember(block, "userAssignedIdentities"));
  for (const auto& [text, value] : named.value_or(json::object{})) {
    auto id = ResourceId::Parse(std::string_view(text));
    if (!id) {
      return BadContent("The identity id '" + std::string(text).substr(0, 200) +
                            "' is invalid: " + id.error().message + ".",
                        "LinkedInvalidPropertyId");
    }
    (value.is_null() ? change.removed : change.added).push_back(*std::move(id));
  }
  if (change.user_assigned || change.added.empty()) return change;
  return BadContent("Expected the identity type to have UserAssigned where identities are named.",
                    "InvalidIdentityType");
}

json::object* FindObject(json::object& parent, std::string_view name) {
  json::value* value = parent.if_contains(name);
  return value ? value->if_object() : nullptr;
}

// A PATCH goes into objects and replaces all else.
void Merge(json::object* kept, const json::object& said) {
  for (const auto& [name, value] : said) {
    json::value* old = kept->if_contains(name);
    if (old && old->is_object() && value.is_object()) {
      Merge(&old->get_object(), value.get_object());
    } else {
      (*kept)[name] = value;
    }
  }
}

const json::object* ObjectIn(const json::object& parent, std::string_view name) {
  const json::value* value = parent.if_contains(name);
  return value ? value->if_object() : nullptr;
}

// Follows object members; null if one is missing.
const json::object* Follow(const json::object* at, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (!at) return nullptr;
    at = ObjectIn(*at, name);
  }
  return at;
}

Result<void> SetIfSaid(const json::object* from, std::string_view name, std::string_view path,
                       MachineProfile* profile) {
  const std::string_view value = from ? TextOf(*from, name) : std::string_view{};
  if (value.empty()) return {};
  if (auto set = profile->Set(path, value); !set) return BadContent(set.error().message);
  return {};
}

}  // namespace

Result<MachineBody> ReadMachineBody(const json::object& body, bool replaces) {
  MachineBody read{replaces, std::nullopt, std::nullopt, {}};
  TRY(const auto identity, ObjectMember(body, "identity"));
  if (identity) {
    TRY(read.identity, ReadIdentity(*identity));
  }
  TRY(read.tags, TagsIn(body));
  TRY_VOID(ObjectMember(body, "properties"));
  json::value kept(body);
  DropNulls(&kept);
  json::object& document = kept.get_object();
  for (const std::string_view name : kNotKept) document.erase(name);
  if (json::object* properties = FindObject(document, "properties")) {
    for (const std::string_view name : kNotKeptProperties) properties->erase(name);
    if (json::object* os = FindObject(*properties, "osProfile")) {
      for (const std::string_view name : kSecretsOfOs) os->erase(name);
    }
  }
  read.document = std::move(document);
  return read;
}

Result<void> CheckMayAssign(const Snapshot& snapshot, const Call& call, const ResourceId& machine,
                            const WantedIdentities& now, const WantedIdentities& wanted) {
  const auto& has = now.user_assigned;
  for (const ResourceId& id : wanted.user_assigned) {
    if (std::find(has.begin(), has.end(), id) != has.end()) continue;
    if (!snapshot.identities.contains(id.key())) {
      return Refuse(ErrorKind::kInvalidRequest, reasons::kNotFound, "FailedIdentityOperation",
                    "Identity operation for resource '" + machine.text() +
                        "' failed: the identity '" + id.text() + "' was not found.");
    }
    if (auto may = RequireAction(snapshot, call, kAssign, id.text()); !may) {
      may.error().code = "LinkedAuthorizationFailed";
      return may;
    }
  }
  return {};
}

// A PUT without the member leaves the identities alone, as Azure does.
Result<WantedIdentities> WantedBy(const MachineBody& body, WantedIdentities now) {
  if (!body.identity) return now;
  WantedIdentities wanted = std::move(now);
  const IdentityChange& change = *body.identity;
  wanted.system_assigned = change.system_assigned;
  if (!change.user_assigned || body.replaces) wanted.user_assigned.clear();
  for (const ResourceId& id : change.added) {
    const auto& has = wanted.user_assigned;
    if (std::find(has.begin(), has.end(), id) == has.end()) wanted.user_assigned.push_back(id);
  }
  for (const ResourceId& id : change.removed) std::erase(wanted.user_assigned, id);
  if (!change.user_assigned || !wanted.user_assigned.empty()) return wanted;
  return BadContent(
      "Expected the identities to assign in 'userAssignedIdentities', where the "
      "identity type has UserAssigned.",
      "InvalidParameter");
}

Result<void> SetTags(const json::object& tags, MachineProfile* profile) {
  json::object all = profile->json();
  if (json::object* compute = FindObject(all, "compute")) compute->erase("tagsList");
  TRY(*profile, MachineProfile::FromJson(all));
  for (const auto& [name, value] : tags) {
    auto set = profile->SetTag(name, std::string_view(value.get_string()));
    if (!set) return BadContent(set.error().message);
  }
  return {};
}

Result<void> SetPowerState(Draft& draft, const ResourceId& machine, std::string_view action) {
  // Everything else ends with a machine that runs.
  std::string_view state = "running";
  if (EqualsIgnoringCase(action, "powerOff")) state = "stopped";
  if (EqualsIgnoringCase(action, "deallocate")) state = "deallocated";
  const auto document = draft.snapshot()->FindDocument(machine.key());
  json::object body = document ? document->body : json::object{};
  json::value& properties = body["properties"];
  if (!properties.is_object()) properties.emplace_object();
  if (!EqualsIgnoringCase(action, "reapply")) properties.get_object()["powerState"] = state;
  return draft.PutDocument({machine, std::move(body)});
}

Result<void> ApplyToProfile(const MachineBody& body, MachineProfile* profile) {
  const json::object* properties = ObjectIn(body.document, "properties");
  const json::object* image = Follow(properties, {"storageProfile", "imageReference"});
  TRY_VOID(SetIfSaid(Follow(properties, {"hardwareProfile"}), "vmSize", "compute.vmSize", profile));
  TRY_VOID(SetIfSaid(image, "publisher", "compute.publisher", profile));
  TRY_VOID(SetIfSaid(image, "offer", "compute.offer", profile));
  TRY_VOID(SetIfSaid(image, "sku", "compute.sku", profile));
  TRY_VOID(SetIfSaid(image, "version", "compute.version", profile));
  TRY_VOID(SetIfSaid(Follow(properties, {"storageProfile", "osDisk"}), "osType", "compute.osType",
                     profile));
  const json::object* os = Follow(properties, {"osProfile"});
  TRY_VOID(SetIfSaid(os, "computerName", "compute.osProfile.computerName", profile));
  TRY_VOID(SetIfSaid(os, "adminUsername", "compute.osProfile.adminUsername", profile));
  if (os && os->contains("windowsConfiguration")) {
    TRY_VOID(profile->Set("compute.osType", "Windows"));
  }
  if (body.tags) return SetTags(*body.tags, profile);
  return body.replaces ? SetTags({}, profile) : Result<void>();
}

json::object MergedDocument(const MachineBody& body, json::object before, Time now) {
  const std::string made = FormatIsoTime(ToUnixSeconds(now));
  json::object* old = FindObject(before, "properties");
  const std::string created(old ? TextOf(*old, "timeCreated") : std::string_view{});
  const std::string power(old ? TextOf(*old, "powerState") : std::string_view{});
  json::object merged = body.replaces ? json::object{} : std::move(before);
  Merge(&merged, body.document);
  if (!merged["properties"].is_object()) merged["properties"].emplace_object();
  json::object& properties = merged["properties"].get_object();
  if (json::object* hardware = FindObject(properties, "hardwareProfile")) hardware->erase("vmSize");
  properties["timeCreated"] = created.empty() ? made : created;
  if (!power.empty()) properties["powerState"] = power;
  return merged;
}

}  // namespace openimds::arm
