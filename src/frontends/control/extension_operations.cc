// SPDX-License-Identifier: Apache-2.0
// Extensions of machines and of scale sets.
#include <optional>
#include <string>
#include <utility>

#include <boost/json/parse.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/control/lookup.h"
#include "frontends/control/resources.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

constexpr std::string_view kUsual = "ManagedIdentityExtensionForLinux";

// Where the extensions are of the machine, or the scale set, that the arguments name.
Result<std::string> ParentOf(const Workplace& at, const Arguments& arguments) {
  const auto snapshot = at.registry.Read();
  const auto machine = arguments.FindText("machine");
  const auto scale_set = arguments.FindText("scaleSet");
  if (machine.has_value() == scale_set.has_value()) {
    return BadArgument("machine", "expected either a machine or a scale set");
  }
  if (scale_set) {
    TRY(const auto found, FindScaleSet(*snapshot, "scaleSet", *scale_set));
    return found->id.text() + "/extensions";
  }
  TRY(const auto found, FindMachine(*snapshot, "machine", *machine));
  return found->machine->id.text() + "/extensions";
}

Result<std::string> PathOf(const Workplace& at, const Arguments& arguments) {
  TRY(const std::string parent, ParentOf(at, arguments));
  return parent + "/" + arguments.Text("name");
}

Result<json::object> SettingsIn(const Arguments& arguments) {
  json::object settings;
  if (const auto text = arguments.FindText("settings")) {
    json::error_code failure;
    json::value value = json::parse(*text, failure);
    if (failure || !value.is_object()) return BadArgument("settings", "expected a JSON object");
    settings = std::move(value.get_object());
  }
  const auto port = arguments.FindText("port");
  if (!port) return settings;
  const auto number = ParseDecimal(*port);
  if (!number || *number == 0 || *number > 65535) {
    return BadArgument("port", "expected a number from 1 to 65535, got '" + *port + "'");
  }
  settings["port"] = static_cast<std::int64_t>(*number);
  return settings;
}

Result<json::value> Set(const Workplace& at, const Arguments& arguments, std::string_view caller) {
  TRY(const std::string path, PathOf(at, arguments));
  TRY(json::object settings, SettingsIn(arguments));
  const std::string type = arguments.FindText("type").value_or(std::string(kUsual));
  json::object properties{
      {"publisher", arguments.FindText("publisher").value_or("Microsoft.ManagedIdentity")},
      {"type", type},
      {"typeHandlerVersion", arguments.FindText("version").value_or("1.0")},
      {"autoUpgradeMinorVersion", true}};
  if (!settings.empty()) properties["settings"] = std::move(settings);
  if (arguments.Flag("forceUpdate")) properties["forceUpdateTag"] = Guid::Random().ToString();
  return AskFor(at, caller, "PUT", path, {{"properties", std::move(properties)}});
}

Result<json::value> List(const Workplace& at, const Arguments& arguments, std::string_view caller) {
  TRY(const std::string parent, ParentOf(at, arguments));
  return ListAt(at, caller, parent);
}

Result<json::value> Show(const Workplace& at, const Arguments& arguments, std::string_view caller) {
  TRY(const std::string path, PathOf(at, arguments));
  return AskFor(at, caller, "GET", path);
}

Result<json::value> Delete(const Workplace& at, const Arguments& arguments,
                           std::string_view caller) {
  TRY(const std::string path, PathOf(at, arguments));
  TRY(const json::object gone, AskFor(at, caller, "GET", path));
  TRY_VOID(AskFor(at, caller, "DELETE", path));
  return json::object{{"deleted", gone.at("id")}};
}

}  // namespace

std::vector<Operation> ExtensionOperations() {
  const ArgumentRule machine{"machine", ArgumentType::kText};
  const ArgumentRule scale_set{"scaleSet", ArgumentType::kText};
  const ArgumentRule name{"name", ArgumentType::kText, true};
  return {{"extension.set",
           Effect::kChanges,
           {machine,
            scale_set,
            name,
            {"publisher", ArgumentType::kText},
            {"type", ArgumentType::kText},
            {"version", ArgumentType::kText},
            {"port", ArgumentType::kText},
            {"settings", ArgumentType::kText},
            {"forceUpdate", ArgumentType::kFlag}},
           Set},
          {"extension.list", Effect::kReads, {machine, scale_set}, List},
          {"extension.show", Effect::kReads, {machine, scale_set, name}, Show},
          {"extension.delete", Effect::kChanges, {machine, scale_set, name}, Delete}};
}

}  // namespace openimds::control
