// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "broker/token_question.h"

namespace openimds::vm_extension {

// The parameters of `/oauth2/token`, from the query and (for POST) the form together; the same name
// in both is a duplicate (protocol.md B.2, B.7, B.8). api-version, authority and grant_type are
// ignored, empty selectors are absent. Two bugs of real clients are served: fields joined by a
// comma (Ruby's ms_rest_azure) and a body in quotation marks (nodeauth 0.8). Pure.
Result<TokenQuestion> ParseTokenRequest(std::string_view query, std::string_view body);

}  // namespace openimds::vm_extension
