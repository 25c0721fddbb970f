// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "authority/authority.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/entities.h"
#include "registry/snapshot.h"

namespace openimds::arm {

// Who sent a request: the principal that the `Authorization` header's token is about. The token
// must be one of our authority, in force, for us: `base_url` (with or without a slash at its end),
// or one of the names that SDKs have for Azure's resource manager. And the principal must still
// exist.
//
// Fails with kBearerMissing, kBearerInvalid or kBearerAudience (kUnauthorized), never quoting the
// token.
Result<std::shared_ptr<const Identity>> Identify(const std::optional<Secret>& authorization,
                                                 std::string_view base_url, Authority& authority,
                                                 const Snapshot& snapshot, Time now);

// The header that goes with a 401.
std::string Challenge(std::string_view base_url, const Error& error);

}  // namespace openimds::arm
