// SPDX-License-Identifier: Apache-2.0
#include "model/load_balancer_document.h"

#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"
#include "crypto/json_object.h"
#include "model/instance_fields.h"
#include "model/machine_document.h"
#include "model/machine_profile.h"

namespace openimds {
namespace {

namespace json = boost::json;

constexpr char kRoot[] = "loadbalancer";
constexpr char kPublicAddresses[] = "publicIpAddresses";

// One machine's rules in the making.
class RulesMaker {
 public:
  explicit RulesMaker(const Machine& machine) {
    const json::object document = MachineDocument(machine);
    for (const json::value& interface : document.at("network").at("interface").as_array()) {
      for (const json::value& address : interface.at("ipv4").at("ipAddress").as_array()) {
        AddAddress(address.as_object());
      }
    }
  }

  json::object Make(const json::object& said) const {
    json::object lists;
    for (const FieldNode& list : LoadBalancerRoot().Find(kRoot)->children) {
      const json::value* const rules = said.if_contains(list.name);
      if (rules) {
        lists[list.name] = MakeList(list, rules->as_array());
      } else {
        lists[list.name] = list.name == kPublicAddresses ? own_public_ : json::array();
      }
    }
    return lists;
  }

 private:
  void AddAddress(const json::object& address) {
    const std::string_view inside = TextOf(address, "privateIpAddress");
    const std::string_view outside = TextOf(address, "publicIpAddress");
    if (private_ip_.empty()) private_ip_ = inside;
    if (outside.empty()) return;
    own_public_.push_back(
        json::object{{"frontendIpAddress", outside}, {"privateIpAddress", inside}});
  }

  json::array MakeList(const FieldNode& list, const json::array& said) const {
    json::array rules;
    for (const json::value& rule : said) {
      json::object members;
      for (const FieldNode& child : list.children) {
        const json::value* const value = rule.as_object().if_contains(child.name);
        members[child.name] = value ? *value : Otherwise(*child.field);
      }
      rules.push_back(std::move(members));
    }
    return rules;
  }

  json::value Otherwise(const InstanceField& field) const {
    if (field.otherwise == "{machine.private_ip}") return json::value(private_ip_);
    if (field.kind == ValueKind::kPort) {
      return json::value(static_cast<std::int64_t>(ParseDecimal(field.otherwise).value_or(0)));
    }
    return json::value(field.otherwise);
  }

  std::string private_ip_;  // the machine's first
  json::array own_public_;
};

}  // namespace

std::optional<json::object> LoadBalancerDocument(const Machine& machine) {
  const json::value* const said =
      machine.profile ? machine.profile->json().if_contains(kRoot) : nullptr;
  if (!said) return std::nullopt;
  return json::object{{kRoot, RulesMaker(machine).Make(said->as_object())}};
}

}  // namespace openimds
