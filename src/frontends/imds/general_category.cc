// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/general_category.h"

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/imds/api_version.h"
#include "frontends/imds/instance_response.h"
#include "http/caller_guard.h"

namespace openimds::imds {

std::optional<http::Response> RefuseBeforeQuestion(const http::Request& request, const Door& door) {
  auto caller = http::CheckDirectCaller(request);
  if (caller) caller = http::CheckMetadataHeader(request);
  if (!caller) return RenderInstanceError(caller.error());
  if (door.fault != FaultProfile::kNone) return RenderInstanceFault(door.fault);
  return std::nullopt;
}

Result<std::size_t> ParseVersionFrom(std::string_view since, const http::Form& form) {
  TRY(const std::size_t version, ParseApiVersion(form));
  if (ApiVersions()[version] >= since) return version;
  return Fail(ErrorKind::kInvalidRequest, reasons::kApiVersionUnknown,
              "expected an api-version that has this category");
}

Result<void> CheckJsonFormat(const http::Form& form) {
  const auto format = form.Find("format");
  if (!format || EqualsIgnoringCase(*format, "json")) return {};
  return Fail(ErrorKind::kInvalidRequest, reasons::kFormatInvalid,
              "Query variable 'format' must be 'json': there is no other form");
}

}  // namespace openimds::imds
