// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

// CMS SignedData (RFC 5652) with its content inside: what IMDS calls "pkcs7" (protocol.md E.6).
namespace openimds {

// A key that signs messages, with its certificate and those above it. Immutable; every thread may
// sign with it at once.
class CmsSigner {
 public:
  // `chain_pem` begins with the signer's certificate. Fails with kCryptoFailed if it holds none, or
  // if the key cannot be read or is another one's.
  static Result<std::shared_ptr<const CmsSigner>> Parse(std::string_view chain_pem,
                                                        const Secret& key_pem);
  ~CmsSigner();
  CmsSigner(const CmsSigner&) = delete;
  CmsSigner& operator=(const CmsSigner&) = delete;

  // The message in DER: the content, the whole chain, and one signature with SHA-256 over the
  // content and the time of signing. Takes about a millisecond. Fails with kCryptoFailed.
  Result<std::string> Sign(std::string_view content) const;

 private:
  struct Parts;
  explicit CmsSigner(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

struct VerifiedCms {
  std::string content;
  std::string signer;  // its subject, as RFC 2253 writes it, in ASCII
};

// Believes a message in DER, of any origin, only if one signer signed the content that is in it, if
// that same signer's certificate goes back to one in `roots_pem`, is made for signing messages, and
// is good at `now`, as all above it. What the message says about other certificates is not trusted.
//
// The first check that fails names the error: kAttestationMalformed (kInvalidRequest), and as
// kForbidden kAttestationSignature, kAttestationChain, kAttestationSigner, kAttestationSignerTime.
// `roots_pem` without a certificate is kArgumentInvalid. Pure.
Result<VerifiedCms> VerifyCms(std::string_view der, std::string_view roots_pem, Time now);

}  // namespace openimds
