// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/form.h"

namespace openimds::imds {

// Every api-version that IMDS lists, oldest first (protocol.md A.2).
std::span<const std::string_view> ApiVersions();

// `api-version` of a request to the identity category: any listed date. Fails with
// kApiVersionMissing or kApiVersionUnknown.
Result<void> CheckApiVersion(const http::Form& form);

// The version that a request to any category names, as its index in ApiVersions(). Fails as above.
Result<std::size_t> ParseApiVersion(const http::Form& form);

// What IMDS answers to a version it does not know, with the three newest (protocol.md E.2).
std::string_view UnknownVersionBody();
// The same for a category with versions of its own, which are given oldest first, three at least.
std::string UnknownVersionBody(std::span<const std::string_view> versions);

}  // namespace openimds::imds
