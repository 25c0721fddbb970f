// SPDX-License-Identifier: Apache-2.0
#include "credentials/token_reply.h"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

#include "base/guid.h"
#include "base/reasons.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/json_object.h"

namespace openimds {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDescriptionBytes = 2048;
constexpr std::size_t kMaxTokenBytes = 64 * 1024;
constexpr std::int64_t kMaxLifetime = 7 * 24 * 3600;

tl::unexpected<Error> Nonsense(std::string message) {
  return Fail(ErrorKind::kUnavailable, reasons::kUpstreamNonsense, std::move(message));
}

bool IsJson(std::string_view content_type) {
  const std::string_view type = TrimSpace(content_type.substr(0, content_type.find(';')));
  return EqualsIgnoringCase(type, "application/json");
}

// A whole number, which v1 endpoints write as a string.
std::optional<std::int64_t> FindNumber(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  if (value->is_uint64()) return std::nullopt;
  const auto number = ParseDecimal(TextOf(object, name));
  if (!number || *number > INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

// Only what can be shown on one or several lines; an authority's words go to logs and callers.
std::string Shown(std::string_view text) {
  std::string shown(text.substr(0, kMaxDescriptionBytes));
  std::replace_if(
      shown.begin(), shown.end(),
      [](char c) { return (c < ' ' && c != '\r' && c != '\n') || c == '\x7f'; }, ' ');
  return shown;
}

bool IsErrorCode(std::string_view code) {
  return !code.empty() && code.size() <= 64 && std::all_of(code.begin(), code.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
  });
}

tl::unexpected<Error> Refused(const TokenReply& reply, std::string_view code,
                              std::string_view description) {
  if (code == "temporarily_unavailable" || code == "server_error") {
    return Fail(ErrorKind::kUnavailable, reasons::kUpstreamTrouble,
                "the authority is in trouble: " + Shown(description),
                reply.retry_after.value_or(std::chrono::seconds{0}));
  }
  Error error{reply.status == 401 ? ErrorKind::kUnauthorized : ErrorKind::kInvalidRequest,
              reasons::kUpstreamRefused,
              description.empty() ? "the authority refused with the error " + std::string(code)
                                  : Shown(description)};
  error.code = std::string(code);
  return tl::unexpected<Error>(std::move(error));
}

Result<AccessToken> ReadFailure(const TokenReply& reply) {
  const std::string status = std::to_string(reply.status);
  const auto later = reply.retry_after.value_or(std::chrono::seconds{0});
  if (reply.status == 429) {
    return Fail(ErrorKind::kThrottled, reasons::kUpstreamThrottled,
                "the authority says that there are too many requests",
                std::max(later, std::chrono::seconds{1}));
  }
  if (reply.status >= 500) {
    return Fail(ErrorKind::kUnavailable, reasons::kUpstreamTrouble,
                "the authority answered with status " + status, later);
  }
  if (reply.status >= 400 && IsJson(reply.content_type)) {
    const auto body = ParseJsonObject(reply.body);
    const std::string_view code = body ? TextOf(*body, "error") : std::string_view();
    if (IsErrorCode(code)) return Refused(reply, code, TextOf(*body, "error_description"));
  }
  return Nonsense("expected a token or an OAuth error from the authority, got status " + status);
}

// The claims of a token that looks like a JWT; nobody's signature is checked, that is the relying
// party's business.
std::optional<json::object> PeekClaims(std::string_view token) {
  const auto parts = Split(token, '.');
  std::string text;
  if (parts.size() != 3 || !Base64UrlDecode(parts[1], &text)) return std::nullopt;
  auto claims = ParseJsonObject(text);
  if (!claims) return std::nullopt;
  return *std::move(claims);
}

std::string_view WithoutSlash(std::string_view text) {
  return text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
}

// Entra puts an application's id, or its URI with or without the slash, into `aud`.
bool IsAudience(std::string_view audience, std::string_view resource) {
  return EqualsIgnoringCase(WithoutSlash(audience), WithoutSlash(resource)) ||
         Guid::Parse(audience).has_value();
}

bool NamesAudience(const json::value& aud, std::string_view resource) {
  if (aud.is_string()) return IsAudience(aud.get_string(), resource);
  const json::array* list = aud.if_array();
  return list != nullptr && std::any_of(list->begin(), list->end(), [&](const json::value& one) {
           return one.is_string() && IsAudience(one.get_string(), resource);
         });
}

Result<void> CheckToken(std::string_view token) {
  const bool visible = std::all_of(token.begin(), token.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != '\\';
  });
  if (!token.empty() && token.size() <= kMaxTokenBytes && visible) return {};
  return Nonsense("expected an access_token of 1 to 65,536 visible characters from the authority");
}

}  // namespace

Result<AccessToken> ReadTokenReply(const TokenReply& reply, const ReplyExpectation& expected) {
  if (reply.status != 200) return ReadFailure(reply);
  if (!IsJson(reply.content_type)) {
    return Nonsense("expected JSON from the authority, got another type of content");
  }
  const auto body = ParseJsonObject(reply.body);
  if (!body) return Nonsense("expected a JSON object from the authority: " + body.error());
  const std::string_view token = TextOf(*body, "access_token");
  TRY_VOID(CheckToken(token));
  if (!EqualsIgnoringCase(TextOf(*body, "token_type"), "Bearer")) {
    return Nonsense("expected a token of type Bearer from the authority, got another type");
  }
  const auto lifetime = FindNumber(*body, "expires_in");
  if (!lifetime || *lifetime <= 0 || *lifetime > kMaxLifetime) {
    return Nonsense("expected expires_in as seconds of at most a week from the authority");
  }

  const std::int64_t now = ToUnixSeconds(expected.now);
  std::int64_t expires_on = now + *lifetime;
  std::int64_t not_before = now;
  if (const auto claims = PeekClaims(token)) {
    if (const auto exp = FindNumber(*claims, "exp")) expires_on = std::min(expires_on, *exp);
    const auto nbf = FindNumber(*claims, "nbf");
    if (nbf && TimeFromNumber(*nbf)) not_before = *nbf;
    const json::value* aud = claims->if_contains("aud");
    if (expected.check_audience && aud && !NamesAudience(*aud, expected.resource)) {
      return Nonsense("expected a token for the audience that was asked for, got one for another");
    }
  }
  if (expires_on <= now) return Nonsense("the authority gave a token that has expired already");
  return AccessToken{Secret(std::string(token)), FromUnixSeconds(not_before),
                     FromUnixSeconds(expires_on)};
}

}  // namespace openimds
