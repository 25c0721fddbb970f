// SPDX-License-Identifier: Apache-2.0
// Scale sets, and their instances.
#include <string>
#include <utility>

#include "base/text.h"
#include "frontends/control/lookup.h"
#include "frontends/control/resources.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

Result<std::string> PathOf(const Workplace& at, const Arguments& arguments) {
  TRY(const auto found, FindScaleSet(*at.registry.Read(), "scaleSet", arguments.Text("scaleSet")));
  return found->id.text();
}

Result<json::object> TagsIn(const Arguments& arguments) {
  json::object tags;
  for (const std::string& tag : arguments.Texts("tags")) {
    const std::size_t equals = tag.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return BadArgument("tags", "expected NAME=VALUE, got '" + tag + "'");
    }
    tags[tag.substr(0, equals)] = tag.substr(equals + 1);
  }
  return tags;
}

// The member `identity` for the identities that are named, on top of those that `now` has; nothing
// where none is named.
Result<std::optional<json::object>> IdentityIn(const Workplace& at, const Arguments& arguments,
                                               const ScaleSet* now) {
  json::object assigned;
  for (const std::string& name : arguments.Texts("identities")) {
    TRY(const auto identity, FindIdentity(*at.registry.Read(), "identities", name));
    assigned[identity->id.text()] = json::object{};
  }
  if (!arguments.Flag("systemAssigned") && assigned.empty()) return std::optional<json::object>();
  const bool system = arguments.Flag("systemAssigned") || (now && now->system_assigned);
  const bool user = !assigned.empty() || (now && !now->user_assigned.empty());
  json::object block{{"type", !user    ? "SystemAssigned"
                              : system ? "SystemAssigned, UserAssigned"
                                       : "UserAssigned"}};
  if (!assigned.empty()) block["userAssignedIdentities"] = std::move(assigned);
  return std::optional(std::move(block));
}

// What both creating and changing one may say.
Result<json::object> BodyOf(const Workplace& at, const Arguments& arguments, const ScaleSet* now) {
  json::object body;
  if (const auto capacity = arguments.FindText("capacity")) {
    const auto number = ParseDecimal(*capacity);
    if (!number || *number > 1000) {
      return BadArgument("capacity", "expected a number from 0 to 1000, got '" + *capacity + "'");
    }
    body["sku"] = json::object{{"capacity", static_cast<std::int64_t>(*number)}};
  }
  if (const auto size = arguments.FindText("size")) {
    if (!body.contains("sku")) body["sku"].emplace_object();
    body["sku"].get_object()["name"] = *size;
  }
  if (const auto mode = arguments.FindText("upgradePolicy")) {
    body["properties"] = json::object{{"upgradePolicy", json::object{{"mode", *mode}}}};
  }
  TRY(auto identity, IdentityIn(at, arguments, now));
  if (identity) body["identity"] = *std::move(identity);
  TRY(json::object tags, TagsIn(arguments));
  if (!tags.empty()) body["tags"] = std::move(tags);
  return body;
}

Result<json::value> Create(const Workplace& at, const Arguments& arguments,
                           std::string_view caller) {
  TRY(const Place place, FindPlace(at, arguments));
  TRY(const auto id, ResourceId::Parse(place.group.text() + "/providers/" +
                                       std::string(kScaleSetType) + "/" + arguments.Text("name")));
  if (at.registry.Read()->scale_sets.contains(id.key())) {
    return BadArgument("name", "there is a scale set of that name already");
  }
  TRY(json::object body, BodyOf(at, arguments, nullptr));
  body["location"] = place.location;
  TRY_VOID(EnsureGroup(at, place.group, place.location));
  return AskFor(at, caller, "PUT", id.text(), body);
}

Result<json::value> Update(const Workplace& at, const Arguments& arguments,
                           std::string_view caller) {
  TRY(const auto now, FindScaleSet(*at.registry.Read(), "scaleSet", arguments.Text("scaleSet")));
  TRY(const json::object body, BodyOf(at, arguments, now.get()));
  if (body.empty()) return BadArgument("scaleSet", "there is nothing to change");
  return AskFor(at, caller, "PATCH", now->id.text(), body);
}

// Those of all subscriptions.
Result<json::value> List(const Workplace& at, const Arguments&, std::string_view caller) {
  json::array all;
  const auto snapshot = at.registry.Read();
  for (const auto& [key, subscription] : snapshot->subscriptions) {
    TRY(json::array some,
        ListAt(at, caller, subscription.id.text() + "/providers/" + std::string(kScaleSetType)));
    for (json::value& one : some) all.push_back(std::move(one));
  }
  return all;
}

Result<json::value> Show(const Workplace& at, const Arguments& arguments, std::string_view caller) {
  TRY(const std::string path, PathOf(at, arguments));
  return AskFor(at, caller, "GET", path);
}

Result<json::value> ListInstances(const Workplace& at, const Arguments& arguments,
                                  std::string_view caller) {
  TRY(const std::string path, PathOf(at, arguments));
  return ListAt(at, caller, path + "/virtualMachines");
}

Result<json::value> Upgrade(const Workplace& at, const Arguments& arguments,
                            std::string_view caller) {
  TRY(const std::string path, PathOf(at, arguments));
  json::array instances;
  for (const std::string& one : arguments.Texts("instances")) instances.emplace_back(one);
  if (instances.empty()) instances.emplace_back("*");
  TRY_VOID(
      AskFor(at, caller, "POST", path + "/manualUpgrade", {{"instanceIds", std::move(instances)}}));
  return ListAt(at, caller, path + "/virtualMachines");
}

Result<json::value> Delete(const Workplace& at, const Arguments& arguments,
                           std::string_view caller) {
  TRY(const std::string path, PathOf(at, arguments));
  TRY_VOID(AskFor(at, caller, "DELETE", path));
  return json::object{{"deleted", path}};
}

}  // namespace

std::vector<Operation> ScaleSetOperations() {
  const ArgumentRule scale_set{"scaleSet", ArgumentType::kText, true};
  const std::vector<ArgumentRule> said{
      {"capacity", ArgumentType::kText},      {"size", ArgumentType::kText},
      {"upgradePolicy", ArgumentType::kText}, {"systemAssigned", ArgumentType::kFlag},
      {"identities", ArgumentType::kTexts},   {"tags", ArgumentType::kTexts}};
  std::vector<ArgumentRule> create{{"name", ArgumentType::kText, true},
                                   {"resourceGroup", ArgumentType::kText},
                                   {"subscription", ArgumentType::kGuid},
                                   {"location", ArgumentType::kText}};
  create.insert(create.end(), said.begin(), said.end());
  std::vector<ArgumentRule> update{scale_set};
  update.insert(update.end(), said.begin(), said.end());
  return {{"scaleset.create", Effect::kChanges, std::move(create), Create},
          {"scaleset.update", Effect::kChanges, std::move(update), Update},
          {"scaleset.list", Effect::kReads, {}, List},
          {"scaleset.show", Effect::kReads, {scale_set}, Show},
          {"scaleset.instances", Effect::kReads, {scale_set}, ListInstances},
          {"scaleset.upgrade",
           Effect::kChanges,
           {scale_set, {"instances", ArgumentType::kTexts}},
           Upgrade},
          {"scaleset.delete", Effect::kChanges, {scale_set}, Delete}};
}

}  // namespace openimds::control
