// SPDX-License-Identifier: Apache-2.0
#include "model/instance_fields.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>

namespace openimds {
namespace {

using enum ValueKind;
constexpr FieldSource kProfile = FieldSource::kProfile;
constexpr FieldSource kMachine = FieldSource::kMachine;

// Names, types and first versions: Azure's documentation of the service and its REST specification.
// clang-format off
constexpr InstanceField kFields[] = {
    {"compute.additionalCapabilities.hibernationEnabled", kFlag, "2021-11-01", kProfile, "false"},
    {"compute.azEnvironment", kText, "2018-10-01", kProfile, "AzurePublicCloud"},
    {"compute.customData", kBase64, "2019-02-01"},
    {"compute.evictionPolicy", kText, "2020-12-01"},
    {"compute.extendedLocation.name", kText, "2021-03-01"},
    {"compute.extendedLocation.type", kText, "2021-03-01"},
    {"compute.host.id", kText, "2021-11-15"},
    {"compute.hostGroup.id", kText, "2021-11-15"},
    {"compute.isHostCompatibilityLayerVm", kFlag, "2020-06-01", kProfile, "false"},
    {"compute.licenseType", kText, "2020-09-01"},
    {"compute.location", kText, "2017-04-02", kMachine, "{machine.location}"},
    {"compute.name", kText, "2017-04-02", kMachine, "{machine.name}"},
    {"compute.offer", kText, "2017-04-02"},
    {"compute.osProfile.adminUsername", kText, "2020-07-15"},
    {"compute.osProfile.computerName", kText, "2020-07-15", kProfile, "{machine.name}"},
    {"compute.osProfile.disablePasswordAuthentication", kFlag, "2020-10-01"},
    {"compute.osType", kOsType, "2017-04-02", kProfile, "Linux"},
    {"compute.physicalZone", kText, "2023-11-15"},
    {"compute.placementGroupId", kText, "2017-08-01"},
    {"compute.plan.name", kText, "2018-04-02"},
    {"compute.plan.product", kText, "2018-04-02"},
    {"compute.plan.publisher", kText, "2018-04-02"},
    {"compute.platformFaultDomain", kNumber, "2017-04-02", kProfile, "0"},
    {"compute.platformSubFaultDomain", kNumber, "2021-10-01"},
    {"compute.platformUpdateDomain", kNumber, "2017-04-02", kProfile, "0"},
    {"compute.priority", kText, "2020-12-01"},
    {"compute.provider", kText, "2018-10-01", kMachine, "Microsoft.Compute"},
    {"compute.publicKeys[].keyData", kText, "2018-04-02"},
    {"compute.publicKeys[].path", kText, "2018-04-02"},
    {"compute.publisher", kText, "2017-04-02"},
    {"compute.resourceGroupName", kText, "2017-08-01", kMachine, "{machine.resource_group}"},
    {"compute.resourceId", kText, "2019-03-11", kMachine, "{machine.id}"},
    {"compute.securityProfile.encryptionAtHost", kFlag, "2021-11-01", kProfile, "false"},
    {"compute.securityProfile.secureBootEnabled", kFlag, "2020-06-01", kProfile, "false"},
    {"compute.securityProfile.securityType", kText, "2021-12-13"},
    {"compute.securityProfile.virtualTpmEnabled", kFlag, "2020-06-01", kProfile, "false"},
    {"compute.sku", kText, "2017-04-02"},
    {"compute.storageProfile.dataDisks[].bytesPerSecondThrottle", kNumber, "2021-05-01"},
    {"compute.storageProfile.dataDisks[].caching", kText, "2019-06-01"},
    {"compute.storageProfile.dataDisks[].createOption", kText, "2019-06-01"},
    {"compute.storageProfile.dataDisks[].diskCapacityBytes", kNumber, "2021-05-01"},
    {"compute.storageProfile.dataDisks[].diskSizeGB", kNumber, "2019-06-01"},
    {"compute.storageProfile.dataDisks[].image.uri", kText, "2019-06-01"},
    {"compute.storageProfile.dataDisks[].isSharedDisk", kFlag, "2021-05-01"},
    {"compute.storageProfile.dataDisks[].isUltraDisk", kFlag, "2021-05-01", kProfile, "false"},
    {"compute.storageProfile.dataDisks[].lun", kNumber, "2019-06-01"},
    {"compute.storageProfile.dataDisks[].managedDisk.id", kText, "2019-06-01"},
    {"compute.storageProfile.dataDisks[].managedDisk.storageAccountType", kText, "2019-06-01"},
    {"compute.storageProfile.dataDisks[].name", kText, "2019-06-01"},
    {"compute.storageProfile.dataDisks[].opsPerSecondThrottle", kNumber, "2021-05-01"},
    {"compute.storageProfile.dataDisks[].vhd.uri", kText, "2019-06-01"},
    {"compute.storageProfile.dataDisks[].writeAcceleratorEnabled", kFlag, "2019-06-01", kProfile, "false"},
    {"compute.storageProfile.imageReference.communityGalleryImageId", kText, "2023-07-01"},
    {"compute.storageProfile.imageReference.exactVersion", kText, "2023-07-01"},
    {"compute.storageProfile.imageReference.id", kText, "2019-06-01"},
    {"compute.storageProfile.imageReference.offer", kText, "2019-06-01", kProfile, "{compute.offer}"},
    {"compute.storageProfile.imageReference.publisher", kText, "2019-06-01", kProfile, "{compute.publisher}"},
    {"compute.storageProfile.imageReference.sharedGalleryImageId", kText, "2023-07-01"},
    {"compute.storageProfile.imageReference.sku", kText, "2019-06-01", kProfile, "{compute.sku}"},
    {"compute.storageProfile.imageReference.version", kText, "2019-06-01", kProfile, "{compute.version}"},
    {"compute.storageProfile.osDisk.caching", kText, "2019-06-01"},
    {"compute.storageProfile.osDisk.createOption", kText, "2019-06-01"},
    {"compute.storageProfile.osDisk.diffDiskSettings.option", kText, "2019-06-01"},
    {"compute.storageProfile.osDisk.diskSizeGB", kNumber, "2019-06-01"},
    {"compute.storageProfile.osDisk.encryptionSettings.diskEncryptionKey.secretUrl", kText, "2019-06-01"},
    {"compute.storageProfile.osDisk.encryptionSettings.diskEncryptionKey.sourceVault.id", kText, "2019-06-01"},
    {"compute.storageProfile.osDisk.encryptionSettings.enabled", kFlag, "2019-06-01", kProfile, "false"},
    {"compute.storageProfile.osDisk.encryptionSettings.keyEncryptionKey.keyUrl", kText, "2019-06-01"},
    {"compute.storageProfile.osDisk.encryptionSettings.keyEncryptionKey.sourceVault.id", kText, "2019-06-01"},
    {"compute.storageProfile.osDisk.image.uri", kText, "2019-06-01"},
    {"compute.storageProfile.osDisk.managedDisk.id", kText, "2019-06-01"},
    {"compute.storageProfile.osDisk.managedDisk.storageAccountType", kText, "2019-06-01"},
    {"compute.storageProfile.osDisk.name", kText, "2019-06-01"},
    {"compute.storageProfile.osDisk.osType", kOsType, "2019-06-01", kProfile, "{compute.osType}"},
    {"compute.storageProfile.osDisk.vhd.uri", kText, "2019-06-01"},
    {"compute.storageProfile.osDisk.writeAcceleratorEnabled", kFlag, "2019-06-01", kProfile, "false"},
    {"compute.storageProfile.resourceDisk.size", kNumber, "2021-02-01", kProfile, "0"},
    {"compute.subscriptionId", kText, "2017-08-01", kMachine, "{machine.subscription}"},
    {"compute.tags", kText, "2017-08-01", kMachine, "{machine.tags}"},
    {"compute.tagsList[].name", kText, "2019-06-04"},
    {"compute.tagsList[].value", kText, "2019-06-04"},
    {"compute.userData", kBase64, "2021-01-01"},
    {"compute.version", kText, "2017-04-02"},
    {"compute.virtualMachineScaleSet.id", kText, "2021-03-01"},
    {"compute.vmId", kText, "2017-04-02", kMachine, "{machine.vm_id}"},
    {"compute.vmScaleSetName", kText, "2017-12-01"},
    {"compute.vmSize", kText, "2017-04-02"},
    {"compute.zone", kText, "2017-12-01"},
    {"network.interface[].ipv4.ipAddress[].privateIpAddress", kIpv4, "2017-04-02"},
    {"network.interface[].ipv4.ipAddress[].publicIpAddress", kIpv4, "2017-04-02"},
    {"network.interface[].ipv4.subnet[].address", kIpv4, "2017-04-02"},
    {"network.interface[].ipv4.subnet[].prefix", kNumber, "2017-04-02"},
    {"network.interface[].ipv6.ipAddress[].privateIpAddress", kIpv6, "2017-04-02"},
    {"network.interface[].macAddress", kMac, "2017-04-02", kProfile, "{machine.mac}"},
};

// Azure's documentation of the load balancer's metadata.
constexpr InstanceField kLoadBalancerFields[] = {
    {"loadbalancer.publicIpAddresses[].frontendIpAddress", kAddress, "2020-10-01"},
    {"loadbalancer.publicIpAddresses[].privateIpAddress", kAddress, "2020-10-01", kProfile, "{machine.private_ip}"},
    {"loadbalancer.inboundRules[].frontendIpAddress", kAddress, "2020-10-01"},
    {"loadbalancer.inboundRules[].protocol", kProtocol, "2020-10-01", kProfile, "tcp"},
    {"loadbalancer.inboundRules[].frontendPort", kPort, "2020-10-01", kProfile, "0"},
    {"loadbalancer.inboundRules[].backendPort", kPort, "2020-10-01", kProfile, "0"},
    {"loadbalancer.inboundRules[].privateIpAddress", kAddress, "2020-10-01", kProfile, "{machine.private_ip}"},
    {"loadbalancer.outboundRules[].frontendIpAddress", kAddress, "2020-10-01"},
    {"loadbalancer.outboundRules[].privateIpAddress", kAddress, "2020-10-01", kProfile, "{machine.private_ip}"},
};
// clang-format on

// The child of that name, made if it is missing; `segment` may end with `[]`.
FieldNode& Enter(FieldNode& parent, std::string_view segment, std::string_view since) {
  const bool is_array = segment.ends_with("[]");
  if (is_array) segment.remove_suffix(2);
  for (FieldNode& child : parent.children) {
    if (child.name != segment) continue;
    child.since = std::min(child.since, since);
    return child;
  }
  FieldNode child;
  child.name = segment;
  child.since = since;
  child.is_array = is_array;
  parent.children.push_back(std::move(child));
  return parent.children.back();
}

void AddFields(std::span<const InstanceField> fields, FieldNode& root) {
  for (const InstanceField& field : fields) {
    root.since = root.since.empty() ? field.since : std::min(root.since, field.since);
    FieldNode* node = &root;
    std::string_view rest = field.path;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('.'), rest.size());
      node = &Enter(*node, rest.substr(0, end), field.since);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    node->field = &field;
  }
}

FieldNode MakeTree(std::initializer_list<std::span<const InstanceField>> lists) {
  FieldNode root;
  for (const auto fields : lists) AddFields(fields, root);
  return root;
}

}  // namespace

std::span<const InstanceField> InstanceFields() { return kFields; }
std::span<const InstanceField> LoadBalancerFields() { return kLoadBalancerFields; }

const FieldNode* FieldNode::Find(std::string_view child) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const FieldNode& node) { return node.name == child; });
  return found == children.end() ? nullptr : &*found;
}

const FieldNode& InstanceRoot() {
  static const FieldNode root = MakeTree({kFields});
  return root;
}

const FieldNode& LoadBalancerRoot() {
  static const FieldNode root = MakeTree({kLoadBalancerFields});
  return root;
}

const FieldNode& ProfileRoot() {
  static const FieldNode root = MakeTree({kFields, kLoadBalancerFields});
  return root;
}

std::string_view Describe(ValueKind kind) {
  switch (kind) {
    case kText:
      return "a text";
    case kFlag:
      return "true or false";
    case kNumber:
      return "a number";
    case kBase64:
      return "base64 of at most 64 KiB";
    case kIpv4:
      return "an IPv4 address";
    case kIpv6:
      return "an IPv6 address";
    case kMac:
      return "a MAC address";
    case kOsType:
      return "Linux or Windows";
    case kAddress:
      return "an IPv4 or IPv6 address";
    case kProtocol:
      return "tcp, udp or all";
    case kPort:
      return "a number from 0 to 65535";
  }
  return {};
}

}  // namespace openimds
