// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
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

  Result<void> Serve(const arm::ServedExtension& wanted) override;
  void EndOthers(const Registry& registry) override;
  std::optional<Time> ServedSince(const ResourceId& extension) const override;

 private:
  struct Listening;

  // The same as Serve() and ServeAll(), for whoever has the turn.
  Result<void> ServeInTurn(const arm::ServedExtension& wanted);
  void ServeInTurn(const Snapshot& snapshot);
  Result<std::shared_ptr<Listening>> Open(const arm::ServedExtension& wanted) const;
  // The machine for which an extension of ours answers on the port; empty if none does.
  std::string AnsweringAt(std::uint16_t port) const;
  std::shared_ptr<Listening> Find(const ResourceId& extension) const;  // null if it is not there
  // In place of what was there, which ends; null takes that away.
  void Put(const ResourceId& extension, std::shared_ptr<Listening> listening);
  void LogEvent(std::string_view event, const std::string& extension, std::uint16_t port,
                std::string_view message) const;

  const Parts parts_;
  std::mutex serving_;  // one change of a place at a time
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Listening>> listening_;  // by the extension's key
};

}  // namespace openimds
