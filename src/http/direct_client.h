// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "base/published.h"
#include "crypto/tls_session.h"
#include "http/outbound.h"

namespace openimds::http {

// The small Outbound of the guest's program: a connection for each request, no proxy, names by
// net/name_lookup.h, nothing that a static program could not have. With `to_imds` http goes to all
// of 169.254.0.0/16. Every thread may call everything.
//
// Without a ca_file the distribution's store is looked for where distributions keep it.
class DirectClient final : public Outbound {
 public:
  // Reads the CA certificates; one that has none can still ask over http. `settings.ca_file` that
  // cannot be read fails with kCryptoFailed.
  static Result<std::unique_ptr<DirectClient>> Make(OutboundSettings settings);

  Result<OutboundResponse> Send(const OutboundRequest& request) override;

  // Requests under way end within about a fourth of a second, new ones fail at once.
  void Stop() { stopping_ = true; }

 private:
  DirectClient(OutboundSettings settings, std::shared_ptr<const TlsContext> tls)
      : settings_(std::move(settings)), tls_(std::move(tls)) {}

  const OutboundSettings settings_;
  const std::shared_ptr<const TlsContext> tls_;  // null: no CA certificates were found
  std::atomic<bool> stopping_{false};
};

}  // namespace openimds::http
