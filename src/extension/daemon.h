// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/published.h"
#include "broker/token_broker.h"
#include "extension/bridge_endpoint.h"
#include "extension/caller_book.h"
#include "extension/daemon_settings.h"
#include "extension/guest_credential.h"
#include "frontends/vm_extension/token_endpoint.h"
#include "http/server.h"
#include "http/worker_pool.h"
#include "telemetry/audit.h"
#include "telemetry/log.h"
#include "tokens/token_cache.h"

namespace openimds::extension {

// The endpoint of the retired extension, on 127.0.0.1 and [::1] of one port, in either mode. Made,
// changed and ended by one thread.
class Daemon {
 public:
  // Serves when it returns. Makes no folder. Fails as Take() does. `log` must outlive it.
  static Result<std::unique_ptr<Daemon>> Start(const DaemonSettings& settings, Log& log);
  ~Daemon();  // as Stop()

  // From now on these settings. All or nothing: if a certificate cannot be read or the port is
  // taken, the old ones stay in force. No request is lost: those under way end as they began, and
  // a new port is open before the old one closes. Fails as GuestCredential::Reconfigure(), with
  // kAddressInUse or kListenFailed, or with kConfigInvalid for another state folder.
  Result<void> Take(const DaemonSettings& settings);

  // Once in a while: writes down who called. Never fails; what cannot be written is logged.
  void Tick();

  // Requests under way may finish, within a few seconds.
  void Stop();

  const DaemonSettings& settings() const { return settings_; }

 private:
  // How requests are answered now.
  struct Way {
    DaemonMode mode = DaemonMode::kImds;
    bool counts_callers = false;
  };

  Daemon(const DaemonSettings& settings, Log& log);

  Result<std::unique_ptr<http::Server>> Listen(std::uint16_t port);
  http::Reply Answer(const http::Request& request, std::uint16_t port);
  http::Reply AnswerNow(const http::Request& request) const;
  void ForgetTokens(const DaemonSettings& next);

  Log& log_;
  const SystemClock clock_;
  AuditTrail audit_;
  CallerBook callers_;
  GuestCredential credential_;
  Published<Snapshot> snapshot_;
  TokenCache cache_;
  TokenBroker broker_;
  Published<Door> door_;
  const vm_extension::TokenEndpoint endpoint_;
  Published<BridgeTarget> target_;
  const BridgeEndpoint bridge_;
  Published<Way> way_;
  DaemonSettings settings_;
  http::WorkerPool lookups_;              // ends before what its work uses
  std::unique_ptr<http::Server> server_;  // ends first
};

}  // namespace openimds::extension
