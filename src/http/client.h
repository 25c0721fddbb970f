// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/address.h"

namespace openimds::http {

struct ClientResponse {
  unsigned status;
  std::string content_type;
  std::string body;
};

// One request over a UNIX socket; blocks for at most `timeout`. Fails with kNoService if nobody
// listens there, with kUnavailable if the answer does not come, is no HTTP, or is over 16 MiB.
Result<ClientResponse> CallUnixSocket(const std::string& socket_path, std::string_view method,
                                      std::string_view target, std::string_view json_body,
                                      std::chrono::seconds timeout);

// One GET with `Metadata: true`, as a workload sends it; the same limits and failures.
// REQUIRES: a TCP address.
Result<ClientResponse> CallMetadata(const ListenAddress& address, std::string_view target,
                                    std::chrono::seconds timeout);

}  // namespace openimds::http
