// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <utility>

#include "base/guarded.h"
#include "store/store.h"

namespace openimds {

// A store that forgets everything when it is destroyed: for tests, and for a service that shall
// leave nothing behind.
class MemoryStore final : public Store {
 public:
  Result<std::int64_t> Apply(const std::vector<Change>& batch) override;
  Result<std::vector<Record>> ReadAll() override;
  Result<std::int64_t> Revision() override;

 private:
  struct Contents {
    std::map<std::pair<std::string, std::string>, Record> records;  // by kind and key
    std::int64_t revision = 0;
  };

  Guarded<Contents> contents_;
};

}  // namespace openimds
