// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/peer.h"

namespace openimds {

// Where to listen: `127.0.0.1:50341`, `[::1]:50342`, or `unix:/run/openimds/control.sock`.
// Port 0 lets the kernel choose. No names: what we listen on is never left to a resolver.
struct ListenAddress {
  enum class Family { kTcp, kUnix, kVsock };

  Family family = Family::kTcp;
  IpAddress ip;
  std::uint16_t port = 0;
  std::string path;  // kUnix

  static Result<ListenAddress> Parse(std::string_view text);  // fails with kConfigInvalid
  std::string ToString() const;                               // as Parse takes it; `vsock:80`
  // Every guest of this host's hypervisor reaches it: only where each connection is looked at.
  static ListenAddress Vsock(std::uint16_t port);
  // `http://127.0.0.1:50341`; empty for what no URL names.
  std::string Url() const;
};

}  // namespace openimds
