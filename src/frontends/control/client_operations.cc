// SPDX-License-Identifier: Apache-2.0
// How identities may prove themselves to our authority: secrets, certificates, federated issuers.
#include <algorithm>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/assertion.h"
#include "crypto/digest.h"
#include "crypto/secret_hash.h"
#include "frontends/control/lookup.h"
#include "model/credential_settings.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kUsualDays = 180;
constexpr std::uint64_t kMostDays = 730;  // as Entra has it
constexpr std::size_t kMostOfAKind = 20;
constexpr std::size_t kSecretBytes = 30;  // 40 characters

Result<std::shared_ptr<const Identity>> FindOwner(const Workplace& at, const Arguments& arguments) {
  return FindAnyIdentity(*at.registry.Read(), "identity", arguments.Text("identity"));
}

ClientRegistration RegistrationOf(const Workplace& at, const Identity& identity) {
  const auto snapshot = at.registry.Read();
  const auto found = snapshot->clients.find(identity.client_id);
  if (found != snapshot->clients.end()) return *found->second;
  return {identity.id, identity.client_id, {}, {}, {}};
}

template <class T>
Result<void> CheckRoom(const std::vector<T>& all) {
  if (all.size() < kMostOfAKind) return {};
  return Fail(ErrorKind::kInvalidRequest, reasons::kLimitReached,
              "the identity has 20 of these, the most that it may have; delete one first");
}

tl::unexpected<Error> NotThere(std::string_view what, const std::string& name) {
  return Fail(ErrorKind::kNotFound, reasons::kNotFound,
              "the identity has no " + std::string(what) + " '" + name + "'");
}

template <class T, class IsMeant>
Result<void> RemoveFrom(std::vector<T>& all, std::string_view what, const std::string& name,
                        IsMeant is_meant) {
  return std::erase_if(all, is_meant) > 0 ? Result<void>() : NotThere(what, name);
}

// ---- secrets ---------------------------------------------------------------------------------

json::object ToJson(const PasswordCredential& one) {
  return {{"keyId", one.key_id.ToString()},
          {"displayName", one.display_name},
          {"hint", one.hint},
          {"startDateTime", FormatIsoTime(ToUnixSeconds(one.created))},
          {"endDateTime", FormatIsoTime(ToUnixSeconds(one.expires_on))}};
}

Result<std::uint64_t> DaysOf(const Arguments& arguments) {
  const auto text = arguments.FindText("days");
  if (!text) return kUsualDays;
  const auto days = ParseDecimal(*text);
  if (days && *days >= 1 && *days <= kMostDays) return *days;
  return BadArgument("days", "expected a whole number from 1 to 730");
}

// Never one that begins with a dash: command lines would take it for an option.
Secret MakeSecret() {
  while (true) {
    Secret secret(Base64UrlEncode(RandomBytes(kSecretBytes)));
    if (secret.RevealSecret().front() != '-') return secret;
  }
}

// The secret is made here, shown in this answer and kept nowhere.
Result<json::value> CreateSecret(const Workplace& at, const Arguments& arguments,
                                 std::string_view) {
  TRY(const auto identity, FindOwner(at, arguments));
  TRY(const std::uint64_t days, DaysOf(arguments));
  const Secret secret = MakeSecret();
  const Time now = at.clock.Now();
  const PasswordCredential made{Guid::Random(),
                                arguments.FindText("displayName").value_or(""),
                                std::string(secret.RevealSecret().substr(0, 3)),
                                HashSecret(secret),
                                now,
                                now + std::chrono::hours(24 * static_cast<std::int64_t>(days))};
  TRY_VOID(at.registry.EditClient(identity->id, [&](ClientRegistration& client) -> Result<void> {
    TRY_VOID(CheckRoom(client.passwords));
    client.passwords.push_back(made);
    return {};
  }));
  json::object answer = ToJson(made);
  answer["clientId"] = identity->client_id.ToString();
  answer["tenantId"] = identity->tenant_id.ToString();
  answer["secretText"] = std::string(secret.RevealSecret());
  return answer;
}

Result<json::value> ListSecrets(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto identity, FindOwner(at, arguments));
  json::array list;
  for (const auto& one : RegistrationOf(at, *identity).passwords) list.push_back(ToJson(one));
  return list;
}

Result<json::value> DeleteSecret(const Workplace& at, const Arguments& arguments,
                                 std::string_view) {
  TRY(const auto identity, FindOwner(at, arguments));
  const Guid key_id = *arguments.FindGuid("keyId");
  TRY_VOID(at.registry.EditClient(identity->id, [&](ClientRegistration& client) {
    return RemoveFrom(client.passwords, "secret", key_id.ToString(),
                      [&](const PasswordCredential& one) { return one.key_id == key_id; });
  }));
  return json::object{{"deleted", key_id.ToString()}};
}

// ---- certificates ----------------------------------------------------------------------------

Result<json::object> ToJson(const KeyCredential& one) {
  std::string der;
  Base64Decode(one.certificate, &der);
  TRY(const PublicCertificate certificate, PublicCertificate::Parse(der));
  return json::object{{"keyId", one.key_id.ToString()},
                      {"displayName", one.display_name},
                      {"subject", certificate.subject()},
                      {"thumbprint", LowerHex(certificate.thumbprints().sha1)},
                      {"thumbprintSha256", LowerHex(certificate.thumbprints().sha256)},
                      {"endDateTime", FormatIsoTime(ToUnixSeconds(certificate.not_after()))}};
}

Result<json::value> CreateCertificate(const Workplace& at, const Arguments& arguments,
                                      std::string_view) {
  TRY(const auto identity, FindOwner(at, arguments));
  const auto certificate = PublicCertificate::Parse(arguments.Text("certificate"));
  if (!certificate) return BadArgument("certificate", certificate.error().message);
  if (at.clock.Now() >= certificate->not_after()) {
    return BadArgument("certificate", "it has expired");
  }
  const KeyCredential made{Guid::Random(), arguments.FindText("displayName").value_or(""),
                           certificate->der_base64()};
  TRY_VOID(at.registry.EditClient(identity->id, [&](ClientRegistration& client) -> Result<void> {
    TRY_VOID(CheckRoom(client.keys));
    client.keys.push_back(made);
    return {};
  }));
  TRY(json::object answer, ToJson(made));
  return json::value(std::move(answer));
}

Result<json::value> ListCertificates(const Workplace& at, const Arguments& arguments,
                                     std::string_view) {
  TRY(const auto identity, FindOwner(at, arguments));
  json::array list;
  for (const auto& one : RegistrationOf(at, *identity).keys) {
    TRY(json::object object, ToJson(one));
    list.push_back(std::move(object));
  }
  return list;
}

Result<json::value> DeleteCertificate(const Workplace& at, const Arguments& arguments,
                                      std::string_view) {
  TRY(const auto identity, FindOwner(at, arguments));
  const Guid key_id = *arguments.FindGuid("keyId");
  TRY_VOID(at.registry.EditClient(identity->id, [&](ClientRegistration& client) {
    return RemoveFrom(client.keys, "certificate", key_id.ToString(),
                      [&](const KeyCredential& one) { return one.key_id == key_id; });
  }));
  return json::object{{"deleted", key_id.ToString()}};
}

// ---- federated issuers -----------------------------------------------------------------------

json::object ToJson(const FederatedCredential& one) {
  return {{"name", one.name},
          {"issuer", one.issuer},
          {"subject", one.subject},
          {"audiences", json::array{json::value(one.audience)}},
          {"keysFile", one.keys_file}};
}

// Keys come over TLS, from this host, or from a file: never in the clear over a network.
Result<void> CheckIssuer(const std::string& issuer) {
  if (IsEncryptedOrLocalUrl(issuer) && issuer.size() <= 600) return {};
  return BadArgument("issuer",
                     "expected an https URL (http for loopback) of at most 600 "
                     "characters");
}

Result<FederatedCredential> FederatedFrom(const Arguments& arguments) {
  FederatedCredential made{arguments.Text("name"), arguments.Text("issuer"),
                           arguments.Text("subject"),
                           arguments.FindText("audience").value_or("api://AzureADTokenExchange"),
                           arguments.FindText("keysFile").value_or("")};
  TRY_VOID(CheckIssuer(made.issuer));
  if (!made.keys_file.empty() && made.keys_file.front() != '/') {
    return BadArgument("keysFile", "expected an absolute path");
  }
  return made;
}

Result<json::value> CreateFederated(const Workplace& at, const Arguments& arguments,
                                    std::string_view) {
  TRY(const auto identity, FindOwner(at, arguments));
  TRY(const FederatedCredential made, FederatedFrom(arguments));
  TRY_VOID(at.registry.EditClient(identity->id, [&](ClientRegistration& client) -> Result<void> {
    TRY_VOID(CheckRoom(client.federated));
    for (const FederatedCredential& one : client.federated) {
      if (!EqualsIgnoringCase(one.name, made.name)) continue;
      return Fail(ErrorKind::kConflict, reasons::kExists,
                  "the identity has a federated credential '" + one.name + "' already");
    }
    client.federated.push_back(made);
    return {};
  }));
  return ToJson(made);
}

Result<json::value> ListFederated(const Workplace& at, const Arguments& arguments,
                                  std::string_view) {
  TRY(const auto identity, FindOwner(at, arguments));
  json::array list;
  for (const auto& one : RegistrationOf(at, *identity).federated) list.push_back(ToJson(one));
  return list;
}

Result<json::value> DeleteFederated(const Workplace& at, const Arguments& arguments,
                                    std::string_view) {
  TRY(const auto identity, FindOwner(at, arguments));
  const std::string name = arguments.Text("name");
  TRY_VOID(at.registry.EditClient(identity->id, [&](ClientRegistration& client) {
    return RemoveFrom(
        client.federated, "federated credential", name,
        [&](const FederatedCredential& one) { return EqualsIgnoringCase(one.name, name); });
  }));
  return json::object{{"deleted", name}};
}

}  // namespace

std::vector<Operation> ClientOperations() {
  const ArgumentRule identity{"identity", ArgumentType::kText, true};
  const ArgumentRule name{"displayName", ArgumentType::kText};
  const ArgumentRule key_id{"keyId", ArgumentType::kGuid, true};
  return {{"identity.secret.create",
           Effect::kChanges,
           {identity, name, {"days", ArgumentType::kText}},
           CreateSecret},
          {"identity.secret.list", Effect::kReads, {identity}, ListSecrets},
          {"identity.secret.delete", Effect::kChanges, {identity, key_id}, DeleteSecret},
          {"identity.certificate.create",
           Effect::kChanges,
           {identity, name, {"certificate", ArgumentType::kText, true}},
           CreateCertificate},
          {"identity.certificate.list", Effect::kReads, {identity}, ListCertificates},
          {"identity.certificate.delete", Effect::kChanges, {identity, key_id}, DeleteCertificate},
          {"identity.federated.create",
           Effect::kChanges,
           {identity,
            {"name", ArgumentType::kText, true},
            {"issuer", ArgumentType::kText, true},
            {"subject", ArgumentType::kText, true},
            {"audience", ArgumentType::kText},
            {"keysFile", ArgumentType::kText}},
           CreateFederated},
          {"identity.federated.list", Effect::kReads, {identity}, ListFederated},
          {"identity.federated.delete",
           Effect::kChanges,
           {identity, {"name", ArgumentType::kText, true}},
           DeleteFederated}};
}

}  // namespace openimds::control
