// SPDX-License-Identifier: Apache-2.0
#include "extension/bridge_translation.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json/object.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"

namespace openimds::extension {
namespace {

namespace json = boost::json;

constexpr std::string_view kPath = "/metadata/identity/oauth2/token?api-version=2018-02-01";
constexpr std::size_t kMaxTokenBytes = 64 * 1024;
constexpr std::size_t kMaxDescription = 2048;
// What Azure's own documentation tells clients to wait while IMDS is being updated is more; a
// client of the old endpoint need not be told that there is another one behind it.
constexpr std::chrono::seconds kUpdatePause{5};

void Add(std::string* target, std::string_view name, const std::optional<std::string>& value) {
  if (!value) return;
  target->append("&").append(name).append("=").append(EncodeFormComponent(*value));
}

tl::unexpected<Error> Nonsense(const std::string& what) {
  return Fail(ErrorKind::kUnavailable, reasons::kUpstreamNonsense, "IMDS: " + what);
}

// A whole number, as text or not; empty if it is none.
std::string NumberIn(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains({name.data(), name.size()});
  if (value == nullptr) return {};
  if (value->is_int64() && value->get_int64() >= 0) return std::to_string(value->get_int64());
  const std::string text(TextOf(body, name));
  return ParseDecimal(text) ? text : std::string();
}

bool IsVisible(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTokenBytes &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\'; });
}

bool IsErrorCode(std::string_view code) {
  return !code.empty() && code.size() <= 64 && std::all_of(code.begin(), code.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
  });
}

std::string Shown(std::string_view text) {
  std::string shown(text.substr(0, kMaxDescription));
  std::replace_if(
      shown.begin(), shown.end(),
      [](char c) { return (c >= 0 && c < ' ' && c != '\r' && c != '\n') || c == '\x7f'; }, ' ');
  return shown;
}

tl::unexpected<Error> Refused(const http::OutboundResponse& response) {
  const auto body = ParseJsonObject(response.body.RevealSecret());
  const std::string_view code = body ? TextOf(*body, "error") : std::string_view();
  if (!IsErrorCode(code)) {
    return Nonsense("expected a token or an error, got status " + std::to_string(response.status));
  }
  Error error{ErrorKind::kInvalidRequest, reasons::kUpstreamRefused,
              Shown(TextOf(*body, "error_description"))};
  error.code = std::string(code);
  return tl::unexpected<Error>(std::move(error));
}

tl::unexpected<Error> ReadImdsFailure(const http::OutboundResponse& response) {
  const auto later = response.retry_after.value_or(std::chrono::seconds{0});
  switch (response.status) {
    case 404:
    case 410:
      return Fail(ErrorKind::kUnavailable, reasons::kUpstreamTrouble, "IMDS is being updated",
                  std::max(later, kUpdatePause));
    case 429:
      return Fail(ErrorKind::kThrottled, reasons::kUpstreamThrottled,
                  "IMDS says that there are too many requests",
                  std::max(later, std::chrono::seconds{1}));
    default:
      break;
  }
  if (response.status >= 500) {
    return Fail(ErrorKind::kUnavailable, reasons::kUpstreamTrouble,
                "IMDS answered with status " + std::to_string(response.status), later);
  }
  return Refused(response);
}

}  // namespace

std::string ImdsTarget(const TokenQuestion& question) {
  std::string target(kPath);
  Add(&target, "resource", question.resource);
  Add(&target, "client_id", question.selector.client_id);
  Add(&target, "object_id", question.selector.object_id);
  Add(&target, "msi_res_id", question.selector.resource_id);
  return target;
}

Result<BridgedToken> ReadImdsAnswer(const http::OutboundResponse& response,
                                    std::string_view resource) {
  if (response.status != 200) return ReadImdsFailure(response);
  const auto body = ParseJsonObject(response.body.RevealSecret());
  if (!body) return Nonsense("expected a JSON object: " + body.error());
  const std::string_view value = TextOf(*body, "access_token");
  BridgedToken token{Secret(value),
                     NumberIn(*body, "expires_in"),
                     NumberIn(*body, "expires_on"),
                     NumberIn(*body, "not_before"),
                     std::string(TextOf(*body, "resource")),
                     std::string(TextOf(*body, "token_type"))};
  if (!IsVisible(value)) return Nonsense("expected an access_token of visible characters");
  if (!EqualsIgnoringCase(token.token_type, "Bearer")) return Nonsense("expected a bearer token");
  if (token.expires_in.empty() || token.expires_on.empty()) {
    return Nonsense("expected expires_in and expires_on as whole numbers");
  }
  // Azure's IMDS leaves these out at times; old clients read them.
  if (token.not_before.empty()) token.not_before = "0";
  if (token.resource.empty()) token.resource = resource;
  return token;
}

}  // namespace openimds::extension
