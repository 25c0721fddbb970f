// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace openimds::imds {

// What a request to `/metadata/attested/document` asks for (protocol.md E.6).
struct AttestedQuestion {
  std::size_t version;  // index in ApiVersions()
  std::optional<std::string> nonce;
};

// The nonce, if it is there, is 1 to 32 ASCII letters and digits, as the REST specification has it;
// else kNonceInvalid. An empty one is refused too: who sends it means to be protected, and would
// not be. Fails also with kApiVersionMissing, kApiVersionUnknown (also for listed versions that are
// older than the category), kFormatInvalid, or as the query's grammar does. Pure.
Result<AttestedQuestion> ParseAttestedRequest(std::string_view query);

}  // namespace openimds::imds
