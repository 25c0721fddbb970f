// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace openimds::oauth {

// Entra's AADSTS90002: 400 `invalid_request` (protocol.md F.3).
http::Response RenderUnknownTenant(std::string_view tenant);

// Before any handler: no such path, another method, bytes that were no request.
http::Response RenderRefusal(int status, const Error& error, const http::Request* request);

}  // namespace openimds::oauth
