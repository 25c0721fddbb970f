// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "net/address.h"

namespace openimds {

// Runs `work` on a short-lived thread that is inside the network namespace at `path`, and waits for
// it. Sockets that it makes stay there. Needs CAP_SYS_ADMIN. Fails with kListenFailed if there is
// no such namespace, else as `work` does.
Result<void> RunInNetworkNamespace(const std::string& path,
                                   const std::function<Result<void>()>& work);

// Which namespace a path leads to now: the same number means the same one. Fails with
// kListenFailed if it leads to none.
Result<std::uint64_t> IdentifyNetworkNamespace(const std::string& path);

// Makes `address` one of this host's own, on the loopback device of the network namespace that
// the calling thread is in, and sets that device up; does nothing where that is so already. Needs
// CAP_NET_ADMIN there. Fails with kListenFailed.
Result<void> OwnAddress(const IpAddress& address);

}  // namespace openimds
