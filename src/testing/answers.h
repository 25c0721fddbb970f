// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "http/response.h"

namespace openimds {

// A response's body as it goes over the wire.
inline std::string BodyOf(const http::Response& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return *text;
  const auto& prepared = std::get<http::PreparedBody>(response.body);
  return std::string(prepared.before) + std::string(prepared.digits.data(), prepared.digit_count) +
         std::string(prepared.after);
}

}  // namespace openimds
