// SPDX-License-Identifier: Apache-2.0
#include "extension/daemon_status.h"

#include <boost/json.hpp>

#include "base/reasons.h"
#include "crypto/json_object.h"
#include "extension/durable_file.h"

namespace openimds::extension {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxFileBytes = 64 * 1024;

std::uint64_t NumberOf(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return 0;
  return static_cast<std::uint64_t>(value->get_int64());
}

}  // namespace

std::filesystem::path StatusFile(const std::filesystem::path& state_dir) {
  return state_dir / "status.json";
}

Result<DaemonStatus> ReadDaemonStatus(const std::filesystem::path& state_dir) {
  const std::filesystem::path file = StatusFile(state_dir);
  TRY(const std::string text, ReadGuardedFile(file, kMaxFileBytes));
  const auto object = ParseJsonObject(text);
  if (!object) {
    return Fail(ErrorKind::kInternal, reasons::kStateFailed,
                file.string() + ": expected a JSON object: " + object.error());
  }
  DaemonStatus status;
  status.pid = static_cast<pid_t>(NumberOf(*object, "pid"));
  status.port = static_cast<std::uint16_t>(NumberOf(*object, "port"));
  status.mode = TextOf(*object, "mode") == ToText(DaemonMode::kImds) ? DaemonMode::kImds
                                                                     : DaemonMode::kAuthority;
  status.generation = NumberOf(*object, "generation");
  const json::value* serving = object->if_contains("serving");
  status.serving = serving != nullptr && serving->is_bool() && serving->get_bool();
  status.reason = TextOf(*object, "reason");
  status.message = TextOf(*object, "message");
  return status;
}

Result<void> WriteDaemonStatus(const DaemonStatus& status, const std::filesystem::path& state_dir) {
  const json::object object{{"pid", status.pid},           {"port", status.port},
                            {"mode", ToText(status.mode)}, {"generation", status.generation},
                            {"serving", status.serving},   {"reason", status.reason},
                            {"message", status.message}};
  return WriteDurably(StatusFile(state_dir), json::serialize(object) + "\n", 0600);
}

}  // namespace openimds::extension
