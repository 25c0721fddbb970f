// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/administrator_file.h"
#include "app/config.h"
#include "app/core.h"
#include "app/event_starter.h"
#include "app/extension_listeners.h"
#include "app/guest_doors.h"
#include "app/state.h"
#include "app/tls_identity.h"
#include "authority/attestation_signer.h"
#include "authority/client_authenticator.h"
#include "authority/issuer_keys.h"
#include "base/published.h"
#include "base/result.h"
#include "broker/token_broker.h"
#include "credentials/authority_gates.h"
#include "credentials/credential_router.h"
#include "frontends/arm/endpoint.h"
#include "frontends/arm/long_running.h"
#include "frontends/arm/operator_access.h"
#include "frontends/control/documents.h"
#include "frontends/control/operations.h"
#include "frontends/imds/attested_endpoint.h"
#include "frontends/imds/instance_endpoint.h"
#include "frontends/imds/load_balancer_endpoint.h"
#include "frontends/imds/scheduled_events_endpoint.h"
#include "frontends/imds/token_endpoint.h"
#include "frontends/imds/whois_endpoint.h"
#include "frontends/oauth/token_endpoint.h"
#include "frontends/vm_extension/token_endpoint.h"
#include "http/outbound_client.h"
#include "http/server.h"
#include "telemetry/audit.h"
#include "telemetry/log.h"
#include "tokens/token_cache.h"

namespace openimds {

// The running service: where every object is made and every part meets. Not thread-safe; the thread
// that started it reloads and stops it.
class Service {
 public:
  // Opens the state, binds every address and begins to serve. Fails without anything left behind.
  // `log` must outlive the service; `folder` must be locked for as long as it runs.
  // Sockets that were inherited are taken where one is to listen at their place; those that are
  // left then are closed. `inherited` must outlive the service.
  static Result<std::unique_ptr<Service>> Start(const Config& config, const StateFolder& folder,
                                                Log& log, InheritedSockets& inherited);
  ~Service();  // as Stop()

  control::ServiceFacts Facts() const;

  // Takes over what can change while running: the listeners' machines and faults, the authority's
  // issuer, audiences and lifetime, the credentials, the log level. All or nothing: a configuration
  // that differs in anything else is refused, naming what needs a restart.
  Result<void> Reload(const Config& next);

  // What has to be looked after now and then: certificates. Call it every hour or so.
  void Maintain();

  // Finishes what began. Blocks.
  void Stop();

  // The same, for a program that goes on with the same sockets: those who connect meanwhile wait
  // for it. Returns the sockets, for PassOn().
  std::vector<Descriptor> HandOver();

 private:
  struct Bound {
    std::size_t index;          // in Config::listeners
    ListenerSettings settings;  // with the port that was given
  };
  // One listener's door, and the endpoints behind it.
  struct Front {
    explicit Front(Door first) : door(std::make_shared<const Door>(std::move(first))) {}
    Published<Door> door;
    std::unique_ptr<imds::TokenEndpoint> imds;
    std::unique_ptr<imds::InstanceEndpoint> instance;
    std::unique_ptr<imds::AttestedEndpoint> attested;
    std::unique_ptr<imds::LoadBalancerEndpoint> load_balancer;
    std::unique_ptr<imds::WhoisEndpoint> whois;
    std::unique_ptr<imds::ScheduledEventsEndpoint> events;
    std::unique_ptr<vm_extension::TokenEndpoint> vm_extension;
    std::unique_ptr<oauth::TokenEndpoint> authority;
    std::unique_ptr<arm::Endpoint> arm;
  };

  Service(const Config& config, const StateFolder& folder, Log& log, InheritedSockets& inherited);

  Result<void> Open();
  void End(http::Server::Ending ending);
  // Listens with routers that are still empty: the authority's address has to be known before there
  // is an authority. Nothing is served before Connect() has filled them.
  Result<std::vector<std::shared_ptr<http::Router>>> Bind();
  std::unique_ptr<Front> Connect(ListenerProtocol protocol, Door door, http::Router* router);
  Result<void> OpenGuestDoors();
  Result<void> OpenControl();
  arm::Workplace ResourceManager();
  Door MakeDoor(const ListenerSettings& settings) const;
  void ConnectAuthority(Front* front, bool with_adfs, http::Router* router);
  std::string AuthorityUrl() const;
  std::string UrlOf(ListenerProtocol protocol) const;  // of the first one; empty if there is none
  Result<std::shared_ptr<const MachineEntry>> MachineOf(const ListenerSettings& listener) const;
  std::string ConfiguredExtensionAt(std::uint16_t port) const;
  void WarnOfMissingMachines() const;

  Config config_;
  const StateFolder& folder_;
  Log& log_;
  InheritedSockets& inherited_;
  const SystemClock clock_;
  std::unique_ptr<TlsIdentity> tls_;
  std::unique_ptr<AttestationSigner> attestation_;
  std::vector<Bound> bound_;  // a default that the host cannot have is not among them
  std::unique_ptr<Core> core_;
  AuditTrail audit_;
  http::OutboundClient outbound_;
  AuthorityGates gates_;
  std::unique_ptr<CredentialRouter> credentials_;
  std::unique_ptr<TokenCache> cache_;
  std::unique_ptr<TokenBroker> broker_;
  std::unique_ptr<IssuerKeys> issuer_keys_;
  std::unique_ptr<ClientAuthenticator> authenticator_;
  std::unique_ptr<ExtensionListeners> extensions_;
  std::unique_ptr<arm::LongRunning> long_running_;  // null: the resource manager answers at once
  std::unique_ptr<arm::OperatorAccess> operator_access_;
  std::unique_ptr<AdministratorFile> administrator_file_;
  std::unique_ptr<control::Operations> operations_;
  std::vector<std::unique_ptr<Front>> fronts_;  // as bound_
  std::unique_ptr<EventStarter> event_starter_;
  std::unique_ptr<Front> guest_front_;  // behind every door of a guest
  http::Server server_;                 // its threads end before anything they use
  std::unique_ptr<GuestDoors> guests_;  // last: it opens and closes doors of the server
};

}  // namespace openimds
