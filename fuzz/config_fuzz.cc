// SPDX-License-Identifier: Apache-2.0
// The configuration: whatever stands in the file, it is taken whole or refused with a place.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "app/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 8192) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = openimds::ParseConfig(text, "fuzzed");
  if (config) {
    if (config->listeners.empty()) std::abort();
  } else if (config.error().message.substr(0, 6) != "fuzzed") {
    std::abort();
  }
  return 0;
}
