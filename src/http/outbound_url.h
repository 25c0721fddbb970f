// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace openimds::http {

// A URL that DirectClient may ask, taken apart.
struct OutboundUrl {
  bool encrypted = false;
  std::string host;  // without brackets
  std::uint16_t port = 0;
  std::string authority;  // for the Host header: as written
  std::string target;     // path and query; begins with `/`
};

// https anywhere; http to localhost, 127.0.0.0/8 and [::1], and to 169.254.0.0/16 with `to_imds`.
// No user, no fragment, visible ASCII only. Fails with kUpstreamNotAllowed. Pure.
Result<OutboundUrl> ParseOutboundUrl(std::string_view url, bool to_imds);

}  // namespace openimds::http
