// SPDX-License-Identifier: Apache-2.0
#include "broker/flat_answer.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/json/serialize.hpp>

#include "base/reasons.h"

namespace openimds {

std::string JsonQuoted(std::string_view text) {
  return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

http::Response RenderTokenText(const std::shared_ptr<const CachedToken>& token,
                               const TokenText& text, Time now) {
  http::PreparedBody body;
  body.owner = token;
  body.before = text.before.RevealSecret();
  body.after = text.after;
  const std::int64_t left = ToUnixSeconds(token->token().expires_on) - ToUnixSeconds(now);
  const auto end = std::to_chars(body.digits.begin(), body.digits.end(), left).ptr;
  body.digit_count = static_cast<std::size_t>(end - body.digits.begin());
  http::Response response;
  response.body = std::move(body);
  return response;
}

http::Response RenderFlatError(int status, std::string_view code, std::string_view description) {
  return http::Response::Json(status, "{\"error\":" + JsonQuoted(code) + ",\"error_description\":" +
                                          JsonQuoted(description) + "}");
}

http::Response AskLater(http::Response response, std::chrono::seconds after) {
  const auto seconds = std::max<std::int64_t>(1, after.count());
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

std::string DescribeInAzuresWords(const Error& error) {
  if (error.reason == reasons::kIdentityNotFound || error.reason == reasons::kUnknownMachine) {
    return "Identity not found";
  }
  if (error.reason == reasons::kIdentityAmbiguous) {
    return "Multiple user assigned identities exist, please specify the clientId / resourceId of "
           "the identity in the token request";
  }
  // What is wrong with a file or a token on this host is the operator's business: the log has it.
  if (error.reason.starts_with("credential.")) return std::string(kUpstreamFailedText);
  return error.message;
}

std::string_view RefusalCode(const Error& error) {
  if (!error.code.empty()) return error.code;
  return error.reason == reasons::kAudienceUnknown ? "invalid_resource" : "invalid_request";
}

}  // namespace openimds
