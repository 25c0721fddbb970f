// SPDX-License-Identifier: Apache-2.0
#include "model/credential_settings.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/guid.h"
#include "base/reasons.h"
#include "base/text.h"

namespace openimds {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kClouds{{
    {"public", "https://login.microsoftonline.com"},
    {"usgovernment", "https://login.microsoftonline.us"},
    {"china", "https://login.chinacloudapi.cn"},
}};

bool IsPlain(std::string_view text) {
  return !text.empty() && text.size() <= 2048 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}
bool IsText(std::string_view text) {
  return !text.empty() && text.size() <= 2048 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}
bool IsPath(std::string_view text) {
  return text.size() > 1 && text.size() <= 4096 && text.front() == '/' &&
         text.find('\0') == std::string_view::npos;
}
bool IsFlag(std::string_view text) { return text == "true" || text == "false"; }
bool IsAlgorithm(std::string_view text) { return text == "PS256" || text == "RS256"; }
bool IsProtocol(std::string_view text) { return text == "v1" || text == "v2"; }
bool IsAuthentication(std::string_view text) { return text == "post" || text == "basic"; }
bool IsSeconds(std::string_view text) {
  return !text.empty() && text.size() <= 3 && text != "0" &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A GUID, or a domain name that the tenant owns.
bool IsTenant(std::string_view text) {
  const auto allowed = [](char c) {
    const char lower = ToLowerAscii(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  };
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), allowed) &&
         text.front() != '.' && text.find("..") == std::string_view::npos;
}

bool IsAuthority(std::string_view text) {
  for (const auto& [name, url] : kClouds) {
    if (text == name) return true;
  }
  return IsEncryptedOrLocalUrl(text) && text.back() != '/';
}

bool IsVariableName(std::string_view text) {
  const auto allowed = [](char c) {
    const char lower = ToLowerAscii(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && text.size() <= 255 && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), allowed);
}
bool IsFileName(std::string_view text) {
  return IsPlain(text) && text.size() <= 255 && text.front() != '.' &&
         text.find('/') == std::string_view::npos;
}

constexpr std::string_view kAPath = "an absolute path";
constexpr std::string_view kTrueOrFalse = "true or false";

// What every kind has that asks an authority.
constexpr CredentialOption kUpstream[] = {
    {"authority_host",
     "public, usgovernment, china, or an https URL without a slash at its end (http for loopback)",
     IsAuthority, "public", "The authority that is asked."},
    {"tenant_id", "a GUID or a domain name", IsTenant, "the identity's tenant",
     "The tenant there."},
    {"client_id", "1 to 2,048 visible characters", IsPlain, "the identity's client id",
     "Who we are there."},
    {"token_endpoint", "an https URL (http for loopback)", IsEncryptedOrLocalUrl,
     "<authority_host>/<tenant_id>/oauth2/v2.0/token",
     "The whole URL, for an authority that is not Entra."},
    {"protocol", "v1 or v2", IsProtocol, "v2",
     "v2 asks for `scope=<resource>/.default`, v1 for `resource=<resource>`."},
    {"check_audience", kTrueOrFalse, IsFlag, "true",
     "Whether a token that names another audience than was asked for is refused."},
};
constexpr CredentialOption kAlgorithm{
    "algorithm", "PS256 or RS256", IsAlgorithm, "PS256",
    "PS256 goes with the SHA-256 thumbprint, RS256 with the SHA-1 one."};
constexpr CredentialOption kSendChain{"send_chain", kTrueOrFalse, IsFlag, "false",
                                      "Sends the certificate too (subject name and issuer)."};

std::vector<CredentialOption> WithUpstream(std::vector<CredentialOption> own) {
  own.insert(own.end(), std::begin(kUpstream), std::end(kUpstream));
  return own;
}

using Options = std::vector<CredentialOption>;

Options ClientSecretOptions() {
  return WithUpstream(
      {{"secret_file", kAPath, IsPath, "", "The file that holds the secret.", false, "secret"},
       {"secret_env", "the name of an environment variable", IsVariableName, "",
        "The environment variable that holds it.", false, "secret"},
       {"secret_systemd", "the name of a systemd credential", IsFileName, "",
        "The systemd credential (`LoadCredential=`) that holds it.", false, "secret"},
       {"client_authentication", "post or basic", IsAuthentication, "post",
        "Sends the secret in the form or in the Authorization header."}});
}

Options CertificateOptions() {
  return WithUpstream({{"certificate_file", kAPath, IsPath, "",
                        "PEM or PFX with certificate and private key.", true},
                       {"password_file", kAPath, IsPath, "", "The file that holds its password."},
                       kAlgorithm,
                       kSendChain});
}

Options Pkcs11Options() {
  return WithUpstream(
      {{"module", kAPath, IsPath, "", "The token's PKCS#11 library.", true},
       {"token", "1 to 2,048 printable characters", IsText, "", "The token's label.", true},
       {"key", "1 to 2,048 printable characters", IsText, "", "The private key's label.", true},
       {"pin_file", kAPath, IsPath, "", "The file that holds the PIN.", true},
       {"certificate_file", kAPath, IsPath, "the one on the token",
        "The key's certificate as PEM."},
       kAlgorithm,
       kSendChain});
}

Options FederatedFileOptions() {
  return WithUpstream({{"token_file", kAPath, IsPath, "$AZURE_FEDERATED_TOKEN_FILE",
                        "The file that holds the assertion; read again for each request."}});
}

Options FederatedIssuerOptions() {
  return WithUpstream(
      {{"subject", "1 to 2,048 printable characters", IsText, "the identity's resource id",
        "`sub` of the assertion, as the federated credential there names it."},
       {"audience", "1 to 2,048 printable characters", IsText, "api://AzureADTokenExchange",
        "`aud` of the assertion."}});
}

Options AzCliOptions() {
  return {{"program", kAPath, IsPath, "az on PATH", "The Azure CLI."},
          {"config_dir", kAPath, IsPath, "$AZURE_CONFIG_DIR", "Whose login is used."},
          {"tenant_id", "a GUID or a domain name", IsTenant, "the CLI's own",
           "The tenant that is asked."},
          {"timeout", "1 to 999 seconds", IsSeconds, "30", "How long the CLI may take."}};
}

const std::array<Options, kCredentialKindNames.size()>& Table() {
  static const std::array<Options, kCredentialKindNames.size()> table{
      Options{},       ClientSecretOptions(),  CertificateOptions(),
      Pkcs11Options(), FederatedFileOptions(), FederatedIssuerOptions(),
      AzCliOptions()};
  return table;
}

tl::unexpected<Error> Invalid(std::string message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kCredentialInvalid, std::move(message));
}

Result<CredentialKind> ParseKind(std::string_view text) {
  const auto found = std::find(kCredentialKindNames.begin(), kCredentialKindNames.end(), text);
  if (found != kCredentialKindNames.end()) {
    return static_cast<CredentialKind>(found - kCredentialKindNames.begin());
  }
  std::string names;
  for (const std::string_view name : kCredentialKindNames) {
    names.append(names.empty() ? "" : ", ").append(name);
  }
  return Invalid("expected a kind of credential (" + names + "), got '" +
                 std::string(text.substr(0, 60)) + "'");
}

// Whose value somebody may take for the place to write the secret itself.
bool LeadsToASecret(std::string_view name) {
  return name.starts_with("secret_") || name == "password_file" || name == "pin_file" ||
         name == "token_file";
}

Result<void> CheckOption(CredentialKind kind, const std::string& name, const std::string& value) {
  std::vector<std::string_view> names;
  for (const CredentialOption& option : OptionsOf(kind)) {
    names.push_back(option.name);
    if (option.name != name) continue;
    if (option.check(value)) return {};
    const std::string wanted = "expected " + std::string(option.expected) + " for '" + name + "'";
    return Invalid(LeadsToASecret(name) ? wanted : wanted + ", got '" + value.substr(0, 200) + "'");
  }
  // The value is not repeated: somebody may have written the secret itself.
  const auto nearest = FindNearest(name, names);
  return Invalid("a credential of kind " + std::string(ToText(kind)) + " has no option '" +
                 name.substr(0, 60) + "'" +
                 (nearest ? "; did you mean '" + std::string(*nearest) + "'?" : ""));
}

Result<void> CheckGroups(const CredentialSettings& settings) {
  std::map<std::string_view, std::pair<int, std::string>> groups;  // given, and their names
  for (const CredentialOption& option : OptionsOf(settings.kind)) {
    const bool given = settings.options.contains(option.name);
    if (option.required && !given) {
      return Invalid("a credential of kind " + std::string(ToText(settings.kind)) + " needs '" +
                     std::string(option.name) + "'");
    }
    if (option.group.empty()) continue;
    auto& [count, names] = groups[option.group];
    count += given ? 1 : 0;
    names.append(names.empty() ? "" : ", ").append(option.name);
  }
  for (const auto& [group, facts] : groups) {
    if (facts.first == 1) continue;
    return Invalid("expected exactly one of " + facts.second + ", got " +
                   std::to_string(facts.first));
  }
  return {};
}

}  // namespace

std::span<const CredentialOption> OptionsOf(CredentialKind kind) {
  return Table()[static_cast<std::size_t>(kind)];
}

std::string CredentialSettings::Option(std::string_view name, std::string_view otherwise) const {
  const auto found = options.find(name);
  return found == options.end() ? std::string(otherwise) : found->second;
}

Result<CredentialSettings> MakeCredentialSettings(
    std::string_view kind, std::map<std::string, std::string, std::less<>> options) {
  TRY(const CredentialKind chosen, ParseKind(kind));
  CredentialSettings settings{chosen, std::move(options)};
  for (const auto& [name, value] : settings.options) {
    TRY_VOID(CheckOption(chosen, name, value));
  }
  TRY_VOID(CheckGroups(settings));
  return settings;
}

bool IsEncryptedOrLocalUrl(std::string_view text) {
  if (!IsPlain(text) || text.find_first_of("\"\\<>?#@") != std::string_view::npos) return false;
  if (text.starts_with("https://")) return text.size() > 8 && text[8] != '/';
  for (const std::string_view local : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
    if (!text.starts_with(local)) continue;
    const std::string_view rest = text.substr(local.size());
    return rest.empty() || rest.front() == ':' || rest.front() == '/';
  }
  return false;
}
std::string AuthorityHostUrl(std::string_view name_or_url) {
  for (const auto& [name, url] : kClouds) {
    if (name_or_url == name) return std::string(url);
  }
  return std::string(name_or_url);
}

}  // namespace openimds
