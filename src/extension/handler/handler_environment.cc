// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/handler_environment.h"

#include "base/reasons.h"
#include "crypto/json_object.h"
#include "extension/handler/agent_json.h"

namespace openimds::extension {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::string_view kFileName = "HandlerEnvironment.json";

tl::unexpected<Error> WrongEnvironment(const std::string& what) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kHandlerEnvironment,
              std::string(kFileName) + ": " + what);
}

const json::object* FirstObject(const json::value& value) {
  if (const json::array* const array = value.if_array()) {
    return array->empty() ? nullptr : array->front().if_object();
  }
  return value.if_object();
}

fs::path PathOf(const json::object& folders, std::string_view name, const fs::path& otherwise) {
  const std::string_view text = TextOf(folders, name);
  return text.empty() ? otherwise : fs::path(text);
}

}  // namespace

Result<HandlerEnvironment> ParseHandlerEnvironment(std::string_view text,
                                                   const fs::path& package_folder) {
  const auto parsed = ParseAgentJson(text);
  if (!parsed) return WrongEnvironment(parsed.error());
  const json::object* const entry = FirstObject(*parsed);
  if (entry == nullptr) return WrongEnvironment("expected an array with an object in it");
  const json::value* const inner = entry->if_contains("handlerEnvironment");
  const json::object* const folders = inner != nullptr ? inner->if_object() : nullptr;
  if (folders == nullptr) return WrongEnvironment("expected an object 'handlerEnvironment'");
  HandlerEnvironment found;
  found.name = TextOf(*entry, "name");
  found.package_folder = package_folder;
  found.config_folder = PathOf(*folders, "configFolder", {});
  found.status_folder = PathOf(*folders, "statusFolder", {});
  for (const auto* folder : {&found.config_folder, &found.status_folder}) {
    if (!folder->is_absolute()) {
      return WrongEnvironment("expected whole paths as 'configFolder' and 'statusFolder'");
    }
  }
  found.log_folder = PathOf(*folders, "logFolder", package_folder / "log");
  found.heartbeat_file = package_folder / PathOf(*folders, "heartbeatFile", "heartbeat.log");
  return found;
}

Result<HandlerEnvironment> FindHandlerEnvironment(const fs::path& program_folder) {
  for (const fs::path& folder : {program_folder, program_folder.parent_path()}) {
    const auto text = ReadAgentFile(folder / kFileName);
    if (text) return ParseHandlerEnvironment(*text, folder);
    if (text.error().kind != ErrorKind::kNotFound) return tl::unexpected<Error>(text.error());
  }
  return Fail(ErrorKind::kNotFound, reasons::kHandlerEnvironment,
              "expected " + std::string(kFileName) + " in '" + program_folder.string() +
                  "' or the folder above it: the agent writes it when it unpacks the package");
}

}  // namespace openimds::extension
