// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "broker/token_broker.h"
#include "http/form.h"
#include "http/request.h"
#include "http/response.h"

// What all categories of IMDS but identity have in common.
namespace openimds::imds {

// The refusal that comes before any question, in the order of the token endpoint: who asks, then
// what this front end pretends. Nothing if the request may go on.
std::optional<http::Response> RefuseBeforeQuestion(const http::Request& request, const Door& door);

// The api-version, as its index in ApiVersions(). One that is older than the category is refused as
// if it were not listed: kApiVersionUnknown. Else fails as ParseApiVersion.
Result<std::size_t> ParseVersionFrom(std::string_view since, const http::Form& form);

// For categories that have no text form: `format`, if it is there, is `json`. Fails with
// kFormatInvalid.
Result<void> CheckJsonFormat(const http::Form& form);

}  // namespace openimds::imds
