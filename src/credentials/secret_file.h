// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace openimds {

enum class FileAccess {
  kPrivate,  // refused if users who are neither its owner nor in its group may read or write it
  kAny,      // a projected token is often readable by all
};

// The bytes of a regular file of 1 byte to 256 KiB; nothing is kept, so a change is seen by the
// next call. Fails with kCredentialUnreadable (kUnavailable: somebody may mend it), naming the path
// and what is wrong, never a byte of it.
Result<Secret> ReadSecretFile(const std::string& path, FileAccess access);

// The same without the line break that editors and `echo` put at the end.
Result<Secret> ReadSecretLine(const std::string& path, FileAccess access);

}  // namespace openimds
