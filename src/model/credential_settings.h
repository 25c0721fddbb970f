// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace openimds {

// How an identity's tokens are got. docs/credentials/ has a page for each.
enum class CredentialKind {
  kEmbedded,
  kClientSecret,
  kCertificate,
  kPkcs11,
  kFederatedFile,
  kFederatedIssuer,
  kAzCli
};
inline constexpr std::array<std::string_view, 7> kCredentialKindNames{
    "embedded",       "client_secret",    "certificate", "pkcs11",
    "federated_file", "federated_issuer", "az_cli"};
inline std::string_view ToText(CredentialKind kind) {
  return kCredentialKindNames[static_cast<std::size_t>(kind)];
}

// One setting of a kind. The one list of them is read by the configuration, by
// `openimds identity credential set` and by the test that holds the pages to their word.
struct CredentialOption {
  std::string_view name;
  std::string_view expected;  // what a value must be
  bool (*check)(std::string_view value);
  std::string_view default_value;  // as the pages show it; empty: there is none
  std::string_view meaning;
  bool required = false;
  // Exactly one of those options of a kind that name the same group must be given.
  std::string_view group{};
};

std::span<const CredentialOption> OptionsOf(CredentialKind kind);

// What was chosen for one identity. It refers to secrets and never holds one, so it may be shown.
struct CredentialSettings {
  CredentialKind kind = CredentialKind::kEmbedded;
  std::map<std::string, std::string, std::less<>> options;

  // The option's value, or `otherwise` if it was not given.
  std::string Option(std::string_view name, std::string_view otherwise = {}) const;

  friend bool operator==(const CredentialSettings&, const CredentialSettings&) = default;
};

// Checks everything that can be known without opening a file. Fails with kCredentialInvalid
// (kInvalidRequest), naming the option, what was expected and, except for what could be a secret
// in the wrong place, what came.
Result<CredentialSettings> MakeCredentialSettings(
    std::string_view kind, std::map<std::string, std::string, std::less<>> options);

// Where secrets and keys may go: an https URL, or http to this host (localhost, 127.0.0.1, [::1]),
// without user, query or fragment.
bool IsEncryptedOrLocalUrl(std::string_view url);

// `public`, `usgovernment`, `china`, or an authority's own URL; as the URL, without a slash at its
// end (protocol.md F.4).
std::string AuthorityHostUrl(std::string_view name_or_url);

}  // namespace openimds
