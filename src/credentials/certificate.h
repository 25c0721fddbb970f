// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "credentials/client_proof.h"
#include "crypto/client_certificate.h"
#include "model/credential_settings.h"

namespace openimds {

// `certificate`: an assertion signed with the key in a PEM or PFX file, which is read anew for each
// request, so that a renewed one is taken up without a restart.
std::unique_ptr<ClientProof> MakeCertificateProof(const CredentialSettings& settings);

// The assertion of protocol.md F.2, signed by `certificate`; good for nine minutes. `algorithm` and
// `send_chain` are options of the settings. Fails with kCredentialInvalid if the certificate has
// expired, or as signing does.
Result<Proof> ProveWithCertificate(const ClientCertificate& certificate,
                                   const CredentialSettings& settings, const ProofRequest& request);

}  // namespace openimds
