// SPDX-License-Identifier: Apache-2.0
// The query of an IMDS token request: what is taken is a resource of visible ASCII within its
// limit.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "frontends/imds/token_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view query(reinterpret_cast<const char*>(data), size);
  const auto question = openimds::imds::ParseTokenRequest(query);
  if (!question) {
    if (question.error().message.empty() || question.error().reason.empty()) std::abort();
    return 0;
  }
  const auto visible = [](char c) { return c > ' ' && c <= '~'; };
  const std::string& resource = question->resource;
  if (resource.empty() || resource.size() > 2048) std::abort();
  if (!std::all_of(resource.begin(), resource.end(), visible)) std::abort();
  return 0;
}
