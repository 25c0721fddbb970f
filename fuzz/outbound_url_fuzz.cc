// SPDX-License-Identifier: Apache-2.0
// A URL that may be asked has a host and a port, and nothing in it ends a request line.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/outbound_url.h"
#include "net/peer.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace openimds;  // NOLINT(google-build-using-namespace): one function
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto url = http::ParseOutboundUrl(text, false);
  if (!url) return 0;
  Require(!url->host.empty() && url->port != 0 && url->target.front() == '/');
  Require((url->authority + url->target).find_first_of(" \t\r\n@#\\") == std::string::npos ||
          url->target.find('@') != std::string::npos);
  if (url->encrypted) return 0;
  const auto address = IpAddress::Parse(url->host);
  Require(address ? address->is_loopback() : url->host.size() == 9);  // localhost
  return 0;
}
