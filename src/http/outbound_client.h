// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/result.h"
#include "http/outbound.h"

namespace openimds::http {

// The service's Outbound, by libcurl. HTTPS_PROXY and NO_PROXY count as libcurl takes them, but not
// for this host itself. Connections are kept and used again, the latest first. What the library
// keeps in its own buffers for a while is not wiped.
class OutboundClient final : public Outbound {
 public:
  explicit OutboundClient(OutboundSettings settings);
  ~OutboundClient() override;  // no call may be under way
  OutboundClient(const OutboundClient&) = delete;
  OutboundClient& operator=(const OutboundClient&) = delete;

  Result<OutboundResponse> Send(const OutboundRequest& request) override;

  // Requests under way end within about a second, new ones fail at once. Every thread may call it.
  void Stop();

 private:
  struct Parts;
  const std::unique_ptr<Parts> parts_;
};

}  // namespace openimds::http
