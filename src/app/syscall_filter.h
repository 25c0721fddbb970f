// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"

namespace openimds {

// From here on this process, all its threads and every program that it starts can make only the
// system calls that serving, storing and asking an authority need, and can gain no rights by
// running a program (no_new_privs). There is no way back.
//
// Any other call fails with ENOSYS, as on a kernel that does not have it; new namespaces, and
// entering one that is no network namespace, with EPERM; sockets of a family that is not served by
// with EAFNOSUPPORT. A call of another architecture's numbers ends the process.
//
// Fails with kSandboxUnavailable where the kernel has no filters; nothing is changed then but
// no_new_privs.
Result<void> RestrictSystemCalls();

}  // namespace openimds
