// SPDX-License-Identifier: Apache-2.0
#include "app/extension_listeners.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "app/privileges.h"
#include "attribution/listener_attributor.h"
#include "base/reasons.h"
#include "base/text.h"
#include "frontends/vm_extension/routes.h"
#include "model/machine_extension.h"
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

tl::unexpected<Error> CannotServe(std::uint16_t port, const std::string& why,
                                  std::string_view reason = reasons::kProvisioningFailed) {
  Error error{ErrorKind::kConflict, reason,
              "The extension cannot be served on localhost port " + std::to_string(port) + ": " +
                  why + "."};
  error.code = "VMExtensionProvisioningError";
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

struct ExtensionListeners::Listening {
  Listening(arm::ServedExtension wanted, const Parts& parts)
      : what(std::move(wanted)),
        since(parts.clock.Now()),
        door(std::make_shared<const Door>(
            Door{"vm_extension", std::make_shared<ListenerAttributor>(what.machine.text()),
                 FaultProfile::kNone})),
        endpoint(door, parts.broker, parts.clock) {}

  const arm::ServedExtension what;
  const Time since;
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
    const arm::ServedExtension& wanted) const {
  auto opened = std::make_shared<Listening>(wanted, parts_);
  const std::uint16_t port = wanted.port;
  const std::string configured = parts_.configured(port);
  if (!configured.empty()) {
    const bool same = EqualsIgnoringCase(configured, wanted.machine.text());
    if (same) return opened;
    return CannotServe(port, "a configured listener answers there for machine '" + configured + "'",
                       reasons::kInUse);
  }
  const std::string other = AnsweringAt(port);
  if (!other.empty()) {
    return CannotServe(port, "the extension of machine '" + other + "' answers there",
                       reasons::kInUse);
  }
  const PrivilegedScope privileged;  // ports below 1024
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

std::string ExtensionListeners::AnsweringAt(std::uint16_t port) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, one] : listening_) {
    if (one->server && one->what.port == port) return one->what.machine.text();
  }
  return {};
}

std::shared_ptr<ExtensionListeners::Listening> ExtensionListeners::Find(
    const ResourceId& extension) const {
  const std::lock_guard lock(mutex_);
  const auto found = listening_.find(extension.key());
  return found == listening_.end() ? nullptr : found->second;
}

void ExtensionListeners::Put(const ResourceId& extension, std::shared_ptr<Listening> listening) {
  const std::lock_guard lock(mutex_);
  if (listening) {
    listening_[extension.key()].swap(listening);
  } else {
    listening_.erase(extension.key());
  }
}

Result<void> ExtensionListeners::Serve(const arm::ServedExtension& wanted) {
  const std::lock_guard turn(serving_);
  return ServeInTurn(wanted);
}

Result<void> ExtensionListeners::ServeInTurn(const arm::ServedExtension& wanted) {
  const auto before = Find(wanted.id);
  const bool same_port = before && before->what.port == wanted.port;
  if (same_port && before->what.force_update_tag == wanted.force_update_tag) return {};
  // The port must be free before it can be had again.
  if (same_port) Put(wanted.id, nullptr);
  if (same_port && before->server) before->server->Stop();
  TRY(auto opened, Open(wanted));
  Put(wanted.id, std::move(opened));
  LogEvent(events::kExtensionServed, wanted.id.text(), wanted.port, "");
  return {};
}

void ExtensionListeners::EndOthers(const Registry& registry) {
  const std::lock_guard turn(serving_);
  const auto snapshot = registry.Read();
  std::vector<std::shared_ptr<Listening>> ending;
  {
    const std::lock_guard lock(mutex_);
    for (auto one = listening_.begin(); one != listening_.end();) {
      const auto document = snapshot->FindDocument(one->first);
      if (document && FactsOf(*document).is_managed_identity) {
        ++one;
        continue;
      }
      LogEvent(events::kExtensionEnded, one->first, one->second->what.port, "");
      ending.push_back(std::move(one->second));
      one = listening_.erase(one);
    }
  }
  if (ending.empty()) return;
  ending.clear();  // before somebody else takes its place
  ServeInTurn(*snapshot);
}

std::optional<Time> ExtensionListeners::ServedSince(const ResourceId& extension) const {
  const auto found = Find(extension);
  return found ? std::optional(found->since) : std::nullopt;
}

void ExtensionListeners::ServeAll(const Snapshot& snapshot) {
  const std::lock_guard turn(serving_);
  ServeInTurn(snapshot);
}

void ExtensionListeners::ServeInTurn(const Snapshot& snapshot) {
  for (const auto& [key, document] : snapshot.documents) {
    if (!IsExtension(document->id) || ServedSince(document->id)) continue;
    const ExtensionFacts facts = FactsOf(*document);
    if (!facts.is_managed_identity) continue;
    const ResourceId machine = MachineOfExtension(document->id);
    // Of the instances of a scale set, one can have the host's port: that is no failure to tell of.
    if (machine.IsInstance() && !AnsweringAt(facts.port).empty()) continue;
    const auto served = ServeInTurn({document->id, machine, facts.port, facts.force_update_tag});
    if (served) continue;
    LogEvent(events::kExtensionFailed, document->id.text(), facts.port, served.error().message);
  }
}

}  // namespace openimds
