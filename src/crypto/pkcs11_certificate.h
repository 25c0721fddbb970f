// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/client_certificate.h"

namespace openimds {

// Where a key is that never leaves its token.
struct Pkcs11Settings {
  std::string module;       // path of the token's PKCS#11 library
  std::string token;        // the token's label
  std::string key;          // CKA_LABEL of the RSA private key
  std::string certificate;  // PEM, perhaps with its chain; empty: the token's own, of the same
                            // CKA_ID as the key or else of its label
  std::function<Result<Secret>()> read_pin;  // asked at each login
};

// Logs in and finds key and certificate, which must belong together (RSA of at least 2,048 bits).
// What is returned signs on the token, one session for each signature, so that many threads may at
// once. If the login is lost (the token was drawn and came back), it logs in and signs once more.
// Takes as long as the token takes: not for an I/O thread.
//
// Opening and signing fail with
// - kCredentialInvalid (kInvalidRequest): what the settings name does not fit, or the PIN is wrong.
//   A PIN that a token refused is not shown to it again by this process, because tokens lock
//   themselves after a few of them; another PIN is.
// - kCredentialUnreadable (kUnavailable): library, token, key or PIN cannot be had now.
// - kSigningFailed (kInternal): the token would not sign, or what it made does not verify.
// No message holds the PIN.
//
// A library is loaded once for a process and stays loaded: others in it may use it too.
Result<std::shared_ptr<const ClientCertificate>> OpenPkcs11Certificate(Pkcs11Settings settings);

}  // namespace openimds
