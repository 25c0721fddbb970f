// SPDX-License-Identifier: Apache-2.0
#include "net/address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <utility>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

tl::unexpected<Error> Invalid(std::string message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kConfigInvalid, std::move(message));
}

Result<ListenAddress> ParseUnix(std::string_view path) {
  if (path.empty() || path.front() != '/') {
    return Invalid("expected an absolute path after 'unix:', got '" + std::string(path) + "'");
  }
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return Invalid("expected a socket path shorter than " +
                   std::to_string(sizeof(sockaddr_un::sun_path)) + " bytes, got " +
                   std::to_string(path.size()));
  }
  ListenAddress address;
  address.family = ListenAddress::Family::kUnix;
  address.path = path;
  return address;
}

bool ParseIp(const std::string& text, bool bracketed, IpAddress* ip) {
  if (bracketed) return inet_pton(AF_INET6, text.c_str(), ip->bytes.data()) == 1;
  if (inet_pton(AF_INET, text.c_str(), ip->bytes.data() + 12) != 1) return false;
  ip->bytes[10] = ip->bytes[11] = 0xff;
  return true;
}

}  // namespace

Result<ListenAddress> ListenAddress::Parse(std::string_view text) {
  if (text.substr(0, kUnixPrefix.size()) == kUnixPrefix) {
    return ParseUnix(text.substr(kUnixPrefix.size()));
  }
  const std::string expected =
      "expected an address as 127.0.0.1:50341, [::1]:50341 or unix:/path, got '" +
      std::string(text) + "'";
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Invalid(expected);
  const auto port = ParseDecimal(text.substr(colon + 1));
  if (!port || *port > 65535) return Invalid(expected);

  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  ListenAddress address;
  address.port = static_cast<std::uint16_t>(*port);
  if (!ParseIp(std::string(host), bracketed, &address.ip)) return Invalid(expected);
  return address;
}

std::string ListenAddress::ToString() const {
  if (family == Family::kUnix) return std::string(kUnixPrefix) + path;
  if (family == Family::kVsock) return "vsock:" + std::to_string(port);
  const std::string host = ip.is_v4() ? ip.ToString() : "[" + ip.ToString() + "]";
  return host + ":" + std::to_string(port);
}

std::string ListenAddress::Url() const {
  return family == Family::kTcp ? "http://" + ToString() : std::string();
}

ListenAddress ListenAddress::Vsock(std::uint16_t port) {
  ListenAddress address;
  address.family = Family::kVsock;
  address.port = port;
  return address;
}

}  // namespace openimds
