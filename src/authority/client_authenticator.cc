// SPDX-License-Identifier: Apache-2.0
#include "authority/client_authenticator.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/json_object.h"
#include "crypto/secret_hash.h"

namespace openimds {
namespace {

namespace json = boost::json;

constexpr std::chrono::minutes kClockSlack{5};
constexpr std::chrono::minutes kLongestLife{10};  // of a client's own assertion

tl::unexpected<Error> NotBelieved(std::string_view reason, std::string message) {
  return Fail(ErrorKind::kUnauthorized, reason, std::move(message));
}

std::optional<Time> TimeClaim(const json::object& claims, std::string_view name) {
  const json::value* value = claims.if_contains({name.data(), name.size()});
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return TimeFromNumber(value->get_int64());
  constexpr double kSafe = 9e9;  // some issuers write fractions of a second
  if (value->is_double() && value->get_double() >= 0 && value->get_double() < kSafe) {
    return TimeFromNumber(static_cast<std::int64_t>(value->get_double()));
  }
  return std::nullopt;
}

std::vector<std::string> AudiencesOf(const json::object& claims) {
  std::vector<std::string> audiences;
  const json::value* aud = claims.if_contains("aud");
  if (aud == nullptr) return audiences;
  if (aud->is_string()) audiences.emplace_back(aud->get_string());
  if (const json::array* list = aud->if_array()) {
    for (const json::value& one : *list) {
      if (one.is_string()) audiences.emplace_back(one.get_string());
    }
  }
  return audiences;
}

bool Contains(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// `exp` must be there; five minutes either way are given for clocks that differ.
Result<Time> CheckTimes(const json::object& claims, Time now) {
  const auto expires_on = TimeClaim(claims, "exp");
  const auto not_before = TimeClaim(claims, "nbf");
  const bool in_time = expires_on && now < *expires_on + kClockSlack &&
                       (!not_before || *not_before <= now + kClockSlack);
  if (in_time) return *expires_on;
  return NotBelieved(reasons::kAssertionTime,
                     "Client assertion is not within its valid time range.");
}

Result<PublicCertificate> ParseRegistered(const KeyCredential& key) {
  std::string der;
  if (Base64Decode(key.certificate, &der)) return PublicCertificate::Parse(der);
  return Fail(ErrorKind::kInternal, reasons::kCryptoFailed, "a registered certificate is damaged");
}

bool IsMeant(const PublicCertificate& certificate, const UnverifiedAssertion& assertion) {
  if (!assertion.x5t_s256.empty()) return certificate.thumbprints().sha256 == assertion.x5t_s256;
  return !assertion.x5t.empty() && certificate.thumbprints().sha1 == assertion.x5t;
}

// The certificate that the header names, if it made the signature and is in force.
Result<void> CheckSignature(const UnverifiedAssertion& assertion, const ProofSetting& setting) {
  for (const KeyCredential& key : setting.client.keys) {
    const auto certificate = ParseRegistered(key);
    if (!certificate || !IsMeant(*certificate, assertion)) continue;
    if (setting.now >= certificate->not_after()) {
      return NotBelieved(reasons::kAssertionKey,
                         "The certificate used to sign the client assertion has expired.");
    }
    if (certificate->Verify(assertion.algorithm, assertion.signing_input, assertion.signature)) {
      return {};
    }
    return NotBelieved(reasons::kAssertionKey,
                       "Client assertion failed signature validation with the certificate that "
                       "its header names.");
  }
  return NotBelieved(reasons::kAssertionKey,
                     "The certificate with identifier used to sign the client assertion is not "
                     "registered on application.");
}

}  // namespace

// ---- replays ---------------------------------------------------------------------------------

bool UsedAssertions::TryUse(const Guid& client_id, std::string_view jti, std::string_view assertion,
                            std::string_view peer, Time expires_on, Time now) {
  const std::string name = Sha256(client_id.ToString() + std::string(jti));
  const std::string mark = Sha256(Sha256(assertion) + std::string(peer));
  std::lock_guard lock(mutex_);
  while (!by_expiry_.empty() && (by_expiry_.begin()->first <= now || by_expiry_.size() >= kMost)) {
    uses_.erase(by_expiry_.begin()->second);
    by_expiry_.erase(by_expiry_.begin());
  }
  const auto [use, is_new] = uses_.try_emplace(name, Use{mark, expires_on});
  if (is_new) by_expiry_.emplace(expires_on, name);
  return is_new || use->second.mark == mark;
}

// ---- believing -------------------------------------------------------------------------------

Result<ClientProofKind> ClientAuthenticator::Check(const PresentedProof& proof,
                                                   const ProofSetting& setting) {
  if (proof.secret && proof.assertion) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kClientProofTwice,
                "expected client_secret or client_assertion, got both");
  }
  if (proof.assertion) {
    if (proof.assertion_type != kJwtBearerType) {
      return Fail(ErrorKind::kInvalidRequest, reasons::kAssertionType,
                  "expected client_assertion_type to be '" + std::string(kJwtBearerType) + "'");
    }
    return CheckAssertion(*proof.assertion, setting);
  }
  if (proof.secret) return CheckSecret(*proof.secret, setting);
  return NotBelieved(reasons::kClientProofMissing,
                     "The request body must contain the following parameter: 'client_assertion' "
                     "or 'client_secret'.");
}

Result<ClientProofKind> ClientAuthenticator::CheckSecret(const Secret& secret,
                                                         const ProofSetting& setting) const {
  bool expired = false;
  for (const PasswordCredential& password : setting.client.passwords) {
    if (!SecretMatches(secret, password.hash)) continue;
    if (setting.now < password.expires_on) return ClientProofKind::kSecret;
    expired = true;
  }
  const std::string app = setting.client.client_id.ToString();
  if (expired) {
    return NotBelieved(reasons::kClientSecretExpired,
                       "The provided client secret keys for app '" + app + "' are expired.");
  }
  return NotBelieved(
      reasons::kClientSecretInvalid,
      "Invalid client secret provided. Ensure the secret being sent in the request is the client "
      "secret value, not the client secret ID, for a secret added to app '" +
          app + "'.");
}

Result<ClientProofKind> ClientAuthenticator::CheckAssertion(const Secret& assertion,
                                                            const ProofSetting& setting) {
  const auto read = ReadAssertion(assertion.RevealSecret());
  if (!read) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kAssertionMalformed,
                "JWT token is invalid or malformed: " + read.error().message);
  }
  const std::string issuer(TextOf(read->claims, "iss"));
  if (EqualsIgnoringCase(issuer, setting.client.client_id.ToString())) {
    TRY_VOID(CheckOwnAssertion(*read, assertion.RevealSecret(), setting));
    return ClientProofKind::kCertificate;
  }
  TRY_VOID(CheckFederated(*read, setting));
  return ClientProofKind::kFederated;
}

Result<void> ClientAuthenticator::CheckOwnAssertion(const UnverifiedAssertion& assertion,
                                                    std::string_view bytes,
                                                    const ProofSetting& setting) {
  TRY_VOID(CheckSignature(assertion, setting));
  if (!EqualsIgnoringCase(TextOf(assertion.claims, "sub"), setting.client.client_id.ToString())) {
    return NotBelieved(reasons::kAssertionSubject,
                       "Client assertion application identifier doesn't match 'client_id' "
                       "parameter.");
  }
  const auto audiences = AudiencesOf(assertion.claims);
  const auto& ours = setting.token_endpoints;
  const bool for_us = std::any_of(ours.begin(), ours.end(), [&](const std::string& endpoint) {
    return Contains(audiences, endpoint);
  });
  if (!for_us && !Contains(audiences, authority_.IssuerOf(setting.tenant))) {
    return NotBelieved(reasons::kAssertionAudience,
                       "Client assertion audience claim does not match Realm issuer. Expected '" +
                           (ours.empty() ? authority_.IssuerOf(setting.tenant) : ours.front()) +
                           "'.");
  }
  TRY(const Time expires_on, CheckTimes(assertion.claims, setting.now));
  if (expires_on > setting.now + kLongestLife + kClockSlack) {
    return NotBelieved(reasons::kAssertionTime,
                       "Client assertion is not within its valid time range: it lives longer than "
                       "10 minutes.");
  }
  const std::string jti(TextOf(assertion.claims, "jti"));
  if (jti.empty() || !used_.TryUse(setting.client.client_id, jti, bytes, setting.peer,
                                   expires_on + kClockSlack, setting.now)) {
    return NotBelieved(reasons::kAssertionReplayed, jti.empty() ? "The assertion has no jti claim."
                                                                : "The assertion was used before.");
  }
  return {};
}

Result<void> ClientAuthenticator::CheckFederated(const UnverifiedAssertion& assertion,
                                                 const ProofSetting& setting) {
  const std::string issuer(TextOf(assertion.claims, "iss"));
  const std::string subject(TextOf(assertion.claims, "sub"));
  const auto audiences = AudiencesOf(assertion.claims);
  std::string_view reason = reasons::kFederationIssuer;
  for (const FederatedCredential& trusted : setting.client.federated) {
    if (trusted.issuer != issuer) continue;
    if (reason == reasons::kFederationIssuer) reason = reasons::kFederationSubject;
    if (trusted.subject != subject) continue;
    reason = reasons::kFederationAudience;
    if (!Contains(audiences, trusted.audience)) continue;
    TRY_VOID(CheckTimes(assertion.claims, setting.now));
    return issuer_keys_.Verify(trusted, assertion);
  }
  const std::string_view what = reason == reasons::kFederationIssuer    ? "issuer"
                                : reason == reasons::kFederationSubject ? "subject"
                                                                        : "audience";
  return NotBelieved(reason,
                     "No matching federated identity record found for presented assertion " +
                         std::string(what) + ".");
}

}  // namespace openimds
