// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"
#include "crypto/tls_session.h"
#include "net/peer.h"

namespace openimds::http {

// One outgoing connection that blocks, with or without TLS, for the thread that made it. Every call
// ends at the deadline (kUpstreamTimeout), or soon after `stopping` became true (kUpstreamBroken).
// Messages begin with the host and hold no byte of what was sent or received.
class Wire {
 public:
  // `stopping` must outlive it.
  Wire(std::string host, const std::atomic<bool>& stopping)
      : host_(std::move(host)), stopping_(stopping) {}

  void SetDeadline(SteadyTime deadline) { deadline_ = deadline; }

  // The first of the addresses that takes the connection. Fails with kUpstreamConnect.
  Result<void> Connect(const std::vector<IpAddress>& addresses, std::uint16_t port);
  // After Connect(). Fails with kUpstreamTls, saying which check failed.
  Result<void> Encrypt(std::shared_ptr<const TlsContext> context);

  Result<void> Write(std::string_view bytes);
  // At least one byte; none at the end of the connection.
  Result<std::size_t> Read(char* room, std::size_t size);

 private:
  Result<void> ConnectTo(const IpAddress& address, std::uint16_t port, SteadyTime until);
  Result<void> Wait(short events, SteadyTime until);
  Result<void> WritePlain(std::string_view bytes);
  Result<std::size_t> ReadPlain(char* room, std::size_t size);
  Result<void> Exchange();  // sends what TLS has to say, and feeds it what comes
  tl::unexpected<Error> Broken(const std::string& why) const;

  const std::string host_;
  const std::atomic<bool>& stopping_;
  SteadyTime deadline_{};
  Descriptor socket_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace openimds::http
