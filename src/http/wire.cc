// SPDX-License-Identifier: Apache-2.0
#include "http/wire.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/reasons.h"

namespace openimds::http {
namespace {

constexpr std::chrono::milliseconds kLook{250};  // how often a wait looks whether we stop

struct SocketName {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

SocketName NameOf(const IpAddress& address, std::uint16_t port) {
  SocketName name;
  if (address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(name.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    memcpy(&v4.sin_addr, address.bytes.data() + 12, 4);
    name.size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(name.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    memcpy(&v6.sin6_addr, address.bytes.data(), 16);
    name.size = sizeof v6;
  }
  return name;
}

std::string ReasonOf(int number) { return std::generic_category().message(number); }

}  // namespace

tl::unexpected<Error> Wire::Broken(const std::string& why) const {
  return Fail(ErrorKind::kUnavailable, reasons::kUpstreamBroken, host_ + ": " + why);
}

Result<void> Wire::Wait(short events, SteadyTime until) {
  while (true) {
    if (stopping_) return Broken("given up, because the service stops");
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return Fail(ErrorKind::kUnavailable, reasons::kUpstreamTimeout,
                  host_ + ": no answer in time");
    }
    pollfd polled{socket_.get(), events, 0};
    const int ready = poll(&polled, 1, static_cast<int>(std::min(left, kLook).count()) + 1);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Broken(ReasonOf(errno));
  }
}

Result<void> Wire::ConnectTo(const IpAddress& address, std::uint16_t port, SteadyTime until) {
  const SocketName name = NameOf(address, port);
  socket_ = Descriptor(
      socket(name.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  const int on = 1;
  setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  int failed = 0;
  if (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&name.storage), name.size) != 0) {
    failed = errno;
  }
  if (failed == EINPROGRESS) {
    TRY_VOID(Wait(POLLOUT, until));
    socklen_t size = sizeof failed;
    getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &failed, &size);
  }
  if (failed == 0) return {};
  return Fail(ErrorKind::kUnavailable, reasons::kUpstreamConnect,
              host_ + ": no connection can be made: " + ReasonOf(failed));
}

Result<void> Wire::Connect(const std::vector<IpAddress>& addresses, std::uint16_t port) {
  Result<void> outcome = Fail(ErrorKind::kUnavailable, reasons::kUpstreamConnect,
                              host_ + ": no connection can be made: it has no address");
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    // One that does not answer leaves the others their share of the time.
    const auto now = std::chrono::steady_clock::now();
    const auto share = (deadline_ - now) / static_cast<int>(addresses.size() - i);
    outcome = ConnectTo(addresses[i], port, now + share);
    if (outcome || stopping_) return outcome;
  }
  return outcome;
}

Result<void> Wire::Encrypt(std::shared_ptr<const TlsContext> context) {
  tls_ = std::make_unique<TlsSession>(std::move(context), host_);
  char early = 0;
  while (!tls_->established()) {
    const auto [status, size] = tls_->Read(&early, 1);
    if (size > 0 || (status != TlsStatus::kWantsMore && status != TlsStatus::kFilled)) {
      std::string alert;
      tls_->TakeOutput(&alert);
      if (!alert.empty()) (void)WritePlain(alert).has_value();
      const char* const why = size > 0 ? "data before the handshake was done" : tls_->failure();
      return Fail(ErrorKind::kUnavailable, reasons::kUpstreamTls,
                  host_ + ": TLS failed: " + (*why != '\0' ? why : "the connection was ended"));
    }
    if (tls_->established()) break;
    auto exchanged = Exchange();
    if (!exchanged) return exchanged;
  }
  return {};
}

Result<void> Wire::Exchange() {
  std::string out;
  tls_->TakeOutput(&out);
  TRY_VOID(WritePlain(out));
  std::array<char, 8 * 1024> received{};
  TRY(const std::size_t size, ReadPlain(received.data(), received.size()));
  if (size == 0) return Broken("the connection was cut");
  tls_->Feed({received.data(), size});
  return {};
}

Result<void> Wire::Write(std::string_view bytes) {
  if (!tls_) return WritePlain(bytes);
  std::string sealed;
  if (!tls_->Encrypt(bytes, &sealed)) return Broken("TLS failed while sending");
  return WritePlain(sealed);
}

Result<void> Wire::WritePlain(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      TRY_VOID(Wait(POLLOUT, deadline_));
    } else if (errno != EINTR) {
      return Broken("cannot send: " + ReasonOf(errno));
    }
  }
  return {};
}

Result<std::size_t> Wire::ReadPlain(char* room, std::size_t size) {
  while (true) {
    const ssize_t got = recv(socket_.get(), room, size, 0);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EAGAIN) {
      TRY_VOID(Wait(POLLIN, deadline_));
    } else if (errno != EINTR) {
      return Broken("cannot receive: " + ReasonOf(errno));
    }
  }
}

Result<std::size_t> Wire::Read(char* room, std::size_t size) {
  if (!tls_) return ReadPlain(room, size);
  while (true) {
    const auto [status, filled] = tls_->Read(room, size);
    if (filled > 0) return filled;
    if (status == TlsStatus::kClosed) return std::size_t{0};
    if (status != TlsStatus::kWantsMore) return Broken("TLS failed while receiving");
    TRY_VOID(Exchange());
  }
}

}  // namespace openimds::http
