// SPDX-License-Identifier: Apache-2.0
#include "frontends/oauth/token_request.h"

#include <utility>

#include "base/reasons.h"
#include "base/text.h"
#include "broker/token_question.h"
#include "crypto/digest.h"
#include "http/form.h"

namespace openimds::oauth {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::string_view kDefaultScope = "/.default";

tl::unexpected<Error> Invalid(std::string_view reason, std::string message) {
  return Fail(ErrorKind::kInvalidRequest, reason, std::move(message));
}

tl::unexpected<Error> Missing(std::string_view name) {
  return Invalid(
      reasons::kParameterMissing,
      "The request body must contain the following parameter: '" + std::string(name) + "'.");
}

bool IsForm(std::optional<std::string_view> content_type) {
  if (!content_type) return false;
  const std::string_view type = content_type->substr(0, content_type->find(';'));
  return EqualsIgnoringCase(TrimSpace(type), kFormType);
}

struct BasicPair {
  std::string client_id;
  Secret secret;
};

// RFC 6749, 2.3.1: both parts are form-encoded inside the base64.
Result<BasicPair> ParseBasic(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  std::string pair;
  std::string client_id;
  std::string secret;
  const bool good = StartsWithIgnoringCase(authorization, kScheme) &&
                    Base64Decode(TrimSpace(authorization.substr(kScheme.size())), &pair) &&
                    pair.find(':') != std::string::npos;
  if (!good) {
    return Invalid(reasons::kMalformedQuery,
                   "expected the Authorization header to be Basic with client id and secret");
  }
  const Secret whole(std::move(pair));
  const std::string_view text = whole.RevealSecret();
  const size_t colon = text.find(':');
  if (!AppendDecodedFormComponent(text.substr(0, colon), &client_id) ||
      !AppendDecodedFormComponent(text.substr(colon + 1), &secret)) {
    return Invalid(reasons::kMalformedQuery,
                   "expected client id and secret to be form-encoded in the Authorization header");
  }
  return BasicPair{std::move(client_id), Secret(std::move(secret))};
}

Result<std::string> ResourceOf(EndpointVersion version, const http::Form& form) {
  const bool by_resource = version == EndpointVersion::kV1 ||
                           (version == EndpointVersion::kAdfs && form.Find("resource"));
  if (by_resource) {
    const auto resource = form.Find("resource");
    if (!resource || resource->empty()) return Missing("resource");
    TRY_VOID(CheckResource(*resource));
    return std::string(*resource);
  }
  const auto scope = form.Find("scope");
  if (!scope || scope->empty()) return Missing("scope");
  const bool one = scope->find(' ') == std::string_view::npos && scope->ends_with(kDefaultScope);
  if (!one) {
    return Invalid(reasons::kScopeInvalid,
                   "The provided request must include a 'scope' input parameter. The provided "
                   "value for the input parameter 'scope' is not valid: expected one resource "
                   "followed by /.default.");
  }
  const std::string_view resource = scope->substr(0, scope->size() - kDefaultScope.size());
  TRY_VOID(CheckResource(resource));
  return std::string(resource);
}

Result<void> TakeProof(const http::Form& form, std::optional<std::string_view> authorization,
                       ClientTokenRequest* request) {
  if (const auto secret = form.Find("client_secret")) {
    request->proof.secret = Secret(std::string(*secret));
  }
  if (const auto assertion = form.Find("client_assertion")) {
    request->proof.assertion = Secret(std::string(*assertion));
  }
  if (!authorization) return {};
  if (request->proof.secret) {
    return Invalid(reasons::kClientProofTwice,
                   "expected the client secret once, got it in the body and in the header");
  }
  TRY(BasicPair basic, ParseBasic(*authorization));
  if (!request->client_id.empty() && !EqualsIgnoringCase(request->client_id, basic.client_id)) {
    return Invalid(reasons::kClientProofTwice,
                   "expected one client id, got different ones in the body and in the header");
  }
  request->client_id = std::move(basic.client_id);
  request->proof.secret = std::move(basic.secret);
  return {};
}

}  // namespace

Result<ClientTokenRequest> ParseClientTokenRequest(EndpointVersion version, std::string_view body,
                                                   std::optional<std::string_view> content_type,
                                                   std::optional<std::string_view> authorization) {
  http::Form form;
  if (IsForm(content_type)) {
    if (auto added = form.Add(body); !added) {
      const bool twice = added.error().reason == reasons::kDuplicateParameter;
      return Invalid(twice ? reasons::kParameterTwice : reasons::kMalformedQuery,
                     "the request body is not a form: " + added.error().message);
    }
  }
  const auto grant = form.Find("grant_type");
  if (!grant || grant->empty()) return Missing("grant_type");
  if (*grant != "client_credentials") {
    return Invalid(reasons::kGrantTypeUnsupported,
                   "The app requested an unsupported grant type; expected 'client_credentials'.");
  }
  ClientTokenRequest request;
  request.client_id = form.Find("client_id").value_or("");
  TRY_VOID(TakeProof(form, authorization, &request));
  if (request.client_id.empty()) return Missing("client_id");
  if (const auto type = form.Find("client_assertion_type")) {
    request.proof.assertion_type = *type == kJwtBearerType ? kJwtBearerType : "another";
  }
  TRY(request.resource, ResourceOf(version, form));
  return request;
}

}  // namespace openimds::oauth
