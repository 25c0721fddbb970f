// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "credentials/client_proof.h"
#include "model/credential_settings.h"

namespace openimds {

// `pkcs11`: as `certificate`, with a key that stays on a PKCS#11 token. The token is opened at the
// first request and then kept; the PIN and certificate_file are read when it is opened.
std::unique_ptr<ClientProof> MakePkcs11Proof(const CredentialSettings& settings);

}  // namespace openimds
