// SPDX-License-Identifier: Apache-2.0
#include "net/name_lookup.h"

#include <ares.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <mutex>

#include "base/reasons.h"

namespace openimds {
namespace {

constexpr int kFirstTryMilliseconds = 2'000;
constexpr int kTries = 3;

struct Answer {
  bool done = false;
  int status = ARES_ECANCELLED;
  std::vector<IpAddress> addresses;
};

IpAddress AddressOf(const sockaddr* from) {
  IpAddress address;
  if (from->sa_family == AF_INET6) {
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(from)->sin6_addr, 16);
  } else {
    address.bytes[10] = address.bytes[11] = 0xff;
    std::memcpy(address.bytes.data() + 12, &reinterpret_cast<const sockaddr_in*>(from)->sin_addr,
                4);
  }
  return address;
}

void TakeAnswer(void* given, int status, int, ares_addrinfo* found) {
  auto& answer = *static_cast<Answer*>(given);
  answer.done = true;
  answer.status = status;
  for (const ares_addrinfo_node* it = found ? found->nodes : nullptr; it; it = it->ai_next) {
    if (it->ai_family == AF_INET || it->ai_family == AF_INET6) {
      answer.addresses.push_back(AddressOf(it->ai_addr));
    }
  }
  if (found) ares_freeaddrinfo(found);
}

struct EndChannel {
  void operator()(ares_channeldata* channel) const { ares_destroy(channel); }
};
using Channel = std::unique_ptr<ares_channeldata, EndChannel>;

Channel OpenChannel() {
  static std::once_flag once;
  std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
  ares_options options{};
  options.timeout = kFirstTryMilliseconds;
  options.tries = kTries;
  ares_channel channel = nullptr;
  ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
  return Channel(channel);
}

// One wait for the sockets that the library has open, at most as long as it wants.
void WaitOnce(ares_channeldata* channel, std::chrono::milliseconds at_most) {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
  const auto mask = static_cast<unsigned>(
      ares_getsock(channel, sockets.data(), static_cast<int>(sockets.size())));
  std::array<pollfd, ARES_GETSOCK_MAXNUM> polled{};
  nfds_t count = 0;
  for (unsigned i = 0; i < sockets.size(); ++i) {
    const bool reads = ARES_GETSOCK_READABLE(mask, i) != 0;
    const bool writes = ARES_GETSOCK_WRITABLE(mask, i) != 0;
    if (!reads && !writes) continue;
    const int events = (reads ? POLLIN : 0) | (writes ? POLLOUT : 0);
    polled[count++] = {sockets[i], static_cast<short>(events), 0};
  }
  timeval limit{at_most.count() / 1000, static_cast<suseconds_t>(at_most.count() % 1000 * 1000)};
  timeval room{};
  const timeval* wanted = ares_timeout(channel, &limit, &room);
  poll(polled.data(), count, static_cast<int>(wanted->tv_sec * 1000 + wanted->tv_usec / 1000 + 1));
  for (nfds_t i = 0; i < count; ++i) {
    const bool read = (polled[i].revents & ~POLLOUT) != 0;
    const bool write = (polled[i].revents & POLLOUT) != 0;
    ares_process_fd(channel, read ? polled[i].fd : ARES_SOCKET_BAD,
                    write ? polled[i].fd : ARES_SOCKET_BAD);
  }
  ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // what has timed out
}

}  // namespace

Result<std::vector<IpAddress>> LookUpName(const std::string& host, SteadyTime deadline) {
  Answer answer;
  {
    const Channel channel = OpenChannel();
    if (!channel) {
      return Fail(ErrorKind::kUnavailable, reasons::kUpstreamNameLookup,
                  host + ": name lookup cannot be set up");
    }
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(channel.get(), host.c_str(), nullptr, &hints, TakeAnswer, &answer);
    while (!answer.done) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) break;
      WaitOnce(channel.get(), left);
    }
  }  // what is still under way is cancelled here, and writes to `answer`
  if (answer.addresses.empty()) {
    return Fail(ErrorKind::kUnavailable, reasons::kUpstreamNameLookup,
                host + ": its name cannot be looked up: " + ares_strerror(answer.status));
  }
  std::stable_partition(answer.addresses.begin(), answer.addresses.end(),
                        [](const IpAddress& address) { return address.is_v4(); });
  return std::move(answer.addresses);
}

}  // namespace openimds
