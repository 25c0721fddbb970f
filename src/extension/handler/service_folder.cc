// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/service_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "extension/durable_file.h"
#include "extension/handler/agent_json.h"

namespace openimds::extension {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

tl::unexpected<Error> FolderTrouble(std::string_view what, const fs::path& path,
                                    const std::string& why) {
  return Fail(ErrorKind::kUnavailable, reasons::kStateFailed,
              "cannot " + std::string(what) + " '" + path.string() + "': " + why);
}

json::array ToJson(const std::vector<StatusPart>& parts) {
  json::array array;
  for (const StatusPart& part : parts) {
    array.push_back(json::object{
        {"name", part.name}, {"kind", static_cast<int>(part.kind)}, {"message", part.message}});
  }
  return array;
}

// Our own file: what does not fit is an exception of the library, which the caller turns into an
// error.
AppliedSettings FromJson(const json::object& object) {
  AppliedSettings applied;
  applied.sequences = json::value_to<std::vector<std::uint64_t>>(object.at("sequences"));
  applied.port = json::value_to<std::uint16_t>(object.at("port"));
  applied.token_target = json::value_to<std::string>(object.at("tokenTarget"));
  applied.bridge = object.at("bridge").as_bool();
  applied.waiting = object.at("waiting").as_bool();
  for (const json::value& entry : object.at("parts").as_array()) {
    const json::object& part = entry.as_object();
    const auto kind = json::value_to<int>(part.at("kind"));
    applied.parts.push_back({json::value_to<std::string>(part.at("name")),
                             kind == static_cast<int>(StatusKind::kSuccess) ? StatusKind::kSuccess
                                                                            : StatusKind::kWarning,
                             json::value_to<std::string>(part.at("message"))});
  }
  return applied;
}

}  // namespace

Result<void> ServiceFolder::Make() const {
  if (mkdir(path_.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return FolderTrouble("make", path_, std::strerror(errno));
}

Result<void> ServiceFolder::Remove() const {
  std::error_code failure;
  fs::remove_all(path_, failure);
  if (failure) return FolderTrouble("remove", path_, failure.message());
  return {};
}

Result<void> ServiceFolder::WriteApplied(const AppliedSettings& applied) const {
  json::object object{{"port", applied.port},
                      {"tokenTarget", applied.token_target},
                      {"bridge", applied.bridge},
                      {"waiting", applied.waiting}};
  object["sequences"] = json::array(applied.sequences.begin(), applied.sequences.end());
  object["parts"] = ToJson(applied.parts);
  return WriteDurably(this->applied(), json::serialize(object), 0600);
}

Result<AppliedSettings> ServiceFolder::ReadApplied() const {
  TRY(const std::string text, ReadAgentFile(applied()));
  const auto parsed = ParseJsonObject(text);
  if (!parsed) return FolderTrouble("read", applied(), parsed.error());
  try {
    return FromJson(*parsed);
  } catch (const std::exception& error) {
    return FolderTrouble("read", applied(), error.what());
  }
}

Result<Descriptor> LifeLock::Take() const {
  Descriptor file(open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.is_open()) return FolderTrouble("open", file_, std::strerror(errno));
  if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  return Fail(ErrorKind::kConflict, reasons::kHandlerDaemon,
              "another process holds '" + file_.string() + "'");
}

void LifeLock::Note(const Descriptor& lock, pid_t process) {
  const std::string text = std::to_string(process) + "\n";
  (void)!ftruncate(lock.get(), 0);
  (void)!pwrite(lock.get(), text.data(), text.size(), 0);
}

std::optional<pid_t> LifeLock::Holder() const {
  const Descriptor file(open(file_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() || flock(file.get(), LOCK_SH | LOCK_NB) == 0) return std::nullopt;
  std::array<char, 32> text;
  const ssize_t size = pread(file.get(), text.data(), text.size(), 0);
  const std::string_view all(text.data(), static_cast<std::size_t>(size > 0 ? size : 0));
  const auto number = ParseDecimal(all.substr(0, all.find('\n')));
  return number ? std::optional(static_cast<pid_t>(*number)) : std::nullopt;
}

}  // namespace openimds::extension
