// SPDX-License-Identifier: Apache-2.0
// Query and form of an extension token request, divided by the first line break.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "frontends/vm_extension/token_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = std::min(text.find('\n'), text.size());
  const auto question = openimds::vm_extension::ParseTokenRequest(
      text.substr(0, cut), text.substr(std::min(cut + 1, text.size())));
  if (!question) return 0;
  if (question->resource.empty() || question->resource.size() > 2048) std::abort();
  if (question->selector.client_id && question->selector.client_id->empty()) std::abort();
  return 0;
}
