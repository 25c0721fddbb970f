// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace openimds::oauth {

// Entra's AADSTS90002: 400 `invalid_request` (protocol.md F.3).
http::Response RenderUnknownTenant(std::string_view tenant);

// A client that gets no token, in Entra's shape, with Entra's status, error and number for the
// reason (the table is in the source, and in docs/protocols/authority.md for people).
http::Response RenderTokenRefusal(const Error& error);

// Before any handler: no such path, another method, bytes that were no request.
http::Response RenderRefusal(int status, const Error& error, const http::Request* request);

}  // namespace openimds::oauth
