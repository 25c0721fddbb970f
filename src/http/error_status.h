// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"

namespace openimds::http {

// What HTTP says about a failure of that kind, for protocols that have no status of their own.
int StatusOf(ErrorKind kind);

}  // namespace openimds::http
