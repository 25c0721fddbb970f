// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace openimds {

// The public half of a signing key, ready for a JWKS (RFC 7517). All members are base64url without
// padding unless said otherwise. There is no private member, so none can be published by mistake.
struct PublicJwk {
  std::string kid;  // equal to x5t, as Azure's keys have it (protocol.md F.4)
  std::string x5t;  // SHA-1 of the certificate
  std::string n;
  std::string e;
  std::string x5c;  // the certificate, standard base64 DER

  std::string alg{};  // of a foreign key: the only algorithm it is meant for; empty: any
};

// An RSA-2048 key with its self-signed certificate; signs RS256. Immutable after it is made; every
// thread may sign with it at once. The private part stays inside OpenSSL and ToPem().
class SigningKey {
 public:
  // The certificate's subject is `CN=<common_name>` (1 to 64 characters), valid from an hour before
  // `now` for ten years. Takes a few hundred milliseconds. Fails with kCryptoFailed.
  static Result<std::unique_ptr<SigningKey>> Generate(std::string_view common_name, Time now);

  // A PEM text as ToPem() gives it: PKCS#8 private key, then certificate. Fails with kCryptoFailed
  // if either is missing, if they do not belong together, or if the key is encrypted or not
  // RSA-2048; never quotes the text.
  static Result<std::unique_ptr<SigningKey>> Parse(const Secret& pem);

  ~SigningKey();
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;

  Secret ToPem() const;
  const PublicJwk& jwk() const;
  // The first part of every JWT that this key signs, base64url of its typ, alg, x5t and kid: made
  // once, because it never changes.
  const std::string& jwt_header() const;

  // RSASSA-PKCS1-v1_5 with SHA-256 over `bytes`: 256 raw bytes. Fails with kSigningFailed.
  Result<std::string> SignRs256(std::string_view bytes) const;

 private:
  struct Parts;
  explicit SigningKey(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// True if `signature` over `bytes` was made by the private half of `jwk`; false also for a `jwk`
// that is none.
bool VerifyRs256(const PublicJwk& jwk, std::string_view bytes, std::string_view signature);

}  // namespace openimds
