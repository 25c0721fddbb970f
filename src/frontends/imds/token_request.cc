// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/token_request.h"

#include "base/reasons.h"
#include "frontends/imds/api_version.h"

namespace openimds::imds {

Result<TokenQuestion> ParseTokenRequest(std::string_view query) {
  http::Form form;
  TRY_VOID(form.Add(query));
  TRY_VOID(CheckApiVersion(form));
  TokenQuestion question;
  TRY(question.resource, ParseResource(form));
  TRY(question.selector, ParseSelector(form, EmptySelector::kRefused));
  if (const auto bypass = form.Find("bypass_cache")) {
    if (*bypass != "true") {
      return Fail(ErrorKind::kInvalidRequest, reasons::kBypassCacheInvalid,
                  "Query variable 'bypass_cache' must be 'true' if it is present");
    }
    question.bypass_cache = true;
  }
  return question;
}

}  // namespace openimds::imds
