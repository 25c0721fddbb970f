// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "crypto/signing_key.h"

// How an authority describes itself: OpenID discovery and JWKS with the members, and in the order,
// of protocol.md F.4. Pure; no I/O.
namespace openimds {

enum class DiscoveryVersion { kV1, kV2 };

// Which authority, and for whom.
struct DiscoveryParty {
  std::string_view public_url;  // no slash at the end
  std::string_view issuer;
  Guid tenant;
};

// Every URL lies under `public_url`, whether or not anything is served there yet: clients insist on
// the members, but managed identities use the token endpoint and the keys only. The hosts that
// Azure names for its own cloud are the authority's own, because that is whose cloud it is.
std::string RenderDiscoveryDocument(const DiscoveryParty& party, DiscoveryVersion version);

// The least that OpenID Connect Discovery asks for, for an issuer that only signs assertions and
// whose documents lie as files on some web host.
std::string RenderIssuerDocument(std::string_view issuer, std::string_view keys_url);

// Public members only (attacks.md row 39). v2 adds `issuer` and `cloud_instance_name` to each key.
std::string RenderKeySet(const DiscoveryParty& party, const std::vector<PublicJwk>& keys,
                         DiscoveryVersion version);

}  // namespace openimds
