// SPDX-License-Identifier: Apache-2.0
#include "store/memory_store.h"

namespace openimds {

Result<std::int64_t> MemoryStore::Apply(const std::vector<Change>& batch) {
  auto contents = contents_.Lock();
  for (const Change& change : batch) {
    if (!change.expected) continue;
    const auto found = contents->records.find({change.kind, change.key});
    const std::int64_t actual = found == contents->records.end() ? 0 : found->second.revision;
    if (actual != *change.expected) return ChangedMeanwhile(change, actual);
  }
  const std::int64_t revision = ++contents->revision;
  for (const Change& change : batch) {
    if (change.body) {
      contents->records[{change.kind, change.key}] =
          Record{change.kind, change.key, *change.body, revision};
    } else {
      contents->records.erase({change.kind, change.key});
    }
  }
  return revision;
}

Result<std::vector<Record>> MemoryStore::ReadAll() {
  auto contents = contents_.Lock();
  std::vector<Record> all;
  all.reserve(contents->records.size());
  for (const auto& [name, record] : contents->records) all.push_back(record);
  return all;
}

Result<std::int64_t> MemoryStore::Revision() { return contents_.Lock()->revision; }

}  // namespace openimds
