// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

// Secrets that others chose or that we gave out, kept so that nobody who reads them can use them.
namespace openimds {

// `scrypt$16384$8$1$<salt>$<hash>`, both base64url: a new salt each time. Takes tens of
// milliseconds and 16 MiB. Every thread may call it.
std::string HashSecret(const Secret& secret);

// Constant time in the secret. False also for a `hash` that is not such a text, or that asks for
// more work than ours do.
bool SecretMatches(const Secret& secret, std::string_view hash);

}  // namespace openimds
