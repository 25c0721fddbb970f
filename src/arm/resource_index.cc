// SPDX-License-Identifier: Apache-2.0
#include "arm/resource_index.h"

#include <algorithm>
#include <set>

#include "arm/resource_path.h"
#include "base/text.h"

namespace openimds::templates {

void ResourceIndex::Add(std::size_t number, std::string_view id, std::string_view type,
                        std::string_view name, std::string_view symbol, std::string_view loop) {
  std::set<std::string> ways = {LowerAscii(id), LowerAscii(name), LowerAscii(symbol),
                                LowerAscii(loop)};
  constexpr std::size_t kPrefix = sizeof("/providers/") - 1;
  if (const auto path = ProviderPath(type, name)) ways.insert(LowerAscii(path->substr(kPrefix)));
  for (const std::string& way : ways) {
    if (!way.empty()) numbers_[way].push_back(number);
  }
}

std::vector<std::size_t> ResourceIndex::Find(std::string_view reference) const {
  const auto found = numbers_.find(LowerAscii(reference));
  return found == numbers_.end() ? std::vector<std::size_t>{} : found->second;
}

}  // namespace openimds::templates
