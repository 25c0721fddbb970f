// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/operator_access.h"

#include <utility>

#include "arm/value.h"
#include "base/reasons.h"
#include "frontends/arm/perform.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

constexpr std::string_view kVersion = "2022-09-01";

// `message: detail; detail`
std::string WordsOf(const json::object& error) {
  std::string words(templates::TextMember(error, "message"));
  const json::value* details = error.if_contains("details");
  if (!details || !details->is_array()) return words;
  std::string_view separator = " ";
  for (const json::value& detail : details->get_array()) {
    if (!detail.is_object()) continue;
    words.append(separator).append(templates::TextMember(detail.get_object(), "message"));
    separator = "; ";
  }
  return words;
}

}  // namespace

Result<json::value> OperatorAccess::Ask(std::string_view method, std::string_view path,
                                        std::string text, std::string_view caller) const {
  Call by;
  by.base_url = "https://localhost";
  by.peer = caller;
  Call call = CallOn(by, method, path, kVersion);
  call.text = std::move(text);
  TRY(Answer answer, Perform(at_, &call));
  if (answer.status < 400) return std::move(answer.body);
  const json::object* error = templates::FindObject(answer.body.as_object(), "error");
  return Refuse(ErrorKind::kConflict, reasons::kDeploymentFailed, "DeploymentFailed",
                error ? WordsOf(*error) : "the deployment failed");
}

}  // namespace openimds::arm
