// SPDX-License-Identifier: Apache-2.0
#include "net/inherited_sockets.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/link_facts.h"
#include "net/socket.h"
#include "net/socket_address.h"

namespace openimds {
namespace {

constexpr char kPassedOn[] = "OPENIMDS_LISTENING";  // descriptors, with commas
constexpr int kFirstFromSupervisor = 3;             // sd_listen_fds(3)

std::optional<int> ToNumber(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

// The value of a variable that is not there afterwards: programs that we start must not take it
// for theirs.
std::string TakeVariable(const char* name) {
  const char* const value = getenv(name);
  std::string text = value ? value : "";
  unsetenv(name);
  return text;
}

int GetOption(int fd, int level, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(fd, level, option, &value, &size) == 0 ? value : -1;
}

bool Listens(int fd) {
  return GetOption(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1 &&
         GetOption(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM;
}

std::vector<int> DescriptorsFromSupervisor() {
  const auto count = ToNumber(TakeVariable("LISTEN_FDS"));
  const auto pid = ToNumber(TakeVariable("LISTEN_PID"));
  TakeVariable("LISTEN_FDNAMES");
  std::vector<int> descriptors;
  if (!count || pid != getpid()) return descriptors;
  for (int i = 0; i < *count; ++i) descriptors.push_back(kFirstFromSupervisor + i);
  return descriptors;
}

std::vector<int> DescriptorsPassedOn() {
  const std::string text = TakeVariable(kPassedOn);
  std::vector<int> descriptors;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (const auto number = ToNumber(rest.substr(0, comma))) descriptors.push_back(*number);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return descriptors;
}

bool IsFileOf(const std::string& path, int fd) {
  struct stat file {};
  if (lstat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  sockaddr_un bound{};
  socklen_t size = sizeof bound;
  return getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) == 0 && path == bound.sun_path;
}

bool ListensAt(int fd, const ListenAddress& address, const SocketFence& fence,
               std::uint64_t netns) {
  if (address.family == ListenAddress::Family::kUnix) {
    return GetOption(fd, SOL_SOCKET, SO_DOMAIN) == AF_UNIX && IsFileOf(address.path, fd);
  }
  if (netns == 0 || NetnsCookieOf(fd) != netns) return false;
  if (GetOption(fd, SOL_SOCKET, SO_BINDTOIFINDEX) != static_cast<int>(fence.device)) return false;
  return IsBoundTo(fd, address);
}

std::uint64_t NetnsOfThisThread() {
  const Descriptor probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return probe.is_open() ? NetnsCookieOf(probe.get()) : 0;
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

}  // namespace

InheritedSockets InheritedSockets::Take() {
  std::vector<int> given = DescriptorsFromSupervisor();
  const std::vector<int> passed_on = DescriptorsPassedOn();
  given.insert(given.end(), passed_on.begin(), passed_on.end());
  InheritedSockets taken;
  taken.passed_on_ = !passed_on.empty();
  for (const int fd : given) {
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0) continue;
    Descriptor socket(fd);
    if (!Listens(fd)) continue;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    taken.sockets_.push_back(std::move(socket));
  }
  return taken;
}

std::vector<Descriptor> InheritedSockets::Claim(const ListenAddress& address,
                                                const SocketFence& fence) {
  std::vector<Descriptor> claimed;
  const std::lock_guard lock(mutex_);
  if (sockets_.empty()) return claimed;
  const std::uint64_t netns = NetnsOfThisThread();
  for (Descriptor& socket : sockets_) {
    if (ListensAt(socket.get(), address, fence, netns)) claimed.push_back(std::move(socket));
  }
  std::erase_if(sockets_, [](const Descriptor& socket) { return !socket.is_open(); });
  return claimed;
}

std::size_t InheritedSockets::CloseRest() {
  const std::lock_guard lock(mutex_);
  return std::exchange(sockets_, {}).size();
}

std::vector<Descriptor> DuplicateListeningSockets() {
  std::vector<Descriptor> duplicates;
  const std::unique_ptr<DIR, CloseFolder> folder(opendir("/proc/self/fd"));
  std::vector<int> open;
  while (const dirent* entry = folder ? readdir(folder.get()) : nullptr) {
    const auto fd = ToNumber(entry->d_name);
    if (fd && Listens(*fd)) open.push_back(*fd);
  }
  for (const int fd : open) {
    Descriptor duplicate(fcntl(fd, F_DUPFD_CLOEXEC, kFirstFromSupervisor));
    if (duplicate.is_open()) duplicates.push_back(std::move(duplicate));
  }
  return duplicates;
}

void PassOn(std::vector<Descriptor> sockets) {
  std::string numbers;
  for (Descriptor& socket : sockets) {
    const int fd = socket.Release();
    fcntl(fd, F_SETFD, 0);
    numbers.append(numbers.empty() ? "" : ",").append(std::to_string(fd));
  }
  if (!numbers.empty()) setenv(kPassedOn, numbers.c_str(), 1);
}

}  // namespace openimds
