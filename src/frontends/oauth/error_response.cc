// SPDX-License-Identifier: Apache-2.0
#include "frontends/oauth/error_response.h"

#include <time.h>

#include <string>

#include "base/guid.h"
#include "base/reasons.h"
#include "base/text.h"
#include "broker/flat_answer.h"

namespace openimds::oauth {
namespace {

// How Entra says it.
struct EntraError {
  std::string_view reason;
  int status;
  std::string_view error;
  int code;
};

constexpr EntraError kEntraErrors[] = {
    {reasons::kClientUnknown, 400, "unauthorized_client", 700016},
    {reasons::kClientProofMissing, 401, "invalid_client", 7000218},
    {reasons::kClientProofTwice, 400, "invalid_request", 90014},
    {reasons::kClientSecretInvalid, 401, "invalid_client", 7000215},
    {reasons::kClientSecretExpired, 401, "invalid_client", 7000222},
    {reasons::kAssertionType, 400, "invalid_request", 900144},
    {reasons::kAssertionMalformed, 400, "invalid_request", 50027},
    {reasons::kAssertionSubject, 401, "invalid_client", 700021},
    {reasons::kAssertionAudience, 401, "invalid_client", 700023},
    {reasons::kAssertionTime, 401, "invalid_client", 700024},
    {reasons::kAssertionKey, 401, "invalid_client", 700027},
    {reasons::kAssertionReplayed, 401, "invalid_client", 50013},
    {reasons::kFederationIssuer, 401, "invalid_client", 700211},
    {reasons::kFederationAudience, 401, "invalid_client", 700212},
    {reasons::kFederationSubject, 401, "invalid_client", 700213},
    {reasons::kFederationKeys, 503, "temporarily_unavailable", 50166},
    {reasons::kParameterMissing, 400, "invalid_request", 900144},
    {reasons::kParameterTwice, 400, "invalid_request", 90014},
    {reasons::kMalformedQuery, 400, "invalid_request", 90014},
    {reasons::kGrantTypeUnsupported, 400, "unsupported_grant_type", 70003},
    {reasons::kScopeInvalid, 400, "invalid_scope", 70011},
    {reasons::kResourceInvalid, 400, "invalid_resource", 50001},
    {reasons::kAudienceUnknown, 400, "invalid_resource", 500011},
    {reasons::kBusy, 503, "temporarily_unavailable", 90033},
};

// Entra's error object: the description repeats the ids and the time behind line breaks.
http::Response RenderEntraError(const EntraError& entra, std::string_view message) {
  std::string timestamp = FormatIsoTime(time(nullptr));
  timestamp[timestamp.find('T')] = ' ';
  const std::string trace = Guid::Random().ToString();
  const std::string correlation = Guid::Random().ToString();
  const std::string code = std::to_string(entra.code);
  const std::string description =
      message.starts_with("AADSTS")
          ? std::string(message)
          : "AADSTS" + code + ": " + std::string(message) + "\r\nTrace ID: " + trace +
                "\r\nCorrelation ID: " + correlation + "\r\nTimestamp: " + timestamp;
  http::Response response = http::Response::Json(
      entra.status, "{\"error\":" + JsonQuoted(entra.error) +
                        ",\"error_description\":" + JsonQuoted(description) + ",\"error_codes\":[" +
                        code + "],\"timestamp\":" + JsonQuoted(timestamp) + ",\"trace_id\":\"" +
                        trace + "\",\"correlation_id\":\"" + correlation + "\"}");
  response.headers = {{"Cache-Control", "no-store, no-cache"}, {"Pragma", "no-cache"}};
  if (entra.status == 401) {
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"OpenIMDS\"");
  }
  return response;
}

}  // namespace

http::Response RenderUnknownTenant(std::string_view tenant) {
  return RenderEntraError({reasons::kTenantUnknown, 400, "invalid_request", 90002},
                          "Tenant '" + std::string(tenant.substr(0, 100)) +
                              "' not found. Check to make sure you have the correct tenant ID.");
}

http::Response RenderTokenRefusal(const Error& error) {
  EntraError found{error.reason, 500, "server_error", 50000};
  for (const EntraError& entra : kEntraErrors) {
    if (entra.reason == error.reason) found = entra;
  }
  http::Response response = RenderEntraError(
      found, found.status == 500 ? "There was an error issuing a token." : error.message);
  if (found.status == 503) return AskLater(std::move(response), error.retry_after);
  return response;
}

http::Response RenderRefusal(int status, const Error& error, const http::Request*) {
  return RenderFlatError(status, status == 404 ? "not_found" : "invalid_request", error.message);
}

}  // namespace openimds::oauth
