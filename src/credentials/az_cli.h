// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/result.h"
#include "model/credential_settings.h"
#include "telemetry/log.h"
#include "tokens/credential.h"

namespace openimds {

// `az_cli`: the developer's own login, through `az account get-access-token`. Whoever gets a token
// this way acts as that person, not as the identity; it is for a developer's own machine.
// `log` must outlive it.
std::unique_ptr<Credential> MakeAzCliCredential(const CredentialSettings& settings, Log& log);

// What `az account get-access-token` prints. Pure. Fails with kUpstreamNonsense.
Result<AccessToken> ReadAzCliOutput(std::string_view output, Time now);

}  // namespace openimds
