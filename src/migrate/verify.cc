// SPDX-License-Identifier: Apache-2.0
#include "migrate/verify.h"

#include <boost/json/parse.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/jwt.h"
#include "migrate/endpoint_url.h"

namespace openimds::migrate {
namespace {

namespace json = boost::json;

std::string UrlFor(std::string_view base, std::string_view version,
                   const VerifyQuestion& question) {
  std::string url(base);
  url += base.find('?') == std::string_view::npos ? '?' : '&';
  if (!version.empty()) url += std::string(version) + "&";
  url += "resource=" + EncodeFormComponent(question.resource);
  if (!question.selector.empty()) {
    url += "&" + question.selector + "=" + EncodeFormComponent(question.value);
  }
  return url;
}

std::string TextOf(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member && member->is_string() ? std::string(member->get_string()) : std::string();
}

tl::unexpected<Error> NoToken(std::string message) {
  return Fail(ErrorKind::kUnavailable, reasons::kTokenInvalid, std::move(message));
}

Result<TokenFacts> ReadFacts(std::string_view body) {
  json::error_code failure;
  const json::value answer = json::parse(body, failure);
  if (failure || !answer.is_object()) return NoToken("its answer is no JSON object");
  const std::string token = TextOf(answer.get_object(), "access_token");
  if (token.empty()) return NoToken("its answer holds no access_token");
  TRY(const UnverifiedJwt jwt, ReadJwt(token));
  const json::value claims = json::parse(jwt.claims, failure);
  if (failure || !claims.is_object()) return NoToken("its token has no claims");
  const json::object& all = claims.get_object();
  return TokenFacts{TextOf(all, "aud"), TextOf(all, "sub"), TextOf(all, "tid")};
}

Result<TokenFacts> AskFor(const std::string& url, const AskEndpoint& ask) {
  TRY(const Secret body, ask(url));
  return ReadFacts(body.RevealSecret());
}

std::string Compare(const TokenFacts& old_token, const TokenFacts& new_token) {
  if (old_token == new_token) return {};
  if (old_token.subject != new_token.subject) return "the tokens are of different identities";
  if (old_token.tenant != new_token.tenant) return "the tokens are of different tenants";
  return "the tokens are for different audiences";
}

}  // namespace

Verification VerifyEndpoints(const VerifyQuestion& question, std::string_view old_url,
                             std::string_view new_url, const AskEndpoint& ask) {
  Verification verification{question, {}, {}, {}};
  const auto old_token = AskFor(UrlFor(old_url, {}, question), ask);
  const auto new_token = AskFor(UrlFor(new_url, kApiVersion, question), ask);
  if (old_token) verification.old_token = *old_token;
  if (new_token) verification.new_token = *new_token;
  if (!new_token) {
    verification.problem = "no token from the new endpoint: " + new_token.error().message;
  } else if (!old_token) {
    verification.problem = "no token from the old endpoint: " + old_token.error().message;
  } else {
    verification.problem = Compare(*old_token, *new_token);
  }
  return verification;
}

}  // namespace openimds::migrate
