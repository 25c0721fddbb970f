// SPDX-License-Identifier: Apache-2.0
#include "extension/daemon.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "attribution/listener_attributor.h"
#include "attribution/loopback_uid_attributor.h"
#include "base/reasons.h"
#include "extension/counted_reply.h"
#include "extension/guest_snapshot.h"
#include "frontends/vm_extension/routes.h"
#include "http/direct_client.h"
#include "telemetry/events.h"

namespace openimds::extension {
namespace {

constexpr std::size_t kBridgeThreads = 16;
constexpr std::size_t kLookupThreads = 8;
constexpr std::size_t kQueue = 512;

http::ServerSettings GuestServer() {
  http::ServerSettings settings;
  settings.worker_threads = kBridgeThreads;
  settings.worker_queue = kQueue;
  settings.max_connections = 4'096;
  settings.max_connections_per_peer = 4'096;  // all come from one address
  settings.drain_timeout = std::chrono::seconds{5};
  return settings;
}

TokenCacheSettings GuestCache() {
  TokenCacheSettings settings;
  settings.max_entries = 1'000;
  settings.fetch_threads = 4;
  settings.fetch_queue = kQueue;
  return settings;
}

ListenAddress Loopback(const std::string& host, std::uint16_t port) {
  return *ListenAddress::Parse(host + ":" + std::to_string(port));
}

Result<std::shared_ptr<http::Outbound>> MakeOutbound(const DaemonSettings& settings) {
  http::OutboundSettings outbound;
  outbound.ca_file = settings.authority.ca_file;
  outbound.to_imds = settings.mode == DaemonMode::kImds;
  TRY(auto client, http::DirectClient::Make(std::move(outbound)));
  return std::shared_ptr<http::Outbound>(std::move(client));
}

Door DoorOf(const DaemonSettings& settings, const ResourceId& machine) {
  std::shared_ptr<const Attributor> attributor =
      std::make_shared<ListenerAttributor>(machine.text());
  if (!settings.callers.empty()) {
    attributor = std::make_shared<LoopbackUidAttributor>(machine.text(), settings.callers);
  }
  return {"vm_extension", std::move(attributor), FaultProfile::kNone};
}

// Whether a token of the one is a token of the other, whatever proves who we are.
bool SameIdentities(const DaemonSettings& a, const DaemonSettings& b) {
  const auto without_certificates = [](std::vector<DaemonIdentity> identities) {
    for (DaemonIdentity& identity : identities) identity.certificate = {};
    return identities;
  };
  return a.mode == b.mode && a.authority == b.authority &&
         without_certificates(a.identities) == without_certificates(b.identities);
}

std::string OwnExecutable() {
  std::error_code unknown;
  return std::filesystem::read_symlink("/proc/self/exe", unknown);
}

}  // namespace

Daemon::Daemon(const DaemonSettings& settings, Log& log)
    : log_(log),
      audit_(log),
      callers_(CallerFile(settings.state_dir), clock_, OwnExecutable()),
      credential_(clock_, log),
      snapshot_(std::make_shared<const Snapshot>()),
      cache_(credential_, clock_, GuestCache()),
      broker_(snapshot_, cache_, audit_),
      door_(std::make_shared<const Door>()),
      endpoint_(door_, broker_, clock_),
      target_(std::make_shared<const BridgeTarget>()),
      bridge_(target_, audit_),
      way_(std::make_shared<const Way>()),
      lookups_(kLookupThreads, kQueue) {
  settings_.port = 0;
  settings_.state_dir = settings.state_dir;
}

Daemon::~Daemon() { Stop(); }

Result<std::unique_ptr<Daemon>> Daemon::Start(const DaemonSettings& settings, Log& log) {
  std::unique_ptr<Daemon> daemon(new Daemon(settings, log));
  TRY_VOID(daemon->Take(settings));
  return daemon;
}

Result<std::unique_ptr<http::Server>> Daemon::Listen(std::uint16_t port) {
  auto router = vm_extension::MakeRouter();
  for (const char* path : {"/oauth2/token", "/oauth2/token/"}) {
    for (const char* method : {"GET", "POST"}) {
      router->Add(method, path,
                  [this, port](const http::Request& request) { return Answer(request, port); });
    }
  }
  auto place = std::make_shared<ListeningPlace>();
  place->claim = "extension";
  place->finds_local_user = true;
  auto server = std::make_unique<http::Server>(GuestServer(), log_);
  http::Listener listener{.address = Loopback("127.0.0.1", port),
                          .router = std::move(router),
                          .allowed_hosts = {},
                          .server_header = "ManagedIdentityExtension/" OPENIMDS_VERSION,
                          .place = std::move(place)};
  TRY_VOID(server->Listen(listener));
  listener.address = Loopback("[::1]", port);
  auto second = server->Listen(listener);
  // A machine without IPv6 is none the worse for it; a port that another holds is no port of ours.
  if (!second && second.error().reason == reasons::kAddressInUse) {
    return tl::unexpected<Error>(std::move(second.error()));
  }
  return server;
}

Result<void> Daemon::Take(const DaemonSettings& settings) {
  if (settings.state_dir != settings_.state_dir) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kConfigInvalid,
                "stateDir: expected it to stay '" + settings_.state_dir.string() +
                    "' while the daemon runs, got '" + settings.state_dir.string() + "'");
  }
  TRY(const auto outbound, MakeOutbound(settings));
  TRY(const GuestSnapshot guest, MakeGuestSnapshot(settings));
  std::unique_ptr<http::Server> server;
  if (settings.port != settings_.port) {
    TRY(server, Listen(settings.port));
  }
  TRY_VOID(credential_.Reconfigure(settings, outbound));
  // Nothing fails from here on.
  snapshot_.Publish(guest.snapshot);
  door_.Publish(std::make_shared<const Door>(DoorOf(settings, guest.machine)));
  target_.Publish(std::make_shared<const BridgeTarget>(
      BridgeTarget{settings.imds_url, outbound, settings.callers}));
  way_.Publish(std::make_shared<const Way>(Way{settings.mode, settings.counts_callers}));
  ForgetTokens(settings);
  settings_ = settings;
  if (!server) return {};
  server->Start();
  server_.swap(server);
  return {};  // the old port closes here, when those who came by it have been answered
}

// Tokens stay good when only the certificate is another one. Failures do not: what was wrong may
// have been mended.
void Daemon::ForgetTokens(const DaemonSettings& next) {
  if (!SameIdentities(settings_, next)) {
    cache_.Clear();
    return;
  }
  for (const CacheEntry& entry : cache_.List()) {
    if (entry.expires_on) continue;
    cache_.Purge([&](const Identity& identity, const std::string& resource) {
      return identity.id.text() == entry.identity && resource == entry.resource;
    });
  }
}

http::Reply Daemon::Answer(const http::Request& request, std::uint16_t port) {
  if (!way_.Read()->counts_callers) return AnswerNow(request);
  return CountedReply(
      lookups_, [this, port](const Peer& peer) { callers_.Note(peer, port); },
      [this](const http::Request& kept) { return AnswerNow(kept); }, request);
}

http::Reply Daemon::AnswerNow(const http::Request& request) const {
  switch (way_.Read()->mode) {
    case DaemonMode::kAuthority:
      return endpoint_.HandleToken(request);
    case DaemonMode::kImds:
      break;
  }
  return bridge_.HandleToken(request);
}

void Daemon::Tick() {
  if (auto saved = callers_.Save(); !saved) {
    log_.Write(LogLevel::kWarn, events::kGuestCallersNotSaved,
               {{"message", saved.error().message}});
  }
}

void Daemon::Stop() {
  if (!server_) return;
  server_->Stop();
  lookups_.Stop();
  cache_.Stop();
  Tick();
}

}  // namespace openimds::extension
