// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "credentials/client_proof.h"
#include "model/credential_settings.h"

namespace openimds {

// `federated_file`: the assertion that somebody else keeps fresh in a file, by the rules of
// AZURE_FEDERATED_TOKEN_FILE; read anew for each request.
std::unique_ptr<ClientProof> MakeFederatedFileProof(const CredentialSettings& settings);

}  // namespace openimds
