// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "credentials/client_proof.h"
#include "model/credential_settings.h"

namespace openimds {

// `client_secret`: a shared secret, read anew for each request from where the settings say.
std::unique_ptr<ClientProof> MakeClientSecretProof(const CredentialSettings& settings);

}  // namespace openimds
