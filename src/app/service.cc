// SPDX-License-Identifier: Apache-2.0
#include "app/service.h"

#include <unistd.h>

#include <thread>
#include <utility>

#include "app/privileges.h"
#include "app/restart_keys.h"
#include "attribution/guest_ways.h"
#include "attribution/listener_attributor.h"
#include "attribution/loopback_uid_attributor.h"
#include "base/reasons.h"
#include "base/url.h"
#include "frontends/arm/deployment_run.h"
#include "frontends/arm/routes.h"
#include "frontends/control/routes.h"
#include "frontends/imds/routes.h"
#include "frontends/imds/token_response.h"
#include "frontends/oauth/routes.h"
#include "frontends/vm_extension/routes.h"
#include "telemetry/events.h"

namespace openimds {
namespace {

constexpr std::string_view kServerName = "OpenIMDS/" OPENIMDS_VERSION;

// For connections that clients keep: whoever has not asked again in that time is idle.
constexpr std::chrono::milliseconds kRetiringTime{1000};
constexpr std::chrono::milliseconds kRetiringStep{10};

// A machine's profile comes with the files that are its user data; only its owner calls there.
// So does a template.
constexpr std::size_t kMaxControlBytes = 4 * 1024 * 1024;

std::shared_ptr<http::Router> MakeRouter(ListenerProtocol protocol) {
  switch (protocol) {
    case ListenerProtocol::kImds:
      return imds::MakeRouter();
    case ListenerProtocol::kVmExtension:
      return vm_extension::MakeRouter();
    case ListenerProtocol::kArm:
      return arm::MakeRouter();
    case ListenerProtocol::kAuthority:
      break;
  }
  return oauth::MakeRouter();
}

std::vector<std::string> AllowedHosts(const Config& config, ListenerProtocol protocol) {
  std::vector<std::string> hosts = config.allowed_hosts;
  const std::string own(HostOfUrl(config.authority.public_url));
  if (!SpeaksForMachine(protocol) && !own.empty()) hosts.push_back(own);
  return hosts;
}

// A listener that asks which local user calls.
std::shared_ptr<const ListeningPlace> PlaceOf(const ListenerSettings& listener) {
  if (listener.users.empty()) return nullptr;
  auto place = std::make_shared<ListeningPlace>();
  place->finds_local_user = true;
  return place;
}

}  // namespace

Service::Service(const Config& config, const StateFolder& folder, Log& log,
                 InheritedSockets& inherited)
    : config_(config),
      folder_(folder),
      log_(log),
      inherited_(inherited),
      audit_(log),
      outbound_(OutboundSettingsOf(config)),
      server_(config.server, log, &inherited) {}

Service::~Service() { Stop(); }

void Service::Stop() { End(http::Server::Ending::kForGood); }

// Clients that keep a connection learn from its next answer that it ends, and connect anew.
std::vector<Descriptor> Service::HandOver() {
  server_.BeginRetiring();
  extensions_->BeginRetiring();
  for (auto left = kRetiringTime; left.count() > 0; left -= kRetiringStep) {
    if (server_.HasRetired() && extensions_->HasRetired()) break;
    std::this_thread::sleep_for(kRetiringStep);
  }
  std::vector<Descriptor> sockets = DuplicateListeningSockets();
  End(http::Server::Ending::kHandOver);
  return sockets;
}

// Requests under way may wait for an authority: they get their time, and no more.
void Service::End(http::Server::Ending ending) {
  const bool for_good = ending == http::Server::Ending::kForGood;
  if (guests_) for_good ? guests_->Stop() : guests_->HandOver();
  server_.Stop(ending);
  if (long_running_) long_running_->Stop();
  event_starter_.reset();
  if (extensions_) extensions_->Stop(ending);
  outbound_.Stop();
  if (cache_) cache_->Stop();
}

Result<std::unique_ptr<Service>> Service::Start(const Config& config, const StateFolder& folder,
                                                Log& log, InheritedSockets& inherited) {
  std::unique_ptr<Service> service(new Service(config, folder, log, inherited));
  TRY_VOID(service->Open());
  return service;
}

Result<void> Service::Open() {
  TRY(tls_, TlsIdentity::Open(config_, folder_, clock_));
  TRY(attestation_,
      AttestationSigner::Open(folder_.attestation(), config_.attestation_name, clock_));
  TRY(const auto routers, Bind());
  TRY(core_, Core::Open(config_, folder_, AuthorityUrl()));
  credentials_ = std::make_unique<CredentialRouter>(
      core_->registry(), core_->authority(), Upstream{outbound_, gates_, core_->clock(), log_},
      config_.credentials);
  cache_ = std::make_unique<TokenCache>(*credentials_, core_->clock(), config_.tokens);
  broker_ = std::make_unique<TokenBroker>(core_->registry(), *cache_, audit_, config_.throttle);
  issuer_keys_ = std::make_unique<IssuerKeys>(outbound_, core_->clock());
  authenticator_ = std::make_unique<ClientAuthenticator>(core_->authority(), *issuer_keys_);
  extensions_ = std::make_unique<ExtensionListeners>(ExtensionListeners::Parts{
      *broker_, core_->clock(), log_, kServerName,
      [this](std::uint16_t port) { return ConfiguredExtensionAt(port); }, &inherited_});
  TRY_VOID(arm::EndInterruptedDeployments(core_->registry(), core_->clock(), log_));
  if (config_.resource_manager.operation_time > std::chrono::seconds{0}) {
    long_running_ =
        std::make_unique<arm::LongRunning>(config_.resource_manager.operation_time, core_->clock());
  }
  for (std::size_t i = 0; i < bound_.size(); ++i) {
    const ListenerSettings& settings = bound_[i].settings;
    fronts_.push_back(Connect(settings.protocol, MakeDoor(settings), routers[i].get()));
  }
  const std::string manager = UrlOf(ListenerProtocol::kArm);
  administrator_file_ = std::make_unique<AdministratorFile>(folder_, manager);
  if (!manager.empty()) {
    TRY_VOID(administrator_file_->MakeFirst(core_->registry(), core_->clock().Now(), log_));
  }
  TRY_VOID(OpenGuestDoors());
  TRY_VOID(OpenControl());
  extensions_->ServeAll(*core_->registry().Read());
  if (const std::size_t rest = inherited_.CloseRest(); rest > 0) {
    log_.Write(LogLevel::kWarn, events::kSocketsUnclaimed,
               {{"count", static_cast<std::int64_t>(rest)}});
  }
  WarnOfMissingMachines();
  event_starter_ = std::make_unique<EventStarter>(core_->registry(), core_->clock(), log_);
  server_.Start();
  return {};
}

Result<std::vector<std::shared_ptr<http::Router>>> Service::Bind() {
  const PrivilegedScope privileged;  // ports below 1024
  std::vector<std::shared_ptr<http::Router>> routers;
  for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
    const ListenerSettings& wanted = config_.listeners[i];
    auto router = MakeRouter(wanted.protocol);
    auto address = server_.Listen(
        {.address = wanted.address,
         .router = router,
         .allowed_hosts = AllowedHosts(config_, wanted.protocol),
         .server_header = wanted.protocol == ListenerProtocol::kImds ? imds::kServer : kServerName,
         .tls = wanted.tls ? tls_->context() : nullptr,
         .max_body_bytes = wanted.protocol == ListenerProtocol::kArm
                               ? std::optional(kMaxControlBytes)
                               : std::nullopt,
         .place = PlaceOf(wanted)});
    if (!address) {
      const bool missing =
          wanted.may_be_missing && address.error().reason == reasons::kListenFailed;
      if (!missing) return tl::unexpected<Error>(std::move(address.error()));
      log_.Write(LogLevel::kInfo, events::kAddressSkipped, {{"message", address.error().message}});
      continue;
    }
    bound_.push_back({i, wanted});
    bound_.back().settings.address = *address;
    routers.push_back(std::move(router));
  }
  return routers;
}

std::unique_ptr<Service::Front> Service::Connect(ListenerProtocol protocol, Door door,
                                                 http::Router* router) {
  auto made = std::make_unique<Front>(std::move(door));
  Front& front = *made;
  switch (protocol) {
    case ListenerProtocol::kImds:
      front.imds = std::make_unique<imds::TokenEndpoint>(front.door, *broker_, core_->clock());
      front.instance = std::make_unique<imds::InstanceEndpoint>(front.door, *broker_);
      front.attested = std::make_unique<imds::AttestedEndpoint>(
          front.door, imds::AttestedParts{*broker_, *attestation_, core_->clock(), log_});
      front.load_balancer = std::make_unique<imds::LoadBalancerEndpoint>(front.door, *broker_);
      front.whois = std::make_unique<imds::WhoisEndpoint>(front.door, *broker_);
      imds::AddRoutes(*front.imds, *front.instance, router);
      imds::AddAttestedRoutes(*front.attested, router);
      imds::AddLoadBalancerRoutes(*front.load_balancer, router);
      imds::AddWhoisRoute(*front.whois, router);
      front.events = std::make_unique<imds::ScheduledEventsEndpoint>(
          front.door,
          imds::ScheduledEventsEndpoint::Parts{*broker_, core_->registry(), core_->clock(), log_});
      imds::AddEventRoutes(*front.events, router);
      break;
    case ListenerProtocol::kVmExtension:
      front.vm_extension =
          std::make_unique<vm_extension::TokenEndpoint>(front.door, *broker_, core_->clock());
      vm_extension::AddRoutes(*front.vm_extension, router);
      break;
    case ListenerProtocol::kAuthority:
      ConnectAuthority(&front, false, router);
      break;
    case ListenerProtocol::kArm:
      // Tools that know no other place look for the authority where the resource manager is.
      ConnectAuthority(&front, true, router);
      front.arm = std::make_unique<arm::Endpoint>(ResourceManager());
      arm::AddRoutes(*front.arm, router);
      break;
  }
  return made;
}

// Guests' doors differ in the facts that they give to their peers, not in what is behind them.
Result<void> Service::OpenGuestDoors() {
  std::vector<std::string> hosts = config_.allowed_hosts;
  for (const ListenAddress& address : config_.guests.addresses) {
    const std::string ip = address.ip.ToString();
    hosts.push_back(address.ip.is_v4() ? ip : "[" + ip + "]");
  }
  guests_ = std::make_unique<GuestDoors>(
      GuestDoorParts{.registry = core_->registry(),
                     .server = server_,
                     .log = log_,
                     .addresses = config_.guests.addresses,
                     .sockets = config_.server.io_threads,
                     .allowed_hosts = std::move(hosts),
                     .server_header = imds::kServer,
                     .rules_file = folder_.path() / "bridge-ports.nft",
                     .marks_file = folder_.path() / "bridge-marks.json",
                     .inherited = &inherited_});
  auto router = imds::MakeRouter();
  Door door{ToText(ListenerProtocol::kImds), MakeGuestAttributor(guests_->marks()),
            FaultProfile::kNone};
  guest_front_ = Connect(ListenerProtocol::kImds, std::move(door), router.get());
  return guests_->Start(std::move(router));
}

void Service::ConnectAuthority(Front* front, bool with_adfs, http::Router* router) {
  front->authority = std::make_unique<oauth::TokenEndpoint>(
      oauth::TokenEndpointParts{core_->registry(), core_->authority(), *authenticator_, audit_,
                                core_->clock()},
      front->door);
  // An ADFS's paths would be taken for those of a tenant named so: they come first.
  if (with_adfs) oauth::AddAdfsRoutes(*front->authority, router);
  oauth::AddRoutes(core_->registry(), core_->authority(), *front->authority, router);
}

arm::Workplace Service::ResourceManager() {
  return {core_->registry(), core_->authority(), core_->clock(), log_,
          *extensions_,      long_running_.get()};
}

Result<void> Service::OpenControl() {
  operator_access_ = std::make_unique<arm::OperatorAccess>(ResourceManager());
  operations_ = std::make_unique<control::Operations>(control::Workplace{
      .registry = core_->registry(),
      .authority = core_->authority(),
      .credentials = *credentials_,
      .clock = core_->clock(),
      .tokens = [this](const TokenRequest& request) -> Result<AccessToken> {
        TRY(const auto token, cache_->FetchAndWait(request, false));
        return token->token();
      },
      .defaults = {config_.seed.machine, config_.seed.resource_group, config_.seed.location},
      .service = [this] { return Facts(); },
      .ca_certificate = [this] { return tls_->ca_certificate(); },
      .attestation_ca = [this] { return attestation_->CaCertificate(); },
      .cache = cache_.get(),
      .keep_administrator =
          [this](const AdministratorCredential& made) {
            return administrator_file_->Replace(made);
          },
      .resources =
          [this](std::string_view method, std::string_view path, std::string text,
                 std::string_view caller) {
            return operator_access_->Ask(method, path, std::move(text), caller);
          },
      .audit = &audit_,
      .settle_guests =
          [this](bool only_changes) {
            only_changes ? guests_->SettleChanges() : guests_->Settle();
          },
      .guest_waits_for = [this](std::string_view claim) { return guests_->WaitsFor(claim); }});
  ListenAddress address;
  address.family = ListenAddress::Family::kUnix;
  address.path = folder_.control_socket().string();
  TRY(const ListenAddress bound,
      server_.Listen({.address = address,
                      .router = control::ControlRoutes(*operations_, log_),
                      .allowed_hosts = {},
                      .server_header = kServerName,
                      .max_body_bytes = kMaxControlBytes}));
  (void)bound;
  return {};
}

Door Service::MakeDoor(const ListenerSettings& settings) const {
  const std::string& machine = settings.machine.empty() ? config_.seed.machine : settings.machine;
  if (!settings.users.empty()) {
    return Door{ToText(settings.protocol),
                std::make_shared<LoopbackUidAttributor>(machine, settings.users), settings.fault};
  }
  return Door{ToText(settings.protocol), std::make_shared<ListenerAttributor>(machine),
              settings.fault};
}

void Service::Maintain() {
  for (const auto& refreshed : {tls_->Refresh(), attestation_->Refresh()}) {
    if (refreshed) continue;
    log_.Write(LogLevel::kError, events::kCertificateNotRenewed,
               {{"message", refreshed.error().message}});
  }
}

std::string Service::AuthorityUrl() const {
  std::string url = UrlOf(ListenerProtocol::kAuthority);
  return url.empty() ? "http://127.0.0.1:50343" : url;
}

std::string Service::UrlOf(ListenerProtocol protocol) const {
  for (const auto& [index, listener] : bound_) {
    std::string url = listener.Url();
    if (listener.protocol == protocol && !url.empty()) return url;
  }
  return {};
}

std::string Service::ConfiguredExtensionAt(std::uint16_t port) const {
  for (std::size_t i = 0; i < bound_.size(); ++i) {
    const ListenerSettings& listener = bound_[i].settings;
    const bool meant = listener.protocol == ListenerProtocol::kVmExtension &&
                       listener.address.family == ListenAddress::Family::kTcp &&
                       listener.address.port == port;
    if (!meant) continue;
    const auto machine = MachineOf(listener);
    return machine ? (*machine)->machine->id.text() : "(none)";
  }
  return {};
}

// Whoever calls.
Result<std::shared_ptr<const MachineEntry>> Service::MachineOf(
    const ListenerSettings& listener) const {
  const std::string& name = listener.machine;
  return ListenerAttributor(name.empty() ? config_.seed.machine : name)
      .Attribute({}, *core_->registry().Read());
}

void Service::WarnOfMissingMachines() const {
  for (std::size_t i = 0; i < bound_.size(); ++i) {
    if (!SpeaksForMachine(bound_[i].settings.protocol)) continue;
    const auto machine = MachineOf(bound_[i].settings);
    if (machine) continue;
    const std::string address = bound_[i].settings.address.ToString();
    log_.Write(LogLevel::kWarn, events::kMachineMissing,
               {{"address", address}, {"message", machine.error().message}});
  }
}

control::ServiceFacts Service::Facts() const {
  control::ServiceFacts facts;
  facts.pid = getpid();
  facts.state_dir = folder_.path().string();
  facts.control = folder_.control_socket().string();
  for (const auto& [index, listener] : bound_) {
    const bool has_machine = SpeaksForMachine(listener.protocol);
    const std::string& machine = listener.machine.empty() ? config_.seed.machine : listener.machine;
    facts.listeners.push_back({std::string(ToText(listener.protocol)), listener.address.ToString(),
                               listener.Url(), has_machine ? machine : std::string()});
  }
  return facts;
}

Result<void> Service::Reload(const Config& next) {
  const auto changed = KeysThatNeedARestart(config_, next);
  if (!changed.empty()) {
    std::string names;
    for (const std::string& name : changed) names.append(names.empty() ? "" : ", ").append(name);
    return Fail(ErrorKind::kConflict, reasons::kConfigInvalid,
                "nothing was changed: a restart is needed for " + names);
  }
  TRY_VOID(tls_->Refresh());  // a certificate's new file counts from here on
  // From here on nothing can fail. A listener that could not be bound is not in bound_.
  config_ = next;
  for (std::size_t i = 0; i < bound_.size(); ++i) {
    const ListenerSettings& listener = next.listeners[bound_[i].index];
    bound_[i].settings.machine = listener.machine;
    bound_[i].settings.fault = listener.fault;
    bound_[i].settings.users = listener.users;
    fronts_[i]->door.Publish(std::make_shared<const Door>(MakeDoor(listener)));
  }
  credentials_->Reconfigure(next.credentials);
  core_->authority().Reconfigure(AuthoritySettingsOf(next, AuthorityUrl()));
  cache_->Clear();  // what the authority would no longer give is no longer handed out
  log_.SetLevel(next.log_level);
  return {};
}

}  // namespace openimds
