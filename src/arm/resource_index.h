// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace openimds::templates {

// The ways in which a template names its resources: by id, `type/name`, name, symbolic name or the
// name of a copy loop; without case.
class ResourceIndex {
 public:
  // `loop` and `symbol` may be empty.
  void Add(std::size_t number, std::string_view id, std::string_view type, std::string_view name,
           std::string_view symbol, std::string_view loop);

  // Those that a reference stands for: one, or all turns of a loop; empty if none.
  std::vector<std::size_t> Find(std::string_view reference) const;

 private:
  std::unordered_map<std::string, std::vector<std::size_t>> numbers_;
};

}  // namespace openimds::templates
