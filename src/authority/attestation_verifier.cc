// SPDX-License-Identifier: Apache-2.0
#include "authority/attestation_verifier.h"

#include <utility>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/cms.h"
#include "crypto/digest.h"
#include "crypto/json_object.h"

namespace openimds {
namespace {

constexpr char kDerSequence = '\x30';

tl::unexpected<Error> Malformed(const std::string& what) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kAttestationMalformed, what);
}

tl::unexpected<Error> NotBelieved(std::string_view reason, std::string what) {
  return Fail(ErrorKind::kForbidden, reason, std::move(what));
}

std::string WithoutSpace(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') kept.push_back(c);
  }
  return kept;
}

Result<std::string> DecodeSignature(std::string_view base64) {
  std::string der;
  if (Base64Decode(WithoutSpace(base64), &der) && !der.empty()) return der;
  return Malformed("expected the signature as base64");
}

Result<std::string> SignatureIn(std::string_view answer) {
  const auto object = ParseJsonObject(answer);
  if (!object) return Malformed("expected a JSON object: " + object.error());
  if (TextOf(*object, "encoding") != "pkcs7") return Malformed("'encoding': expected 'pkcs7'");
  return DecodeSignature(TextOf(*object, "signature"));
}

Result<std::string> MessageIn(std::string_view answer) {
  if (answer.starts_with(kDerSequence) && answer.size() > 1 && (answer[1] & 0x80) != 0) {
    return std::string(answer);
  }
  const std::size_t begin = answer.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos)
    return Malformed("expected an attested document, got nothing");
  return answer[begin] == '{' ? SignatureIn(answer) : DecodeSignature(answer);
}

std::string Iso(Time time) { return FormatIsoTime(ToUnixSeconds(time)); }

Result<void> CheckWindow(const AttestedDocument& document, Time now) {
  if (document.created_on > now + kAttestationClockSkew) {
    return NotBelieved(
        reasons::kAttestationWindow,
        "the document counts from " + Iso(document.created_on) + " on, and it is " + Iso(now));
  }
  if (document.expires_on <= now) {
    return NotBelieved(
        reasons::kAttestationWindow,
        "the document ended at " + Iso(document.expires_on) + ", and it is " + Iso(now));
  }
  return {};
}

Result<void> CheckDemands(const AttestedDocument& document, const AttestationDemands& demands) {
  if (demands.nonce && *demands.nonce != document.nonce) {
    return NotBelieved(
        reasons::kAttestationNonce,
        "expected the nonce '" + *demands.nonce + "', the document has '" + document.nonce + "'");
  }
  if (demands.vm_id && *demands.vm_id != document.vm_id) {
    return NotBelieved(reasons::kAttestationMachine,
                       "expected the machine with vmId " + demands.vm_id->ToString() +
                           ", the document is of " + document.vm_id.ToString());
  }
  return {};
}

}  // namespace

Result<Attestation> VerifyAttestation(std::string_view answer, std::string_view roots_pem,
                                      const AttestationDemands& demands, Time now) {
  TRY(const std::string message, MessageIn(answer));
  TRY(VerifiedCms verified, VerifyCms(message, roots_pem, now));
  TRY(AttestedDocument document, ParseAttestedDocument(verified.content));
  TRY_VOID(CheckWindow(document, now));
  TRY_VOID(CheckDemands(document, demands));
  return Attestation{std::move(document), std::move(verified.signer)};
}

}  // namespace openimds
