// SPDX-License-Identifier: Apache-2.0
#include "frontends/control/resources.h"

#include <utility>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::control {

namespace json = boost::json;

Result<json::object> AskFor(const Workplace& at, std::string_view method, const std::string& path,
                            const json::object& body) {
  if (!at.resources) {
    return Fail(ErrorKind::kUnavailable, reasons::kNoService, "there is no resource manager here");
  }
  TRY(json::value answer, at.resources(method, path, body));
  return answer.is_object() ? std::move(answer.get_object()) : json::object{};
}

Result<json::array> ListAt(const Workplace& at, const std::string& path) {
  TRY(json::object answer, AskFor(at, "GET", path));
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
