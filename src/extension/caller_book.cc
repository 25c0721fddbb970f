// SPDX-License-Identifier: Apache-2.0
#include "extension/caller_book.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>

#include <boost/json.hpp>

#include "base/text.h"
#include "crypto/json_object.h"
#include "extension/durable_file.h"
#include "net/socket_owner.h"

namespace openimds::extension {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxFileBytes = 1024 * 1024;
constexpr std::size_t kMaxName = 256;
constexpr std::size_t kRecent = 64;
constexpr char kUnknown[] = "?";
constexpr char kOthers[] = "others";

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

std::string LinkAt(const std::string& path) {
  std::array<char, 4096> target{};
  const ssize_t size = readlink(path.c_str(), target.data(), target.size());
  return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : std::string();
}

bool HoldsSocket(pid_t pid, const std::string& link) {
  const std::string path = "/proc/" + std::to_string(pid) + "/fd";
  const Folder folder(opendir(path.c_str()));
  if (!folder) return false;
  while (const dirent* entry = readdir(folder.get())) {
    if (entry->d_name[0] != '.' && LinkAt(path + "/" + entry->d_name) == link) return true;
  }
  return false;
}

std::string Printable(std::string text) {
  text.resize(std::min(text.size(), kMaxName));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '.');
  return text;
}

std::string NameOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(file, name);
  return name.empty() ? kUnknown : Printable(std::move(name));
}

std::int64_t WholeNumber(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? std::max<std::int64_t>(0, value->get_int64()) : 0;
}

}  // namespace

std::filesystem::path CallerFile(const std::filesystem::path& state_dir) {
  return state_dir / "callers.json";
}

CallerBook::CallerBook(std::filesystem::path file, const Clock& clock, std::string left_out)
    : file_(std::move(file)),
      left_out_(std::move(left_out)),
      clock_(clock),
      since_(ToUnixSeconds(clock.Now())) {
  Load();
}

void CallerBook::Load() {
  const auto text = ReadGuardedFile(file_, kMaxFileBytes);
  if (!text) return;
  const auto book = ParseJsonObject(*text);
  const json::value* list = book ? book->if_contains("callers") : nullptr;
  if (list == nullptr || !list->is_array()) return;
  if (const std::int64_t since = WholeNumber(*book, "since"); since > 0) since_ = since;
  for (const json::value& item : list->get_array()) {
    const json::object* caller = item.if_object();
    if (caller == nullptr || counts_.size() >= kMaxCallers) continue;
    counts_[{std::string(TextOf(*caller, "process")), std::string(TextOf(*caller, "executable")),
             static_cast<uid_t>(WholeNumber(*caller, "uid"))}] = {
        static_cast<pid_t>(WholeNumber(*caller, "pid")),
        static_cast<std::uint64_t>(WholeNumber(*caller, "requests")), WholeNumber(*caller, "first"),
        WholeNumber(*caller, "last")};
  }
}

void CallerBook::Note(const Peer& peer, std::uint16_t our_port) {
  const auto owner = peer.address ? FindOwnerOfOtherEnd(*peer.address, peer.port, our_port)
                                  : std::optional<SocketOwner>();
  if (!owner) return Add({kUnknown, "", peer.local_user.value_or(static_cast<uid_t>(-1))}, 0);
  const auto pid = FindProcess(owner->inode);
  if (!pid) return Add({kUnknown, "", owner->uid}, 0);
  std::string executable = Printable(LinkAt("/proc/" + std::to_string(*pid) + "/exe"));
  if (!executable.empty() && executable == left_out_) return;
  Add({NameOf(*pid), std::move(executable), owner->uid}, *pid);
}

void CallerBook::Add(Key key, pid_t pid) {
  const std::int64_t now = ToUnixSeconds(clock_.Now());
  std::lock_guard lock(mutex_);
  if (counts_.size() >= kMaxCallers && !counts_.contains(key)) {
    key = {kOthers, "", static_cast<uid_t>(-1)};
  }
  Count& count = counts_[std::move(key)];
  if (count.requests++ == 0) count.first = now;
  count.pid = pid;
  count.last = now;
  changed_ = true;
}

// The same few processes ask again and again: those first, then everybody.
std::optional<pid_t> CallerBook::FindProcess(std::uint64_t inode) {
  const std::string link = "socket:[" + std::to_string(inode) + "]";
  std::lock_guard lock(recent_mutex_);
  for (auto it = recent_.begin(); it != recent_.end(); ++it) {
    if (!HoldsSocket(*it, link)) continue;
    std::rotate(recent_.begin(), it, it + 1);
    return recent_.front();
  }
  if (!MaySearch()) return std::nullopt;
  const Folder proc(opendir("/proc"));
  while (const dirent* entry = proc ? readdir(proc.get()) : nullptr) {
    const auto pid = ParseDecimal(entry->d_name);
    if (!pid || !HoldsSocket(static_cast<pid_t>(*pid), link)) continue;
    recent_.push_front(static_cast<pid_t>(*pid));
    if (recent_.size() > kRecent) recent_.pop_back();
    return recent_.front();
  }
  return std::nullopt;
}

bool CallerBook::MaySearch() {
  const SteadyTime now = clock_.SteadyNow();
  if (now - second_ >= std::chrono::seconds{1}) {
    second_ = now;
    searches_ = 0;
  }
  return ++searches_ <= kSearchesPerSecond;
}

std::string CallerBook::Render() const {
  json::array callers;
  for (const auto& [key, count] : counts_) {
    callers.push_back(json::object{{"process", key.process},
                                   {"executable", key.executable},
                                   {"uid", key.uid},
                                   {"pid", count.pid},
                                   {"requests", count.requests},
                                   {"first", count.first},
                                   {"last", count.last}});
  }
  return json::serialize(json::object{{"since", since_}, {"callers", std::move(callers)}}) + "\n";
}

Result<void> CallerBook::Save() {
  std::string text;
  {
    std::lock_guard lock(mutex_);
    if (!changed_) return {};
    changed_ = false;
    text = Render();
  }
  auto written = WriteDurably(file_, text, 0600);
  if (!written) {
    std::lock_guard lock(mutex_);
    changed_ = true;
  }
  return written;
}

}  // namespace openimds::extension
