// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace openimds::templates {

// Which resource needs which, by key. Two that name each other cannot both wait: the second wish is
// refused.
class NeedGraph {
 public:
  // False, and nothing is kept, if `to` needs `from` already.
  bool Add(const std::string& from, const std::string& to) {
    if (Reaches(to, from)) return false;
    needs_[from].insert(to);
    return true;
  }

 private:
  bool Reaches(const std::string& from, const std::string& to) const {
    std::vector<std::string> open = {from};
    std::set<std::string> seen = {from};
    while (!open.empty()) {
      const std::string at = open.back();
      open.pop_back();
      if (at == to) return true;
      const auto needs = needs_.find(at);
      if (needs == needs_.end()) continue;
      for (const std::string& next : needs->second) {
        if (seen.insert(next).second) open.push_back(next);
      }
    }
    return false;
  }

  std::map<std::string, std::set<std::string>> needs_;
};

}  // namespace openimds::templates
