// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "authority/authority.h"
#include "frontends/oauth/token_endpoint.h"
#include "http/router.h"
#include "registry/registry.h"

namespace openimds::oauth {

// The authority over HTTP: discovery documents and public keys (protocol.md F.4), for each tenant
// that exists; the keys also under `common`; all of them from memory. And the token endpoints
// (F.1). All arguments must outlive the router.
void AddRoutes(const Registry& registry, const Authority& authority, const TokenEndpoint& endpoint,
               http::Router* router);
std::shared_ptr<http::Router> MakeRouter();

// The same authority in the shape of an ADFS: what tools take that would ask Microsoft about every
// other authority that they do not know. Its URLs are those by which the caller reached us. And the
// answer to that question, for those who ask us.
void AddAdfsRoutes(const TokenEndpoint& endpoint, http::Router* router);

}  // namespace openimds::oauth
