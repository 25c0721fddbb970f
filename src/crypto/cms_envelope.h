// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace openimds {

// CMS EnvelopedData (RFC 5652): what is inside a message in DER that was closed for the owner of a
// certificate (an RSA key, transported; 3DES or AES inside).
//
// Fails with kCredentialInvalid (kInvalidRequest) if it is no such message, has something behind
// it, or is for another certificate; never quotes a byte. Pure.
Result<Secret> OpenCmsEnvelope(std::string_view der, std::string_view certificate_pem,
                               const Secret& key_pem);

}  // namespace openimds
