// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "authority/authority.h"
#include "credentials/client_proof.h"
#include "model/credential_settings.h"

namespace openimds {

// `federated_issuer`: an assertion that our own authority signs, for an authority elsewhere that
// was told to trust its published issuer. No secret is stored anywhere. `authority` must outlive
// it.
std::unique_ptr<ClientProof> MakeFederatedIssuerProof(const CredentialSettings& settings,
                                                      const Authority& authority);

}  // namespace openimds
