// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "crypto/assertion_algorithm.h"
#include "crypto/openssl_ptr.h"

// What several sources of this folder do with RSA keys and certificates. No header includes it.
namespace openimds {

// Fetched once and never freed, because OpenSSL's own exit handler may run first.
const EVP_MD* FetchedSha256();

// Empty if OpenSSL refuses.
std::string SignWith(EVP_PKEY* key, AssertionAlgorithm algorithm, std::string_view bytes);
bool VerifiesWith(EVP_PKEY* key, AssertionAlgorithm algorithm, std::string_view bytes,
                  std::string_view signature);

// From big-endian bytes; null unless the modulus has 2,048 to 8,192 bits and both could be a key's.
OpenSslPtr<EVP_PKEY> MakeRsaPublicKey(std::string_view modulus, std::string_view exponent);

bool IsUsableRsa(const EVP_PKEY* key);       // RSA of 2,048 to 8,192 bits
std::string ModulusOf(const EVP_PKEY* key);  // big-endian bytes; empty if it is not RSA

OpenSslPtr<BIO> ReaderOf(std::string_view bytes);  // `bytes` must outlive it

// All that stand in `text` up to the first that is damaged, whatever stands between them.
std::vector<OpenSslPtr<X509>> ReadPemCertificates(std::string_view text);

std::string ToDer(const X509* certificate);
std::optional<Time> ToTime(const ASN1_TIME* time);  // nothing if it is damaged

// Without this, OpenSSL would ask for the passphrase of an encrypted key on the terminal.
int RefusePassphrase(char*, int, int, void*);

// Pieces of a certificate in the making: a random serial number, and the time it is good for.
bool SetSerial(X509* certificate);
bool SetValidity(X509* certificate, Time begin, Time end);

}  // namespace openimds
