// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/api_version.h"

#include <algorithm>
#include <array>

#include "base/reasons.h"

namespace openimds::imds {
namespace {

constexpr std::array<std::string_view, 35> kVersions = {
    "2017-03-01", "2017-04-02", "2017-08-01", "2017-10-01", "2017-12-01", "2018-02-01",
    "2018-04-02", "2018-10-01", "2019-02-01", "2019-03-11", "2019-04-30", "2019-06-01",
    "2019-06-04", "2019-08-01", "2019-08-15", "2019-11-01", "2020-06-01", "2020-07-15",
    "2020-09-01", "2020-10-01", "2020-12-01", "2021-01-01", "2021-02-01", "2021-03-01",
    "2021-05-01", "2021-08-01", "2021-10-01", "2021-11-01", "2021-11-15", "2021-12-13",
    "2023-07-01", "2023-11-15", "2024-03-15", "2024-07-17", "2025-04-07"};

}  // namespace

std::span<const std::string_view> ApiVersions() { return kVersions; }

Result<void> CheckApiVersion(const http::Form& form) {
  TRY_VOID(ParseApiVersion(form));
  return {};
}

Result<std::size_t> ParseApiVersion(const http::Form& form) {
  const auto version = form.Find("api-version");
  if (!version || version->empty()) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kApiVersionMissing,
                "Required query variable 'api-version' is missing");
  }
  const auto found = std::lower_bound(kVersions.begin(), kVersions.end(), *version);
  if (found == kVersions.end() || *found != *version) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kApiVersionUnknown,
                "expected a listed api-version");
  }
  return static_cast<std::size_t>(found - kVersions.begin());
}

std::string_view UnknownVersionBody() {
  static const std::string body = UnknownVersionBody(kVersions);
  return body;
}

std::string UnknownVersionBody(std::span<const std::string_view> versions) {
  std::string text =
      R"({"error":"Bad request. api-version is invalid or was not specified in the request. )"
      R"(For more information refer to aka.ms/azureimds","newest-versions":[)";
  for (int i = 0; i < 3; ++i) {
    text.append(i == 0 ? "\"" : ",\"").append(*(versions.rbegin() + i)).append("\"");
  }
  return text + "]}";
}

}  // namespace openimds::imds
