// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/peer.h"

namespace openimds {

// The addresses of a host, those of IPv4 first; at least one. By /etc/hosts and the name servers of
// /etc/resolv.conf, both read anew each time: without the C library's own way, whose plug-ins a
// static program must not load. Blocks until `deadline` at most; every thread may call it. Fails
// with kUpstreamNameLookup (kUnavailable): a name that is not known now may be known later.
Result<std::vector<IpAddress>> LookUpName(const std::string& host, SteadyTime deadline);

}  // namespace openimds
