// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/client_registration.h"
#include "model/credential_settings.h"
#include "store/store.h"

// How an identity gets tokens, and how it may prove itself to our authority, as records: each under
// the key of the identity's resource id. As strict as records.h.
namespace openimds {

inline constexpr std::string_view kCredentialKind = "credential";
inline constexpr std::string_view kClientKind = "client";

Change RenderCredential(const ResourceId& identity, const CredentialSettings& settings);
Result<CredentialSettings> ParseCredential(const Record& record);

Change RenderClient(const ClientRegistration& client);
Result<ClientRegistration> ParseClient(const Record& record);

}  // namespace openimds
