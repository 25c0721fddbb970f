// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "authority/client_authenticator.h"
#include "base/result.h"

namespace openimds::oauth {

// An ADFS takes a resource (as v1) or a scope (as v2), and answers as v2 does.
enum class EndpointVersion { kV1, kV2, kAdfs };

// A client-credentials request (protocol.md F.1), with nothing believed yet.
struct ClientTokenRequest {
  std::string client_id;  // as written
  std::string resource;   // from `resource` (v1), or from `scope` without its `/.default` (v2)
  PresentedProof proof;
};

// `content_type` and `authorization` are the header's values, if there was one. Fails with
// kParameterMissing, kParameterTwice, kGrantTypeUnsupported, kScopeInvalid, kClientProofTwice,
// kResourceInvalid or kMalformedQuery; no message repeats a value that could be secret.
// Pure.
Result<ClientTokenRequest> ParseClientTokenRequest(EndpointVersion version, std::string_view body,
                                                   std::optional<std::string_view> content_type,
                                                   std::optional<std::string_view> authorization);

}  // namespace openimds::oauth
