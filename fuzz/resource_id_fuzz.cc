// SPDX-License-Identifier: Apache-2.0
// Resource ids: what is taken is taken again from its own text and key, with the same parts.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/resource_id.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto id = openimds::ResourceId::Parse(text);
  if (!id) return 0;
  if (id->text() != text) std::abort();
  const auto again = openimds::ResourceId::Parse(id->key());
  if (!again || !(*again == *id) || again->name().size() != id->name().size()) std::abort();
  if (!id->resource_group().empty()) {
    const auto group = openimds::ResourceId::Parse(id->ResourceGroupId().text());
    if (!group || group->resource_group() != id->resource_group()) std::abort();
  }
  return 0;
}
