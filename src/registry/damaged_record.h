// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/reasons.h"
#include "base/result.h"

namespace openimds {

// The failure when a record is not what a registry writes.
inline tl::unexpected<Error> DamagedRecord(std::string_view kind, std::string_view key,
                                           std::string_view what) {
  return Fail(ErrorKind::kInternal, reasons::kStoreFailed,
              "the store's record " + std::string(kind) + " '" + std::string(key) +
                  "' is damaged: " + std::string(what));
}

}  // namespace openimds
