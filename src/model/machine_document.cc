// SPDX-License-Identifier: Apache-2.0
#include "model/machine_document.h"

#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"
#include "crypto/json_object.h"
#include "model/instance_fields.h"
#include "model/machine_profile.h"

namespace openimds {
namespace {

namespace json = boost::json;

const json::value* FindMember(const json::value* object, std::string_view name) {
  const json::object* members = object ? object->if_object() : nullptr;
  return members ? members->if_contains({name.data(), name.size()}) : nullptr;
}

// Locally administered, so that it can be no real card's.
std::string MadeMac(const Machine& machine, std::size_t interface) {
  std::string bytes(1, '\x02');
  bytes.append(reinterpret_cast<const char*>(machine.vm_id.bytes().data()), 5);
  bytes.back() = static_cast<char>(static_cast<std::size_t>(bytes.back()) + interface);
  std::string digits = LowerHex(bytes);
  for (char& c : digits) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  return digits;
}

// `10.0.0.4` is in `10.0.0.0`/24.
json::array SubnetOf(std::string_view address) {
  if (address.empty()) return {};
  const std::string network = std::string(address.substr(0, address.rfind('.'))) + ".0";
  return {json::object{{"address", network}, {"prefix", "24"}}};
}

// The first interface has an address, unless its profile says that it has none.
json::value CompleteIpv4(const json::value* given, bool first) {
  json::object ipv4 = given ? given->as_object() : json::object();
  if (first && !ipv4.contains("ipAddress")) ipv4["ipAddress"] = json::array{json::object()};
  json::value* addresses = ipv4.if_contains("ipAddress");
  if (!addresses || addresses->as_array().empty()) return ipv4;
  json::object& address = addresses->as_array()[0].as_object();
  if (first && !address.contains("privateIpAddress")) address["privateIpAddress"] = "10.0.0.4";
  json::array subnet = SubnetOf(FindString(address, "privateIpAddress").value_or(""));
  if (!ipv4.contains("subnet")) ipv4["subnet"] = std::move(subnet);
  return ipv4;
}

json::array CompleteInterfaces(const json::value* given) {
  json::array interfaces = given ? given->as_array() : json::array{json::object()};
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    json::object& interface = interfaces[i].as_object();
    interface["ipv4"] = CompleteIpv4(interface.if_contains("ipv4"), i == 0);
  }
  return interfaces;
}

std::string TagsOf(const json::value& said) {
  const json::value* list = FindMember(FindMember(&said, "compute"), "tagsList");
  std::string tags;
  if (!list) return tags;
  for (const json::value& tag : list->as_array()) {
    tags.append(tags.empty() ? "" : ";");
    tags.append(FindString(tag.as_object(), "name").value_or("")).append(":");
    tags.append(FindString(tag.as_object(), "value").value_or(""));
  }
  return tags;
}

// One machine's document in the making.
class DocumentMaker {
 public:
  explicit DocumentMaker(const Machine& machine)
      : machine_(machine), said_(machine.profile ? machine.profile->json() : json::object()) {
    json::object& said = said_.as_object();
    json::value& network = said["network"];
    if (network.is_null()) network.emplace_object();
    const json::value* interfaces = FindMember(&network, "interface");
    json::array complete = CompleteInterfaces(interfaces);
    network.as_object()["interface"] = std::move(complete);
  }

  json::object Make() const { return MakeMembers(InstanceRoot(), &said_, 0); }

 private:
  // `element` is the index in the array around it.
  json::value MakeValue(const FieldNode& node, const json::value* said, std::size_t element) const {
    if (node.field) return MakeText(*node.field, said, element);
    if (node.is_array) return MakeElements(node, said);
    return MakeMembers(node, said, element);
  }

  json::object MakeMembers(const FieldNode& node, const json::value* said,
                           std::size_t element) const {
    json::object members;
    for (const FieldNode& child : node.children) {
      members[child.name] = MakeValue(child, FindMember(said, child.name), element);
    }
    return members;
  }

  json::array MakeElements(const FieldNode& node, const json::value* said) const {
    json::array elements;
    if (!said) return elements;
    for (const json::value& element : said->as_array()) {
      elements.push_back(MakeMembers(node, &element, elements.size()));
    }
    return elements;
  }

  json::string MakeText(const InstanceField& field, const json::value* said,
                        std::size_t element) const {
    if (said) return said->as_string();
    return json::string(Otherwise(field.otherwise, element));
  }

  std::string Otherwise(std::string_view text, std::size_t element) const {
    if (!text.starts_with('{')) return std::string(text);
    text = text.substr(1, text.size() - 2);
    if (text == "machine.name") return std::string(machine_.id.name());
    if (text == "machine.location") return machine_.location;
    if (text == "machine.id") return machine_.id.text();
    if (text == "machine.resource_group") return std::string(machine_.id.resource_group());
    if (text == "machine.subscription") return std::string(machine_.id.subscription());
    if (text == "machine.vm_id") return machine_.vm_id.ToString();
    if (text == "machine.mac") return MadeMac(machine_, element);
    if (text == "machine.tags") return TagsOf(said_);
    return OfAnother(text);
  }

  // What another field shows; none of those that are named so is in an array.
  std::string OfAnother(std::string_view path) const {
    const FieldNode* node = &InstanceRoot();
    const json::value* said = &said_;
    for (const std::string_view segment : Split(path, '.')) {
      node = node->Find(segment);
      said = FindMember(said, segment);
    }
    return std::string(MakeText(*node->field, said, 0));
  }

  const Machine& machine_;
  json::value said_;
};

}  // namespace

json::object MachineDocument(const Machine& machine) { return DocumentMaker(machine).Make(); }

}  // namespace openimds
