// SPDX-License-Identifier: Apache-2.0
#include "http/outbound_url.h"

#include <algorithm>
#include <optional>

#include "base/reasons.h"
#include "base/text.h"
#include "net/peer.h"

namespace openimds::http {
namespace {

constexpr std::size_t kMaxUrl = 16 * 1024;

tl::unexpected<Error> NotAllowed(std::string message) {
  return Fail(ErrorKind::kUnavailable, reasons::kUpstreamNotAllowed, std::move(message));
}

bool IsLinkLocalV4(const IpAddress& address) {
  return address.is_v4() && address.bytes[12] == 169 && address.bytes[13] == 254;
}

bool IsHostName(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    const char lower = ToLowerAscii(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

bool MayBePlain(const std::string& host, bool to_imds) {
  if (EqualsIgnoringCase(host, "localhost")) return true;
  const auto address = IpAddress::Parse(host);
  return address && (address->is_loopback() || (to_imds && IsLinkLocalV4(*address)));
}

// `host`, `host:8443`, `[::1]:8443`.
Result<void> SplitAuthority(OutboundUrl* url) {
  std::string_view rest = url->authority;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return NotAllowed("expected a URL with a whole host");
    url->host = rest.substr(1, end - 1);
    const auto address = IpAddress::Parse(url->host);
    if (!address || address->is_v4()) return NotAllowed("expected an IPv6 address in brackets");
    rest.remove_prefix(end + 1);
  } else {
    url->host = rest.substr(0, rest.find(':'));
    if (!IsHostName(url->host)) return NotAllowed("expected a URL with a host in it");
    rest.remove_prefix(url->host.size());
  }
  if (rest.empty()) return {};
  const auto port = rest.front() == ':' ? ParseDecimal(rest.substr(1)) : std::nullopt;
  if (!port || *port == 0 || *port > 65535) return NotAllowed("expected a URL with a good port");
  url->port = static_cast<std::uint16_t>(*port);
  return {};
}

}  // namespace

Result<OutboundUrl> ParseOutboundUrl(std::string_view text, bool to_imds) {
  const bool visible = text.size() <= kMaxUrl && std::all_of(text.begin(), text.end(), [](char c) {
                         return c > ' ' && c <= '~' && c != '#' && c != '\\';
                       });
  if (!visible) return NotAllowed("expected a URL of visible characters without a fragment");
  OutboundUrl url;
  url.encrypted = StartsWithIgnoringCase(text, "https://");
  if (!url.encrypted && !StartsWithIgnoringCase(text, "http://")) {
    return NotAllowed("expected a URL with https, or http to this host");
  }
  url.port = url.encrypted ? 443 : 80;
  text.remove_prefix(url.encrypted ? 8 : 7);
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  url.authority = text.substr(0, end);
  url.target = text.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  TRY_VOID(SplitAuthority(&url));
  if (!url.encrypted && !MayBePlain(url.host, to_imds)) {
    return NotAllowed(url.host + ": expected https for another host than this one");
  }
  return url;
}

}  // namespace openimds::http
