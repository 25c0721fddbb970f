// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/instance_request.h"

#include <algorithm>

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/imds/general_category.h"
#include "http/form.h"
#include "model/instance_fields.h"

namespace openimds::imds {
namespace {

using Format = InstanceQuestion::Format;

Result<Format> ParseFormat(const http::Form& form) {
  const auto format = form.Find("format");
  if (!format) return Format::kUnsaid;
  if (EqualsIgnoringCase(*format, "json")) return Format::kJson;
  if (EqualsIgnoringCase(*format, "text")) return Format::kText;
  return Fail(ErrorKind::kInvalidRequest, reasons::kFormatInvalid,
              "Query variable 'format' must be 'json' or 'text'");
}

Result<std::vector<std::string_view>> ParsePath(std::string_view tail) {
  if (tail.ends_with('/')) tail.remove_suffix(1);
  std::vector<std::string_view> path;
  while (!tail.empty()) {
    tail.remove_prefix(1);  // the slash
    const std::size_t end = std::min(tail.find('/'), tail.size());
    path.push_back(tail.substr(0, end));
    tail.remove_prefix(end);
    if (!path.back().empty()) continue;
    return Fail(ErrorKind::kNotFound, reasons::kNoSuchElement, "expected no empty segment");
  }
  return path;
}

}  // namespace

Result<InstanceQuestion> ParseInstanceRequest(std::string_view tail, std::string_view query) {
  http::Form form;
  TRY_VOID(form.Add(query));
  TRY(const std::size_t version, ParseVersionFrom(InstanceRoot().since, form));
  TRY(const Format format, ParseFormat(form));
  TRY(auto path, ParsePath(tail));
  return InstanceQuestion{version, format, std::move(path)};
}

}  // namespace openimds::imds
