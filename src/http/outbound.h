// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace openimds::http {

struct OutboundSettings {
  std::filesystem::path ca_file{};  // PEM, instead of the system's store; empty: the system's
  std::chrono::milliseconds connect_timeout{5'000};  // name lookup, TCP and TLS
  std::chrono::milliseconds total_timeout{15'000};
  std::size_t max_body_bytes = 1024 * 1024;
  bool to_imds = false;  // http to 169.254.169.254 too, and that past any proxy
};

struct OutboundRequest {
  std::string_view method = "GET";  // or one that has a body
  std::string url;  // https; http only to localhost, 127.0.0.0/8 and [::1]; no user, no password
  std::vector<std::pair<std::string, std::string>> headers;
  Secret authorization;  // the header's value; empty: none
  std::string_view content_type;
  Secret body;
};

struct OutboundResponse {
  int status = 0;
  std::string content_type;
  std::optional<std::chrono::seconds> retry_after;  // from now, whichever form was sent
  Secret body;
};

// Asks a service elsewhere over HTTP/1.1. TLS 1.2 or newer, certificate and name verified. A
// redirect is an answer like any other; there are no cookies, no stored credentials, no content
// codings. Bodies are wiped after use.
class Outbound {
 public:
  virtual ~Outbound() = default;

  // Blocks, for at most total_timeout; every thread may call it. Every answer with a status is a
  // success here. Fails with kUnavailable and
  //   kUpstreamNameLookup, kUpstreamConnect, kUpstreamTls, kUpstreamTimeout
  //   kUpstreamTooLarge    the body is over max_body_bytes, or the header over 64 KiB
  //   kUpstreamBroken      no HTTP, an answer cut short, or the client was stopped
  //   kUpstreamNotAllowed  the URL or a header is not one that we send; nothing was sent
  // The message names the host and what happened; never a path, a query, or a byte of a body.
  virtual Result<OutboundResponse> Send(const OutboundRequest& request) = 0;
};

}  // namespace openimds::http
