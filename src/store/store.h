// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/reasons.h"
#include "base/result.h"

namespace openimds {

// One thing kept: `kind` and `key` name it, `body` is its JSON, `revision` is the store's revision
// at which it was last written (so it serves as an ETag).
struct Record {
  std::string kind;
  std::string key;
  std::string body;
  std::int64_t revision = 0;
};

// One step of a batch: write `body`, or delete if there is none (deleting what is not there is no
// error). `expected` is the revision that the record must have before the batch: 0 for "must not
// exist", nothing for "whatever it is".
struct Change {
  std::string kind;
  std::string key;
  std::optional<std::string> body;
  std::optional<std::int64_t> expected;
};

// What survives a restart. It knows records, not what they mean; the registry does.
//
// Every thread may call every function. A batch is applied whole or not at all, and once Apply()
// has returned a revision the batch survives `kill -9` and loss of power (where the
// implementation is durable at all: the memory store is not). The contract is
// store_contract_test.cc; every implementation passes it.
class Store {
 public:
  virtual ~Store() = default;

  // Returns the store's new revision, one above the last. Fails with reasons::kChangedMeanwhile
  // (kConflict) if an `expected` does not hold, with reasons::kStoreFailed if it cannot write;
  // nothing is changed then.
  virtual Result<std::int64_t> Apply(const std::vector<Change>& batch) = 0;

  // Everything, in order of kind and key, as of one moment.
  virtual Result<std::vector<Record>> ReadAll() = 0;

  // 0 for a store that was never written.
  virtual Result<std::int64_t> Revision() = 0;
};

// The failure of an Apply() whose `change` expected another revision than `actual`. For those who
// implement Store.
inline tl::unexpected<Error> ChangedMeanwhile(const Change& change, std::int64_t actual) {
  return Fail(ErrorKind::kConflict, reasons::kChangedMeanwhile,
              "expected " + change.kind + " '" + change.key + "' at revision " +
                  std::to_string(*change.expected) + ", found " +
                  (actual == 0 ? "none" : std::to_string(actual)));
}

}  // namespace openimds
