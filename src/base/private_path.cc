// SPDX-License-Identifier: Apache-2.0
#include "base/private_path.h"

#include <array>
#include <cstdio>
#include <string>

#include "base/reasons.h"

namespace openimds {

Result<void> CheckPrivate(const struct stat& status, const std::filesystem::path& path) {
  const unsigned mode = status.st_mode & 07777U;
  if ((mode & 077U) == 0) return {};
  std::array<char, 8> octal{};
  std::snprintf(octal.data(), octal.size(), "%03o", mode);
  const std::string wanted = S_ISDIR(status.st_mode) ? "700" : "600";
  return Fail(ErrorKind::kForbidden, reasons::kStateModes,
              "expected '" + path.string() + "' to be closed to others, got mode " + octal.data() +
                  "; mend it with: chmod " + wanted + " '" + path.string() + "'");
}

}  // namespace openimds
