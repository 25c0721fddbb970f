// SPDX-License-Identifier: Apache-2.0
#include "app/extension_listeners.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "attribution/listener_attributor.h"
#include "base/reasons.h"
#include "base/text.h"
#include "frontends/arm/extension.h"
#include "frontends/vm_extension/routes.h"
#include "telemetry/events.h"

namespace openimds {
namespace {

http::ServerSettings SmallServer() {
  http::ServerSettings settings;
  settings.io_threads = 1;
  settings.worker_threads = 1;
  settings.max_connections = 1'024;
  settings.drain_timeout = std::chrono::seconds{1};
  return settings;
}

ListenAddress Loopback(std::string_view host, std::uint16_t port) {
  return *ListenAddress::Parse(std::string(host) + ":" + std::to_string(port));
}

tl::unexpected<Error> CannotServe(std::uint16_t port, const std::string& why) {
  Error error{ErrorKind::kConflict, reasons::kProvisioningFailed,
              "The extension cannot be served on localhost port " + std::to_string(port) + ": " +
                  why + "."};
  error.code = "VMExtensionProvisioningError";
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

struct ExtensionListeners::Listening {
  explicit Listening(Door first, const Parts& parts)
      : door(std::make_shared<const Door>(std::move(first))),
        endpoint(door, parts.broker, parts.clock) {}

  std::optional<ResourceId> machine;
  std::uint16_t port = 0;
  Published<Door> door;
  vm_extension::TokenEndpoint endpoint;
  std::unique_ptr<http::Server> server;  // null where a configured listener answers already
};

ExtensionListeners::~ExtensionListeners() { Stop(); }

void ExtensionListeners::BeginRetiring() {
  const std::lock_guard lock(mutex_);
  for (const auto& [extension, one] : listening_) {
    if (one->server) one->server->BeginRetiring();
  }
}

bool ExtensionListeners::HasRetired() {
  const std::lock_guard lock(mutex_);
  return std::all_of(listening_.begin(), listening_.end(), [](const auto& one) {
    return !one.second->server || one.second->server->HasRetired();
  });
}

void ExtensionListeners::Stop(http::Server::Ending ending) {
  std::map<std::string, std::shared_ptr<Listening>> stopping;
  {
    const std::lock_guard lock(mutex_);
    stopping.swap(listening_);
  }
  // Outside the lock: a server takes its time to end.
  for (const auto& [extension, one] : stopping) {
    if (one->server) one->server->Stop(ending);
  }
}

void ExtensionListeners::LogEvent(std::string_view event, const std::string& extension,
                                  std::uint16_t port, std::string_view message) const {
  const bool failed = event == events::kExtensionFailed;
  parts_.log.Write(failed ? LogLevel::kError : LogLevel::kInfo, event,
                   {{"extension", extension}, {"port", std::int64_t{port}}, {"message", message}});
}

Result<std::shared_ptr<ExtensionListeners::Listening>> ExtensionListeners::Open(
    const ResourceId& machine, std::uint16_t port) const {
  auto opened = std::make_shared<Listening>(
      Door{"vm_extension", std::make_shared<ListenerAttributor>(machine.text()),
           FaultProfile::kNone},
      parts_);
  opened->machine = machine;
  opened->port = port;
  const std::string configured = parts_.configured(port);
  if (!configured.empty()) {
    const bool same = EqualsIgnoringCase(configured, machine.text());
    if (same) return opened;
    return CannotServe(port,
                       "a configured listener answers there for machine '" + configured + "'");
  }
  auto router = vm_extension::MakeRouter();
  vm_extension::AddRoutes(opened->endpoint, router.get());
  opened->server = std::make_unique<http::Server>(SmallServer(), parts_.log, parts_.inherited);
  const http::Listener listener{.address = Loopback("127.0.0.1", port),
                                .router = router,
                                .allowed_hosts = {},
                                .server_header = parts_.server_header};
  if (auto bound = opened->server->Listen(listener); !bound) {
    return CannotServe(port, bound.error().message);
  }
  http::Listener second = listener;
  second.address = Loopback("[::1]", port);
  if (auto bound = opened->server->Listen(second); !bound) {
    // A host without IPv6 is none the worse for it; a port that another holds is no port of ours.
    if (bound.error().reason == reasons::kAddressInUse) {
      return CannotServe(port, bound.error().message);
    }
  }
  opened->server->Start();
  return opened;
}

Result<void> ExtensionListeners::Serve(const ResourceId& extension, const ResourceId& machine,
                                       std::uint16_t port) {
  std::shared_ptr<Listening> before;
  {
    const std::lock_guard lock(mutex_);
    const auto found = listening_.find(extension.key());
    if (found != listening_.end()) {
      if (found->second->port == port) return {};
      before = found->second;
    }
  }
  TRY(auto opened, Open(machine, port));
  {
    const std::lock_guard lock(mutex_);
    listening_[extension.key()] = std::move(opened);
  }
  LogEvent(events::kExtensionServed, extension.text(), port, "");
  return {};
}

void ExtensionListeners::EndOthers(const Snapshot& snapshot) {
  std::vector<std::shared_ptr<Listening>> ending;
  {
    const std::lock_guard lock(mutex_);
    for (auto one = listening_.begin(); one != listening_.end();) {
      const auto document = snapshot.FindDocument(one->first);
      if (document && arm::FactsOf(*document).is_managed_identity) {
        ++one;
        continue;
      }
      LogEvent(events::kExtensionEnded, one->first, one->second->port, "");
      ending.push_back(std::move(one->second));
      one = listening_.erase(one);
    }
  }
}

bool ExtensionListeners::IsServed(const ResourceId& extension) const {
  const std::lock_guard lock(mutex_);
  return listening_.contains(extension.key());
}

void ExtensionListeners::ServeAll(const Snapshot& snapshot) {
  for (const auto& [key, document] : snapshot.documents) {
    if (!arm::IsExtension(document->id)) continue;
    const arm::ExtensionFacts facts = arm::FactsOf(*document);
    if (!facts.is_managed_identity) continue;
    const auto served = Serve(document->id, arm::MachineOfExtension(document->id), facts.port);
    if (served) continue;
    LogEvent(events::kExtensionFailed, document->id.text(), facts.port, served.error().message);
  }
}

}  // namespace openimds
