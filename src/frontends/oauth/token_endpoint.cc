// SPDX-License-Identifier: Apache-2.0
#include "frontends/oauth/token_endpoint.h"

#include <cstring>
#include <utility>

#include "base/reasons.h"
#include "broker/flat_answer.h"
#include "frontends/oauth/error_response.h"

namespace openimds::oauth {
namespace {

std::optional<std::string> CopyOf(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

std::optional<std::string_view> ViewOf(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return std::string_view(*text);
}

// Where a client is, without its port: what tells a replay from a second use.
std::string PlaceOf(const Peer& peer) {
  if (!peer.address) return "local";
  return {reinterpret_cast<const char*>(peer.address->bytes.data()), peer.address->bytes.size()};
}

http::Response RenderAnswer(EndpointVersion version, const AccessToken& token,
                            const std::string& resource, Time now) {
  const std::string left = std::to_string(ToUnixSeconds(token.expires_on) - ToUnixSeconds(now));
  const std::string access = JsonQuoted(token.value.RevealSecret());
  http::Response response = http::Response::Json(
      200,
      version != EndpointVersion::kV1
          ? "{\"token_type\":\"Bearer\",\"expires_in\":" + left + ",\"ext_expires_in\":" + left +
                ",\"access_token\":" + access + "}"
          : "{\"token_type\":\"Bearer\",\"expires_in\":\"" + left + "\",\"ext_expires_in\":\"" +
                left + "\",\"expires_on\":\"" + std::to_string(ToUnixSeconds(token.expires_on)) +
                "\",\"not_before\":\"" + std::to_string(ToUnixSeconds(token.not_before)) +
                "\",\"resource\":" + JsonQuoted(resource) + ",\"access_token\":" + access + "}");
  response.headers = {{"Cache-Control", "no-store, no-cache"}, {"Pragma", "no-cache"}};
  return response;
}

http::Response RenderFault(FaultProfile fault) {
  const bool throttled = fault == FaultProfile::kThrottled;
  http::Response response =
      RenderFlatError(throttled ? 429 : 503, "temporarily_unavailable",
                      throttled ? "AADSTS50196: The server terminated an operation because it "
                                  "encountered a client request loop."
                                : "AADSTS90033: A transient error has occurred. Please try again.");
  return AskLater(std::move(response), std::chrono::seconds{1});
}

}  // namespace

http::Reply TokenEndpoint::HandleToken(EndpointVersion version,
                                       const http::Request& request) const {
  if (const FaultProfile fault = door_.Read()->fault; fault != FaultProfile::kNone) {
    return RenderFault(fault);
  }
  const std::string_view name = request.path.substr(1, request.path.find('/', 1) - 1);
  // An ADFS has no tenants: there, the client says which one is meant.
  const std::optional<Guid> tenant = version == EndpointVersion::kAdfs ? Guid() : Guid::Parse(name);
  if (version != EndpointVersion::kAdfs &&
      (!tenant || !parts_.registry.Read()->tenants.contains(*tenant))) {
    return RenderUnknownTenant(name);
  }
  auto waiting = std::make_shared<Waiting>(Waiting{
      version, *tenant, std::string(request.path), CopyOf(request.FindHeader("Host")).value_or(""),
      request.peer, Secret(std::string(request.body)), CopyOf(request.FindHeader("Content-Type")),
      std::nullopt});
  if (const auto header = request.FindHeader("Authorization")) {
    waiting->authorization = Secret(std::string(*header));
  }
  return http::Deferred{[this, waiting] { return Answer(*waiting); },
                        RenderTokenRefusal({ErrorKind::kUnavailable, reasons::kBusy,
                                            "A transient error has occurred. Please try again.",
                                            std::chrono::seconds{1}})};
}

http::Response TokenEndpoint::Answer(const Waiting& waiting) const {
  auto subject = std::make_shared<AuditSubject>();
  const auto token = Issue(waiting, subject.get());
  const std::string resource = subject->resource;
  AuditEvent event{"authority", std::move(subject), {}, token ? "" : token.error().reason};
  if (waiting.peer.address) event.peer_key = waiting.peer.address->bytes;
  parts_.audit.Record(event, [&] { return waiting.peer.ToString(); });
  if (!token) return RenderTokenRefusal(token.error());
  return RenderAnswer(waiting.version, *token, resource, parts_.clock.Now());
}

Result<AccessToken> TokenEndpoint::Issue(const Waiting& waiting, AuditSubject* subject) const {
  std::optional<std::string_view> authorization;
  if (waiting.authorization) authorization = waiting.authorization->RevealSecret();
  TRY(const ClientTokenRequest request,
      ParseClientTokenRequest(waiting.version, waiting.body.RevealSecret(),
                              ViewOf(waiting.content_type), authorization));
  subject->resource = request.resource;
  TRY(const auto identity, FindClient(waiting, request.client_id));
  subject->identity = identity->id.text();

  const auto& clients = parts_.registry.Read()->clients;
  const auto found = clients.find(identity->client_id);
  const auto client = found != clients.end()
                          ? found->second
                          : std::make_shared<const ClientRegistration>(
                                ClientRegistration{identity->id, identity->client_id, {}, {}, {}});
  const std::string place = PlaceOf(waiting.peer);
  const Time now = parts_.clock.Now();
  TRY(const ClientProofKind proof,
      parts_.authenticator.Check(request.proof, {.client = *client,
                                                 .tenant = identity->tenant_id,
                                                 .token_endpoints = EndpointNames(waiting),
                                                 .peer = place,
                                                 .now = now}));
  return parts_.authority.Mint({identity, nullptr, request.resource}, now, proof);
}

Result<std::shared_ptr<const Identity>> TokenEndpoint::FindClient(
    const Waiting& waiting, const std::string& client_id) const {
  const auto snapshot = parts_.registry.Read();
  const auto guid = Guid::Parse(client_id);
  if (guid) {
    const auto registered = snapshot->clients.find(*guid);
    auto identity = registered != snapshot->clients.end()
                        ? snapshot->FindAnyIdentity(registered->second->identity.key())
                        : snapshot->FindByClientId(*guid);
    const bool any_tenant = waiting.version == EndpointVersion::kAdfs;
    if (identity && (any_tenant || identity->tenant_id == waiting.tenant)) return identity;
  }
  return Fail(ErrorKind::kInvalidRequest, reasons::kClientUnknown,
              "Application with identifier '" + client_id.substr(0, 100) +
                  "' was not found in the directory '" + waiting.tenant.ToString() +
                  "'. This can happen if the application has not been installed by the "
                  "administrator of the tenant or consented to by any user in the tenant. You may "
                  "have sent your authentication request to the wrong tenant.");
}

// The one that the discovery document names, and the one that was called: `Host` was checked.
std::vector<std::string> TokenEndpoint::EndpointNames(const Waiting& waiting) const {
  std::vector<std::string> names{parts_.authority.settings()->public_url + waiting.path};
  if (waiting.host.empty()) return names;
  names.push_back("https://" + waiting.host + waiting.path);
  names.push_back("http://" + waiting.host + waiting.path);
  return names;
}

}  // namespace openimds::oauth
