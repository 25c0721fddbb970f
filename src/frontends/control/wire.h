// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

// How a refusal travels over the control socket: a status for its kind, and
// `{"error":{"code":"<reason>","message":"…"}}`. Both ends use these. Pure.
namespace openimds::control {

inline constexpr std::string_view kOperationsPath = "/v1/operations/";

std::string RenderError(const Error& error);

// The refusal that a status and a body stand for; kUnavailable if they are not of this protocol.
Error ReadError(int status, std::string_view body);

}  // namespace openimds::control
