// SPDX-License-Identifier: Apache-2.0
#include "credentials/oauth_credential.h"

#include <utility>

#include "base/reasons.h"
#include "base/text.h"
#include "credentials/token_reply.h"
#include "credentials/upstream_log.h"

namespace openimds {
namespace {

constexpr std::size_t kLeastSecretBytes = 6;  // shorter ones stand in every text by chance

// `https://login.example:8443` of a URL: what has a gate of its own.
std::string AuthorityOf(const std::string& url) {
  const size_t host = url.find("://") + 3;
  return url.substr(0, url.find('/', host));
}

void Append(std::string* form, std::string_view name, std::string_view value) {
  if (!form->empty()) form->push_back('&');
  form->append(name).append("=").append(EncodeFormComponent(value));
}

Secret RenderForm(const CredentialSettings& settings, const ProofRequest& asked,
                  const Proof& proof) {
  std::string form;
  form.reserve(4096);
  Append(&form, "grant_type", "client_credentials");
  Append(&form, "client_id", asked.client_id);
  const std::string& resource = asked.token.resource;
  if (settings.Option("protocol", "v2") == "v1") {
    Append(&form, "resource", resource);
  } else {
    Append(&form, "scope", resource + "/.default");
  }
  for (const auto& [name, value] : proof.form) Append(&form, name, value.RevealSecret());
  return Secret(std::move(form));
}

void Remove(std::string_view secret, std::string* text) {
  if (secret.size() < kLeastSecretBytes) return;
  for (size_t at = text->find(secret); at != std::string::npos; at = text->find(secret, at)) {
    text->replace(at, secret.size(), "[secret]");
  }
}

// An authority that repeats what it was sent must not make us tell it.
Error Redacted(Error error, const Proof& proof) {
  for (const auto& [name, value] : proof.form) {
    if (name == "client_assertion_type") continue;
    Remove(value.RevealSecret(), &error.message);
    Remove(EncodeFormComponent(value.RevealSecret()), &error.message);
  }
  if (proof.authorization) Remove(proof.authorization->RevealSecret(), &error.message);
  return error;
}

// An answer that makes no sense is this request's trouble: others may fare better.
bool IsTheAuthoritysTrouble(const Error& error) {
  if (error.reason == reasons::kUpstreamNonsense) return false;
  return error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kThrottled;
}

}  // namespace

OAuthCredential::OAuthCredential(Upstream upstream, CredentialSettings settings,
                                 std::unique_ptr<ClientProof> proof)
    : upstream_(upstream), settings_(std::move(settings)), proof_(std::move(proof)) {}

std::string OAuthCredential::EndpointFor(const Identity& identity) const {
  if (std::string whole = settings_.Option("token_endpoint"); !whole.empty()) return whole;
  const bool v1 = settings_.Option("protocol", "v2") == "v1";
  return AuthorityHostUrl(settings_.Option("authority_host", "public")) + "/" +
         settings_.Option("tenant_id", identity.tenant_id.ToString()) +
         (v1 ? "/oauth2/token" : "/oauth2/v2.0/token");
}

Result<AccessToken> OAuthCredential::Fetch(const TokenRequest& request, Time now) {
  const std::string endpoint = EndpointFor(*request.identity);
  const std::string authority = AuthorityOf(endpoint);
  auto token = Ask(request, endpoint, now);
  LogUpstream(upstream_.log, authority, request, token);
  return token;
}

Result<AccessToken> OAuthCredential::Ask(const TokenRequest& request, const std::string& endpoint,
                                         Time now) {
  const ProofRequest asked{request,
                           settings_.Option("client_id", request.identity->client_id.ToString()),
                           endpoint, now};
  TRY(const Proof proof, proof_->Make(asked));
  const std::string authority = AuthorityOf(endpoint);
  TRY_VOID(upstream_.gates.Enter(authority, upstream_.clock.SteadyNow()));

  http::OutboundRequest call;
  call.method = "POST";
  call.url = endpoint;
  call.headers = {{"Accept", "application/json"}, {"client-request-id", Guid::Random().ToString()}};
  if (proof.authorization) {
    call.authorization = *proof.authorization;
  }
  call.content_type = "application/x-www-form-urlencoded";
  call.body = RenderForm(settings_, asked, proof);
  const auto answer = upstream_.client.Send(call);
  Result<AccessToken> token =
      answer
          ? ReadTokenReply({answer->status, answer->content_type, answer->retry_after,
                            answer->body.RevealSecret()},
                           {request.resource, settings_.Option("check_audience", "true") == "true",
                            upstream_.clock.Now()})
          : Result<AccessToken>(tl::unexpected<Error>(answer.error()));
  if (token) {
    upstream_.gates.Answered(authority);
    return token;
  }
  Error error = Redacted(std::move(token.error()), proof);
  if (IsTheAuthoritysTrouble(error)) {
    upstream_.gates.Failed(authority, error, upstream_.clock.SteadyNow());
  } else {
    upstream_.gates.Answered(authority);
  }
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace openimds
