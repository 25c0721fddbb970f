// SPDX-License-Identifier: Apache-2.0
#include "frontends/vm_extension/token_request.h"

#include <array>
#include <string>

#include "base/text.h"

namespace openimds::vm_extension {
namespace {

constexpr std::array<std::string_view, 7> kNames = {
    "resource=",  "client_id=", "object_id=", "msi_res_id=",
    "mi_res_id=", "authority=", "grant_type="};

bool BeginsField(std::string_view text) {
  for (const std::string_view name : kNames) {
    if (text.substr(0, name.size()) == name) return true;
  }
  return false;
}

// A comma is part of a value unless a field that we know begins behind it.
std::string SplitAtCommas(std::string_view body) {
  std::string form(body);
  for (size_t at = form.find(','); at != std::string::npos; at = form.find(',', at + 1)) {
    if (BeginsField(std::string_view(form).substr(at + 1))) form[at] = '&';
  }
  return form;
}

std::string_view Unquote(std::string_view body) {
  const bool quoted = body.size() >= 2 && body.front() == '"' && body.back() == '"';
  return quoted ? body.substr(1, body.size() - 2) : body;
}

}  // namespace

Result<TokenQuestion> ParseTokenRequest(std::string_view query, std::string_view body) {
  const std::string fields = SplitAtCommas(Unquote(body));
  http::Form form;
  TRY_VOID(form.Add(query));
  TRY_VOID(form.Add(fields));
  TokenQuestion question;
  TRY(question.resource, ParseResource(form));
  TRY(question.selector, ParseSelector(form, EmptySelector::kAbsent));
  return question;
}

}  // namespace openimds::vm_extension
