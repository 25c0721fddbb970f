// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attribution/local_user_rule.h"
#include "base/guid.h"
#include "base/result.h"

// What the guest's daemon is told: the handler's `enable` writes it, `run` reads it. JSON:
//
//   {"port": 50342, "mode": "authority", "generation": 3,
//    "stateDir": "/var/lib/managed-identity-extension", "packageDir": "…", "logDir": "…",
//    "authority": {"url": "https://login.microsoftonline.com", "tenant": "<id>"},
//    "certificate": {"directory": "/var/lib/waagent", "thumbprint": "<40 hex digits>"},
//    "identities": [{"clientId": "<guid>", "systemAssigned": true}],
//    "callers": [{"uid": 33}, {"uid": 0, "identities": ["system"]}]}
//
//   {"port": 50342, "mode": "imds", "stateDir": "…", "imds": {"url": "http://169.254.169.254"}}
//
// docs/extension/README.md has every member.
namespace openimds::extension {

inline constexpr std::uint16_t kDefaultPort = 50342;
inline constexpr std::string_view kDefaultImdsUrl = "http://169.254.169.254";
// As the retired extension; who has more is served by IMDS.
inline constexpr std::size_t kMaxUserAssigned = 32;

enum class DaemonMode {
  kAuthority,  // a certificate here, tokens from an authority: the extension as it was
  kImds,       // the bridge: no credential, every question is IMDS's
};
std::string_view ToText(DaemonMode mode);  // `authority`, `imds`

// PEM, absolute paths; both may be the same file. The settings may say a folder and a thumbprint
// instead, which is the agent's `<THUMBPRINT>.crt` and `<THUMBPRINT>.prv` there.
struct CertificateFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;

  friend bool operator==(const CertificateFiles&, const CertificateFiles&) = default;
};
CertificateFiles FilesOfThumbprint(const std::filesystem::path& folder,
                                   std::string_view thumbprint);

struct DaemonIdentity {
  Guid client_id;
  std::optional<Guid> object_id;  // nothing: it cannot be asked for by it
  // Of the identity; of the machine if it is system-assigned. Empty: it cannot be asked for by it.
  std::string resource_id;
  bool system_assigned = false;
  CertificateFiles certificate;  // of its own, else the common one

  friend bool operator==(const DaemonIdentity&, const DaemonIdentity&) = default;
};

// How the authority is asked; each as the option of that name in docs/credentials/certificate.md.
struct UpstreamAuthority {
  std::string url = "https://login.microsoftonline.com";
  std::string tenant;
  std::string protocol = "v2";
  std::string algorithm = "PS256";
  bool send_chain = false;
  bool check_audience = true;
  std::filesystem::path ca_file;  // empty: the distribution's store

  friend bool operator==(const UpstreamAuthority&, const UpstreamAuthority&) = default;
};

struct DaemonSettings {
  std::uint16_t port = kDefaultPort;
  DaemonMode mode = DaemonMode::kAuthority;
  std::uint64_t generation = 0;       // the writer's own count; the status file repeats it
  std::filesystem::path state_dir;    // absolute; made 0700; where daemon_status.h writes
  std::filesystem::path package_dir;  // when it disappears the daemon ends; empty: it does not look
  std::filesystem::path log_dir;      // `daemon.log` there; empty: standard error
  UpstreamAuthority authority;        // kAuthority
  std::vector<DaemonIdentity> identities;  // kAuthority
  std::string imds_url{kDefaultImdsUrl};   // kImds; http, no path
  std::vector<LocalUserRule> callers;      // empty: every local user may ask for every identity
  bool counts_callers = false;             // says who calls, for `openimds migrate watch`;
                                           // the default is true in mode imds
};

// Strict: unknown members, wrong types, a second system-assigned identity, the same client id
// twice, more than kMaxUserAssigned, and credentials in mode imds are refused with kConfigInvalid,
// saying where, what was expected and what came. Pure: no file is looked at.
Result<DaemonSettings> ParseDaemonSettings(std::string_view json);
// What ParseDaemonSettings() takes, on several lines.
std::string RenderDaemonSettings(const DaemonSettings& settings);

// The file: at most 256 KiB, written by nobody but its owner. Fails as the parser does with the
// path before the message, or as ReadGuardedFile().
Result<DaemonSettings> ReadDaemonSettings(const std::filesystem::path& file);
// Durable, by rename, 0600. What could not be read again is refused and nothing written. Fails
// with kConfigInvalid or kStateFailed.
Result<void> WriteDaemonSettings(const DaemonSettings& settings, const std::filesystem::path& file);

}  // namespace openimds::extension
