// SPDX-License-Identifier: Apache-2.0
#include "authority/claims.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/guid.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace openimds {
namespace {

constexpr std::size_t kAioBytes = 23;
constexpr std::size_t kRhBytes = 39;
constexpr std::size_t kUtiBytes = 16;

// Room for a token with long names in it, so that the text never moves while it grows.
constexpr std::size_t kUsualBytes = 1536;

bool NeedsEscape(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

// Writes one JSON object straight into its text. A mint has one signature's worth of time and five
// per cent of that for all else; a tree of JSON values would take a third of those.
class ClaimWriter {
 public:
  ClaimWriter() { text_.reserve(kUsualBytes); }

  void Add(std::string_view name, std::string_view value) {
    Begin(name);
    text_.push_back('"');
    if (std::none_of(value.begin(), value.end(), NeedsEscape)) {
      text_.append(value);
    } else {
      AppendEscaped(value);
    }
    text_.push_back('"');
  }

  void Add(std::string_view name, const Guid& value) {
    char text[Guid::kTextSize];
    value.Write(text);
    Add(name, std::string_view(text, sizeof text));
  }

  void Add(std::string_view name, Time value) {
    Begin(name);
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, ToUnixSeconds(value)).ptr;
    text_.append(digits, end);
  }

  std::string Finish() && {
    text_.push_back('}');
    return std::move(text_);
  }

 private:
  void Begin(std::string_view name) {
    text_.append(text_.empty() ? "{\"" : ",\"").append(name).append("\":");
  }

  void AppendEscaped(std::string_view value) {
    for (const char c : value) {
      if (!NeedsEscape(c)) {
        text_.push_back(c);
      } else if (c == '"' || c == '\\') {
        text_.append({'\\', c});
      } else {
        text_.append("\\u00").append(LowerHex({&c, 1}));
      }
    }
  }

  std::string text_;
};

// Tokens spell this one segment in lower case, whatever the resource id has.
std::string WithLowerCaseResourceGroups(const ResourceId& id) {
  constexpr std::string_view kSegment = "resourcegroups";
  std::string text = id.text();
  const std::string_view group = id.resource_group();
  if (group.empty()) return text;
  const auto group_at = static_cast<std::size_t>(group.data() - id.text().data());
  return text.replace(group_at - 1 - kSegment.size(), kSegment.size(), kSegment);
}

// Azure puts xms_mirid into tokens for its own services only. A custom app registration is asked
// for by its App ID, which is a GUID, or by an `api://` URI.
bool IsCustomAudience(std::string_view resource) {
  return Guid::Parse(resource).has_value() || StartsWithIgnoringCase(resource, "api://");
}

}  // namespace

std::string RenderClaims(const TokenRequest& request, std::string_view issuer, Time not_before,
                         Time expires_on, std::string_view appidacr) {
  const Identity& identity = *request.identity;
  const std::string random = RandomBytes(kAioBytes + kRhBytes + kUtiBytes);
  const std::string_view bytes = random;

  ClaimWriter claims;
  claims.Add("aud", request.resource);
  claims.Add("iss", issuer);
  claims.Add("iat", not_before);
  claims.Add("nbf", not_before);
  claims.Add("exp", expires_on);
  claims.Add("aio", Base64Encode(bytes.substr(0, kAioBytes)));
  claims.Add("appid", identity.client_id);
  claims.Add("appidacr", appidacr);
  claims.Add("idp", issuer);
  claims.Add("idtyp", "app");
  claims.Add("oid", identity.principal_id);
  claims.Add("rh", "1." + Base64UrlEncode(bytes.substr(kAioBytes, kRhBytes)) + ".");
  claims.Add("sub", identity.principal_id);
  claims.Add("tid", identity.tenant_id);
  claims.Add("uti", Base64UrlEncode(bytes.substr(kAioBytes + kRhBytes)));
  claims.Add("ver", "1.0");
  const bool managed = identity.kind != IdentityKind::kAdministrator;
  if (managed && !IsCustomAudience(request.resource)) {
    claims.Add("xms_mirid", WithLowerCaseResourceGroups(identity.id));
  }
  if (identity.kind == IdentityKind::kUserAssigned && request.machine) {
    claims.Add("xms_az_rid", WithLowerCaseResourceGroups(request.machine->id));
  }
  return std::move(claims).Finish();
}

std::string RenderAssertionClaims(std::string_view issuer, std::string_view subject,
                                  std::string_view audience, Time now, Time expires_on) {
  ClaimWriter claims;
  claims.Add("aud", audience);
  claims.Add("iss", issuer);
  claims.Add("sub", subject);
  claims.Add("iat", now);
  claims.Add("nbf", now);
  claims.Add("exp", expires_on);
  claims.Add("jti", Guid::Random());
  return std::move(claims).Finish();
}

}  // namespace openimds
