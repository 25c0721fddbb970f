// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "registry/snapshot.h"
#include "store/store.h"

namespace openimds {

// What the store said at one moment.
struct Picture {
  std::shared_ptr<const Snapshot> snapshot;
  std::int64_t mark_revision = 0;   // of the registry's mark, what the next change expects
  std::int64_t store_revision = 0;  // while the store has this one, the picture is not old
};

// Reads the registry's records (those of other kinds are somebody else's) and checks that they
// belong together: every id named exists, and no GUID is two identities'. Fails with
// reasons::kStoreFailed, naming the record, if not.
Result<Picture> ReadPicture(Store& store);

}  // namespace openimds
