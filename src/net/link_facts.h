// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/peer.h"

namespace openimds {

// What an accepted socket tells of the link that its caller came by; zero where the kernel, or the
// kind of socket, says nothing. `arrived_on` is known for IPv4 only, and only where IP_PKTINFO was
// set on the listener. A few system calls; never blocks.
LinkFacts ReadLinkFacts(int accepted_fd);

// Of the network namespace that the socket was made in; 0 before Linux 5.14.
std::uint64_t NetnsCookieOf(int fd);

}  // namespace openimds
