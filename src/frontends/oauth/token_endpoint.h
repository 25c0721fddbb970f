// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "authority/client_authenticator.h"
#include "base/clock.h"
#include "base/published.h"
#include "broker/token_broker.h"
#include "frontends/oauth/token_request.h"
#include "http/request.h"
#include "http/response.h"
#include "registry/registry.h"
#include "telemetry/audit.h"

namespace openimds::oauth {

// What the authority's token endpoints work on; all of it must outlive them.
struct TokenEndpointParts {
  const Registry& registry;
  const Authority& authority;
  ClientAuthenticator& authenticator;
  AuditTrail& audit;
  const Clock& clock;
};

// `POST /{tenant}/oauth2/token` and `/{tenant}/oauth2/v2.0/token`: the client-credentials grant
// (protocol.md F). Answers wait on the worker pool: a proof takes time to check.
class TokenEndpoint {
 public:
  TokenEndpoint(TokenEndpointParts parts, const Published<Door>& door)
      : parts_(parts), door_(door) {}

  http::Reply HandleToken(EndpointVersion version, const http::Request& request) const;

 private:
  // What is kept of a request until its turn comes.
  struct Waiting {
    EndpointVersion version;
    Guid tenant;
    std::string path;
    std::string host;
    Peer peer;
    Secret body;
    std::optional<std::string> content_type;
    std::optional<Secret> authorization;
  };

  http::Response Answer(const Waiting& waiting) const;
  Result<AccessToken> Issue(const Waiting& waiting, AuditSubject* subject) const;
  Result<std::shared_ptr<const Identity>> FindClient(const Waiting& waiting,
                                                     const std::string& client_id) const;
  std::vector<std::string> EndpointNames(const Waiting& waiting) const;

  const TokenEndpointParts parts_;
  const Published<Door>& door_;
};

}  // namespace openimds::oauth
