// SPDX-License-Identifier: Apache-2.0
#include "arm/resource_view.h"

#include <algorithm>
#include <string>
#include <utility>

#include "arm/value.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

constexpr std::string_view kSecretNames[] = {"protectedSettings", "customData",   "secrets",
                                             "primaryKey",        "secondaryKey", "sharedKey"};
constexpr std::string_view kSecretEndings[] = {"password", "secret", "connectionstring"};

// What is read-only wherever it stands.
constexpr std::string_view kReadOnlyAnywhere[] = {"provisioningState", "etag", "instanceView",
                                                  "resourceGuid", "systemData"};

// What is read-only at one place of one type; `*` stands for any type or any one name.
struct ReadOnlyPath {
  std::string_view type, path;
};
constexpr ReadOnlyPath kReadOnlyPaths[] = {
    {"*", "resources"},
    {"*", "identity.principalId"},
    {"*", "identity.tenantId"},
    {"*", "identity.userAssignedIdentities.*.principalId"},
    {"*", "identity.userAssignedIdentities.*.clientId"},
    {"*", "properties.createdOn"},
    {"*", "properties.updatedOn"},
    {"*", "properties.createdBy"},
    {"*", "properties.updatedBy"},
    {"Microsoft.Authorization/roleAssignments", "properties.scope"},
    {"Microsoft.Compute/virtualMachines", "properties.vmId"},
    {"Microsoft.Compute/virtualMachines", "properties.timeCreated"},
    {"Microsoft.Compute/virtualMachineScaleSets", "properties.uniqueId"},
    {"Microsoft.Compute/virtualMachineScaleSets", "properties.timeCreated"},
    {"Microsoft.ManagedIdentity/userAssignedIdentities", "properties.clientId"},
    {"Microsoft.ManagedIdentity/userAssignedIdentities", "properties.principalId"},
    {"Microsoft.ManagedIdentity/userAssignedIdentities", "properties.tenantId"},
    {"Microsoft.Network/networkInterfaces", "properties.macAddress"},
    {"Microsoft.Network/networkInterfaces", "properties.virtualMachine"},
    {"Microsoft.Network/networkInterfaces", "properties.primary"},
    {"Microsoft.Network/networkSecurityGroups", "properties.networkInterfaces"},
    {"Microsoft.Network/networkSecurityGroups", "properties.subnets"},
    {"Microsoft.Network/publicIPAddresses", "properties.ipAddress"},
    {"Microsoft.Network/publicIPAddresses", "properties.ipConfiguration"},
    {"Microsoft.Network/virtualNetworks", "properties.subnets.*.properties.ipConfigurations"},
};

template <class Names>
bool IsAmong(const Names& names, std::string_view name) {
  return std::any_of(std::begin(names), std::end(names),
                     [&](std::string_view other) { return EqualsIgnoringCase(other, name); });
}

// Compares part by part.
bool MatchesPath(std::string_view pattern, std::string_view path) {
  const auto patterns = Split(pattern, '.'), parts = Split(path, '.');
  return std::equal(patterns.begin(), patterns.end(), parts.begin(), parts.end(),
                    [](std::string_view wanted, std::string_view part) {
                      return wanted == "*" || EqualsIgnoringCase(wanted, part);
                    });
}

class ReadOnlyRemover {
 public:
  ReadOnlyRemover(std::string_view id, std::string_view type) : own_id_(LowerAscii(id)) {
    for (const ReadOnlyPath& read_only : kReadOnlyPaths) {
      if (read_only.type == "*" || EqualsIgnoringCase(read_only.type, type)) {
        paths_.push_back(read_only.path);
      }
    }
  }

  json::value Clean(const json::value& value, const std::string& path) const {
    if (value.is_array()) {
      json::array clean;
      for (const json::value& element : value.get_array()) {
        clean.push_back(Clean(element, path + ".*"));
      }
      return clean;
    }
    return value.is_object() ? json::value(CleanObject(value.get_object(), path)) : value;
  }

  json::object CleanObject(const json::object& object, const std::string& path) const {
    json::object clean;
    for (const auto& member : object) {
      const std::string name(member.key().data(), member.key().size());
      // A dot in a name (of a resource id, say) is no step.
      const std::string step = name.find('.') == std::string::npos ? name : "*";
      const std::string inner = path.empty() ? step : path + "." + step;
      if (member.value().is_null() || IsSecretName(name) || IsReadOnly(name, inner)) continue;
      if (!path.empty() && name == "id" && IsOwnPart(object, member.value())) continue;
      clean.emplace(name, Clean(member.value(), inner));
    }
    return clean;
  }

 private:
  bool IsReadOnly(std::string_view name, std::string_view path) const {
    return IsAmong(kReadOnlyAnywhere, name) ||
           std::any_of(paths_.begin(), paths_.end(),
                       [&](std::string_view pattern) { return MatchesPath(pattern, path); });
  }

  // The id of a part like a subnet, given by the service. A reference to it has no name beside.
  bool IsOwnPart(const json::object& object, const json::value& id) const {
    return id.is_string() && FindMember(object, "name") &&
           StartsWithIgnoringCase(ViewOf(id.get_string()), own_id_ + "/");
  }

  const std::string own_id_;
  std::vector<std::string_view> paths_;
};

}  // namespace

bool IsSecretName(std::string_view name) {
  if (IsAmong(kSecretNames, name)) return true;
  const std::string lower = LowerAscii(name);
  return std::any_of(
      std::begin(kSecretEndings), std::end(kSecretEndings), [&](std::string_view ending) {
        return lower.size() >= ending.size() &&
               lower.compare(lower.size() - ending.size(), ending.size(), ending) == 0;
      });
}

json::object WithoutReadOnly(const json::object& resource) {
  const ReadOnlyRemover remover(TextMember(resource, "id"), TextMember(resource, "type"));
  return remover.CleanObject(resource, "");
}

json::value WithoutSecrets(const json::value& value) {
  if (value.is_array()) {
    json::array clean;
    for (const json::value& element : value.get_array()) clean.push_back(WithoutSecrets(element));
    return clean;
  }
  if (!value.is_object()) return value;
  json::object clean;
  for (const auto& member : value.get_object()) {
    const std::string_view name(member.key().data(), member.key().size());
    if (member.value().is_null() || IsSecretName(name)) continue;
    clean.emplace(name, WithoutSecrets(member.value()));
  }
  return clean;
}

}  // namespace openimds::templates
