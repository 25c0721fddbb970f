// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/catalogue.h"

#include "base/text.h"

namespace openimds::arm {

std::span<const Provider> Providers() {
  static const std::vector<Provider> providers{
      {"Microsoft.Authorization", {"roleAssignments", "roleDefinitions"}},
      {"Microsoft.Compute",
       {"virtualMachines", "virtualMachines/extensions", "virtualMachineScaleSets",
        "availabilitySets", "disks", "images", "snapshots", "sshPublicKeys",
        "proximityPlacementGroups"}},
      {"Microsoft.ManagedIdentity",
       {"userAssignedIdentities", "userAssignedIdentities/federatedIdentityCredentials"}},
      {"Microsoft.Network",
       {"virtualNetworks", "virtualNetworks/subnets", "networkInterfaces", "publicIPAddresses",
        "networkSecurityGroups", "networkSecurityGroups/securityRules", "loadBalancers",
        "natGateways", "routeTables", "privateDnsZones", "applicationSecurityGroups"}},
      {"Microsoft.Resources", {"resourceGroups", "subscriptions", "tags", "deployments"}},
      {"Microsoft.Storage", {"storageAccounts"}}};
  return providers;
}

const Provider* FindProvider(std::string_view name) {
  for (const Provider& provider : Providers()) {
    if (EqualsIgnoringCase(provider.name, name)) return &provider;
  }
  return nullptr;
}

std::string CanonicalType(std::string_view type) {
  const std::size_t slash = type.find('/');
  if (slash == std::string_view::npos) return {};
  const Provider* provider = FindProvider(type.substr(0, slash));
  if (!provider) return {};
  for (const std::string_view one : provider->types) {
    if (!EqualsIgnoringCase(one, type.substr(slash + 1))) continue;
    return std::string(provider->name) + "/" + std::string(one);
  }
  return {};
}

bool IsKeptAsGiven(std::string_view canonical_type) {
  for (const std::string_view own : {"Microsoft.Authorization/", "Microsoft.ManagedIdentity/",
                                     "Microsoft.Resources/", "Microsoft.Compute/virtualMachine"}) {
    if (canonical_type.starts_with(own)) return false;
  }
  return true;
}

}  // namespace openimds::arm
