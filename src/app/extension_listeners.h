// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/published.h"
#include "broker/token_broker.h"
#include "frontends/arm/route.h"
#include "frontends/vm_extension/token_endpoint.h"
#include "http/server.h"
#include "telemetry/log.h"

namespace openimds {

// The endpoints of extensions that the resource manager was told to set, each a small server of its
// own on 127.0.0.1 and, where the host has it, [::1]: one comes and goes while all others run on.
class ExtensionListeners final : public arm::ExtensionHost {
 public:
  // What they answer with must outlive them.
  struct Parts {
    TokenBroker& broker;
    const Clock& clock;
    Log& log;
    std::string_view server_header;
    // The machine that a configured listener of the extension's protocol answers for on that port;
    // empty if none listens there.
    std::function<std::string(std::uint16_t port)> configured;
    InheritedSockets* inherited = nullptr;
  };
  explicit ExtensionListeners(Parts parts) : parts_(std::move(parts)) {}
  ~ExtensionListeners() override;  // as Stop()

  // Serves every extension that the snapshot holds. What cannot be served is logged, and said in
  // its provisioning state.
  void ServeAll(const Snapshot& snapshot);
  void Stop(http::Server::Ending ending = http::Server::Ending::kForGood);
  // As http::Server does.
  void BeginRetiring();
  bool HasRetired();

  Result<void> Serve(const ResourceId& extension, const ResourceId& machine,
                     std::uint16_t port) override;
  void EndOthers(const Snapshot& snapshot) override;
  bool IsServed(const ResourceId& extension) const override;

 private:
  struct Listening;

  Result<std::shared_ptr<Listening>> Open(const ResourceId& machine, std::uint16_t port) const;
  void LogEvent(std::string_view event, const std::string& extension, std::uint16_t port,
                std::string_view message) const;

  const Parts parts_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Listening>> listening_;  // by the extension's key
};

}  // namespace openimds
