// SPDX-License-Identifier: Apache-2.0
// Queries and forms: no name twice, nothing longer than what was sent.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "http/form.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = text.find('\n');
  openimds::http::Form form;
  if (!form.Add(text.substr(0, cut))) return 0;
  if (cut != std::string_view::npos && !form.Add(text.substr(cut + 1))) return 0;
  std::size_t total = 0;
  for (const auto& one : form.all()) {
    total += one.name.size() + one.value.size();
    for (const auto& other : form.all()) {
      if (&one != &other && openimds::EqualsIgnoringCase(one.name, other.name)) std::abort();
    }
  }
  if (total > size) std::abort();
  return 0;
}
