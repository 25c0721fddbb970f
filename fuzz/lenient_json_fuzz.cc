// SPDX-License-Identifier: Apache-2.0
// The lenient reader: what is taken is taken again when it is written strictly, as the same value.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/json/serialize.hpp>

#include "arm/lenient_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 65'536) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = openimds::templates::ReadLenientJson(text);
  if (!value) {
    if (value.error().message.substr(0, 5) != "line ") std::abort();
    return 0;
  }
  if (!openimds::templates::FindInText(text, "")) std::abort();
  const std::string strict = boost::json::serialize(*value);
  const auto again = openimds::templates::ReadLenientJson(strict);
  if (!again || boost::json::serialize(*again) != strict) std::abort();
  return 0;
}
