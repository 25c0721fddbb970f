// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attribution/local_user_rule.h"
#include "authority/authority.h"
#include "base/result.h"
#include "broker/fault_profile.h"
#include "broker/throttle.h"
#include "credentials/credential_router.h"
#include "http/server.h"
#include "net/address.h"
#include "registry/registry.h"
#include "registry/seed.h"
#include "telemetry/log.h"
#include "tokens/token_cache.h"

namespace openimds {

// The names stand in the order of the enumeration, and are what the configuration, the ready line
// and `service.show` call them.
enum class ListenerProtocol { kImds, kVmExtension, kAuthority, kArm };
inline constexpr std::array<std::string_view, 4> kListenerProtocolNames{"imds", "vm_extension",
                                                                        "authority", "arm"};
// Workloads call some listeners, and those speak for a machine.
constexpr bool SpeaksForMachine(ListenerProtocol protocol) {
  return protocol == ListenerProtocol::kImds || protocol == ListenerProtocol::kVmExtension;
}
inline std::string_view ToText(ListenerProtocol protocol) {
  return kListenerProtocolNames[static_cast<std::size_t>(protocol)];
}

// In the order of FaultProfile.
inline constexpr std::array<std::string_view, 5> kFaultProfileNames{
    "none", "updating_404", "updating_410", "upstream_down", "throttled"};

struct ListenerSettings {
  ListenerProtocol protocol = ListenerProtocol::kImds;
  ListenAddress address;
  std::string machine;  // name or resource id, looked up at each request; empty: the seed's
  FaultProfile fault = FaultProfile::kNone;
  bool tls = false;
  std::vector<LocalUserRule> users;  // who on this host may call, and for what; empty: everybody
  std::string Url() const;           // of the address with its port; empty for a UNIX socket

  // A default that a host without IPv6 cannot have: its absence is no error (decisions.md).
  bool may_be_missing = false;
};

inline constexpr std::array<std::string_view, 2> kThrottleProfileNames{"none", "azure"};

// In the order of LogLevel and LogFormat.
inline constexpr std::array<std::string_view, 4> kLogLevelNames{"debug", "info", "warn", "error"};
inline constexpr std::array<std::string_view, 3> kLogFormatNames{"auto", "text", "json"};

// Where the guests of this host find their service; `openimds machine attach` says who they are.
struct GuestSettings {
  std::vector<ListenAddress> addresses{*ListenAddress::Parse("169.254.169.254:80")};
};

// What `openimds host` makes of this host; see src/host/.
struct HostSettings {
  std::vector<std::string> guest_interfaces;  // names, or `vnet*`; besides those attached
  bool wire_server = false;
};

// Where authorities elsewhere are asked. Proxies come from HTTPS_PROXY and NO_PROXY.
struct UpstreamSettings {
  std::filesystem::path ca_file;  // empty: the system's store
  std::chrono::seconds connect_timeout{5};
  std::chrono::seconds timeout{15};
};

// What listeners with TLS show; empty: a certificate that is made in the state folder.
struct TlsSettings {
  std::filesystem::path certificate_file;
  std::filesystem::path key_file;
};

// How the resource manager answers.
struct ResourceManagerSettings {
  // What a cloud takes its time for takes at least so long, and is polled for; zero: at once.
  std::chrono::seconds operation_time{0};
};

// Everything that can be configured, checked. A plain value: copy it, keep it, compare by parts.
// docs/configuration.md is the page for people; config_keys.h is the list that both come from.
struct Config {
  std::optional<std::filesystem::path> state_dir;  // see FindStateDirectory()
  SeedNames seed;                                  // an empty machine means: named after the host
  std::vector<ListenerSettings> listeners;         // never empty once parsed
  http::ServerSettings server;
  std::vector<std::string> allowed_hosts;  // lower case
  bool allow_wildcard_bind = false;
  bool restrict_system_calls = true;
  GuestSettings guests;
  HostSettings host;
  AuthoritySettings authority;  // an empty public_url means: the authority's own listener
  TokenCacheSettings tokens;
  UpstreamSettings upstream;
  TlsSettings tls;
  std::string attestation_name = "metadata.openimds.internal";  // of who signs attested documents
  ConfiguredCredentials credentials;
  RegistryLimits limits;
  ThrottleLimits throttle;
  ResourceManagerSettings resource_manager;
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kAuto;

  Config();  // as an empty file gives it
};

// Reads a TOML text strictly: fails with kConfigInvalid (or kWildcardBind) on anything that is not
// understood, and then nothing of it is used. The message has a line for each mistake, in order of
// the file, as `file:line:column: what was expected and what came`. No I/O.
// (In config_document.cc, the one file that knows toml++.)
Result<Config> ParseConfig(std::string_view text, std::string_view file_name);

// The same for a file of at most 1 MiB.
Result<Config> LoadConfig(const std::filesystem::path& file);

}  // namespace openimds
