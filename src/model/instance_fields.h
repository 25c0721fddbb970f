// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

// What a machine shows of itself in `GET /metadata/instance` (protocol.md E.4) and in
// `GET /metadata/loadbalancer` (E.8): the one list of each. The profile of a machine is read by
// them, the document of every api-version is written by them, and docs/protocols/ has a page for
// each that is held against it by a test.
namespace openimds {

// What a value must be. On the wire, and in a profile, every value is a string.
enum class ValueKind {
  kText,
  kFlag,
  kNumber,
  kBase64,
  kIpv4,
  kIpv6,
  kMac,
  kOsType,
  kAddress,   // IPv4 or IPv6
  kProtocol,  // tcp, udp or all
  kPort       // the only kind that is a JSON number, also on the wire
};

// Where a value comes from.
enum class FieldSource {
  kProfile,  // what the profile says, else `otherwise`
  kMachine   // always `otherwise`: a profile that says it is refused
};

struct InstanceField {
  std::string_view
      path;  // `compute.osProfile.adminUsername`; `[]` stands behind the name of an array
  ValueKind kind;
  std::string_view since;  // the first api-version that shows it
  FieldSource source = FieldSource::kProfile;
  // What is shown for want of a value: a text, a fact of the machine (`{machine.name}`), or what
  // another field shows (`{compute.sku}`).
  std::string_view otherwise = "";
};

// In the order of the document; what belongs to one object stands together.
std::span<const InstanceField> InstanceFields();

std::span<const InstanceField> LoadBalancerFields();

// The same list as a tree. `since` of an object or array is the first version that shows any of it.
struct FieldNode {
  std::string name;
  std::string_view since;
  bool is_array = false;                 // of objects, whose members are `children`
  const InstanceField* field = nullptr;  // of a leaf; null for objects and arrays
  std::vector<FieldNode> children;

  const FieldNode* Find(std::string_view child) const;
};

const FieldNode& InstanceRoot();
const FieldNode& LoadBalancerRoot();
const FieldNode& ProfileRoot();  // both: what a profile may say

// What a value of that kind must be, in words for people.
std::string_view Describe(ValueKind kind);

}  // namespace openimds
