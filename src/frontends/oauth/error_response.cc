// SPDX-License-Identifier: Apache-2.0
#include "frontends/oauth/error_response.h"

#include <time.h>

#include <string>

#include "base/guid.h"
#include "base/text.h"
#include "broker/flat_answer.h"

namespace openimds::oauth {
namespace {

// Entra's error object: the description repeats the ids and the time behind line breaks.
http::Response RenderEntraError(int status, std::string_view error, int code,
                                std::string_view message) {
  std::string timestamp = FormatIsoTime(time(nullptr));
  timestamp[timestamp.find('T')] = ' ';
  const std::string trace = Guid::Random().ToString();
  const std::string correlation = Guid::Random().ToString();
  const std::string description = "AADSTS" + std::to_string(code) + ": " + std::string(message) +
                                  " Trace ID: " + trace + " Correlation ID: " + correlation +
                                  " Timestamp: " + timestamp;
  return http::Response::Json(
      status, "{\"error\":" + JsonQuoted(error) +
                  ",\"error_description\":" + JsonQuoted(description) + ",\"error_codes\":[" +
                  std::to_string(code) + "],\"timestamp\":" + JsonQuoted(timestamp) +
                  ",\"trace_id\":\"" + trace + "\",\"correlation_id\":\"" + correlation + "\"}");
}

}  // namespace

http::Response RenderUnknownTenant(std::string_view tenant) {
  return RenderEntraError(400, "invalid_request", 90002,
                          "Tenant '" + std::string(tenant.substr(0, 100)) +
                              "' not found. Check to make sure you have the correct tenant ID.");
}

http::Response RenderRefusal(int status, const Error& error, const http::Request*) {
  return RenderFlatError(status, status == 404 ? "not_found" : "invalid_request", error.message);
}

}  // namespace openimds::oauth
