// SPDX-License-Identifier: Apache-2.0
#include "frontends/control/resources.h"

#include <utility>

#include <boost/json/serialize.hpp>

#include "base/text.h"

namespace openimds::control {

namespace json = boost::json;

Result<json::object> AskFor(const Workplace& at, std::string_view caller, std::string_view method,
                            const std::string& path, const json::object& body) {
  TRY(json::value answer,
      at.resources(method, path, body.empty() ? "" : json::serialize(body), caller));
  return answer.is_object() ? std::move(answer.get_object()) : json::object{};
}

Result<json::array> ListAt(const Workplace& at, std::string_view caller, const std::string& path) {
  TRY(json::object answer, AskFor(at, caller, "GET", path));
  json::value* value = answer.if_contains("value");
  return value && value->is_array() ? std::move(value->get_array()) : json::array{};
}

Result<void> EnsureGroup(const Workplace& at, const ResourceId& group,
                         const std::string& location) {
  if (at.registry.Read()->resource_groups.contains(group.key())) return {};
  TRY_VOID(at.registry.CreateResourceGroup(group, location));
  return {};
}

}  // namespace openimds::control
