// SPDX-License-Identifier: Apache-2.0
#include "attribution/guest_ways.h"

#include <utility>
#include <vector>

#include "attribution/attributor_chain.h"
#include "attribution/interface_attributor.h"
#include "attribution/netns_attributor.h"
#include "attribution/source_ip_attributor.h"
#include "attribution/unix_peer_attributor.h"
#include "attribution/vsock_attributor.h"

namespace openimds {

std::shared_ptr<const Attributor> MakeGuestAttributor(const Published<BridgeMarks>& marks) {
  std::vector<std::unique_ptr<const Attributor>> ways;
  ways.push_back(std::make_unique<InterfaceAttributor>());
  ways.push_back(std::make_unique<BridgePortAttributor>(marks));
  ways.push_back(std::make_unique<NetnsAttributor>());
  ways.push_back(std::make_unique<SourceIpAttributor>());
  ways.push_back(std::make_unique<UnixPeerAttributor>());
  ways.push_back(std::make_unique<VsockAttributor>());
  return std::make_shared<AttributorChain>(std::move(ways));
}

}  // namespace openimds
