// SPDX-License-Identifier: Apache-2.0
#include "http/caller_guard.h"

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::http {

namespace {

// Node's own `fetch` sends `Sec-Fetch-Mode: cors` and nothing else of the family, so MSAL for Node
// does; a browser sends `Sec-Fetch-Site` and `-Dest` with it, always.
bool IsFromBrowser(const Header& header) {
  if (EqualsIgnoringCase(header.name, "Origin")) return true;
  if (!StartsWithIgnoringCase(header.name, "Sec-Fetch-")) return false;
  return !(EqualsIgnoringCase(header.name, "Sec-Fetch-Mode") && header.value == "cors");
}

}  // namespace

Result<void> CheckDirectCaller(const Request& request) {
  for (const Header& header : request.headers) {
    if (EqualsIgnoringCase(header.name, "X-Forwarded-For")) {
      return Fail(ErrorKind::kInvalidRequest, reasons::kForwarded,
                  "X-Forwarded-For header is not allowed");
    }
    if (IsFromBrowser(header)) {
      return Fail(ErrorKind::kInvalidRequest, reasons::kBrowser,
                  "requests from a browser are not allowed");
    }
  }
  return {};
}

Result<void> CheckMetadataHeader(const Request& request) {
  const auto value = request.FindHeader("Metadata");
  if (value && EqualsIgnoringCase(*value, "true") && request.CountHeader("Metadata") == 1)
    return {};
  return Fail(ErrorKind::kInvalidRequest, reasons::kMetadataHeader,
              "Required metadata header not specified");
}

}  // namespace openimds::http
