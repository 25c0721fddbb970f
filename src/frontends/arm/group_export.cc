// SPDX-License-Identifier: Apache-2.0
// A resource group as a template that makes the same resources again.
#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

#include "arm/export.h"
#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "frontends/arm/perform.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

struct Wanted {
  bool all = true;
  std::vector<std::string> keys;  // of ids

  bool Has(const ResourceId& id) const {
    return all || std::find(keys.begin(), keys.end(), id.key()) != keys.end();
  }
};

// `{"resources":["*"]}`, or ids of some.
Result<Wanted> ReadWanted(const json::object& body) {
  const json::value* resources = body.if_contains("resources");
  if (!resources || resources->is_null()) return Wanted{};
  if (!resources->is_array()) return BadContent("Expected 'resources' to be an array of ids.");
  Wanted wanted{.all = false, .keys = {}};
  for (const json::value& one : resources->get_array()) {
    const json::string* text = one.if_string();
    if (!text) return BadContent("Expected 'resources' to be an array of ids.");
    if (*text == "*") return Wanted{};
    TRY(const ResourceId id, ResourceId::Parse(*text));
    wanted.keys.push_back(id.key());
  }
  return wanted;
}

// `SkipResourceNameParameterization` and its kin, as a list in one text.
templates::ExportOptions ReadOptions(std::string_view text) {
  templates::ExportOptions options;
  for (const std::string_view one : Split(text, ',')) {
    const std::string_view option = TrimSpace(one);
    options.literal_names = options.literal_names ||
                            EqualsIgnoringCase(option, "SkipResourceNameParameterization") ||
                            EqualsIgnoringCase(option, "SkipAllParameterization");
  }
  return options;
}

// What a list route of an identity shows beneath it; it is no document of its own.
Result<void> AddFederated(const Workplace& at, const Call& call, const ResourceId& identity,
                          std::vector<json::object>* resources) {
  Call list = CallOn(call, "GET", identity.text() + "/federatedIdentityCredentials",
                     call.Query("api-version"));
  TRY(Answer answer, Perform(at, &list));
  for (json::value& one : answer.body.at("value").as_array()) {
    resources->push_back(std::move(one.as_object()));
  }
  return {};
}

json::object Unreadable(const ResourceId& id) {
  return {{"code", "AuthorizationFailed"},
          {"target", id.text()},
          {"message", "The client may not read '" + id.text() + "': it is not in the template."}};
}

// Those that the caller may read go into `resources`, of the others each one is told.
Result<json::array> Collect(const Workplace& at, const Call& call, const ResourceId& group,
                            const Wanted& wanted, std::vector<json::object>* resources) {
  const auto snapshot = at.registry.Read();
  json::array unreadable;
  for (const auto& [key, id] : ResourceIdsIn(*snapshot, group.key())) {
    if (!wanted.Has(id)) continue;
    auto shown = RenderResource({*snapshot, at.extensions}, id);
    if (!shown) continue;
    if (!MayReadResource(*snapshot, call, *shown, id)) {
      unreadable.push_back(Unreadable(id));
      continue;
    }
    const bool is_identity = EqualsIgnoringCase(TextOf(*shown, "type"), kUserAssignedIdentityType);
    resources->push_back(*std::move(shown));
    if (is_identity && !AddFederated(at, call, id, resources)) {
      unreadable.push_back(Unreadable(id));
    }
  }
  return unreadable;
}

Result<Answer> ExportGroup(const Workplace& at, const Call& call) {
  TRY(const ResourceId group, ExistingGroup(*at.registry.Read(), call));
  TRY(const Wanted wanted, ReadWanted(call.body));
  TRY(const auto options, TextMember(call.body, "options"));
  std::vector<json::object> resources;
  TRY(json::array unreadable, Collect(at, call, group, wanted, &resources));
  TRY(json::object exported,
      templates::ExportTemplate(resources, ReadOptions(options.value_or(""))));
  json::object body{{"template", std::move(exported)}};
  if (!unreadable.empty()) {
    body["error"] = json::object{{"code", "ExportTemplateCompletedWithErrors"},
                                 {"message", "Not all resources of the group are in the template."},
                                 {"details", std::move(unreadable)}};
  }
  return Answer{200, std::move(body)};
}

}  // namespace

void AddExportRoutes(std::vector<Route>* routes) {
  routes->push_back({"POST", "/subscriptions/{subscription}/resourceGroups/{group}|/exportTemplate",
                     Rule::kAction,
                     "Microsoft.Resources/subscriptions/resourceGroups/exportTemplate/action",
                     ExportGroup});
}

}  // namespace openimds::arm
