// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/result.h"
#include "model/resource_id.h"

namespace openimds {

// The ways of knowing that a call is a machine's; docs/attribution/ has a page for each. The names
// are what records, the control interface and the command line say.
enum class AttachmentWay { kInterface, kBridgePort, kNetns, kSourceIp, kUnixPeer, kVsock };
inline constexpr std::array<std::string_view, 6> kAttachmentWayNames{
    "interface", "bridge_port", "netns", "source_ip", "unix_peer", "vsock"};
inline std::string_view ToText(AttachmentWay way) {
  return kAttachmentWayNames[static_cast<std::size_t>(way)];
}
std::optional<AttachmentWay> ParseAttachmentWay(std::string_view text);

// One place from which a machine's calls come. A plain value.
struct Attachment {
  Guid id;             // of this attaching; the same place attached again has another one
  ResourceId machine;  // by its id, and
  Guid vm_id;          // by its own: a machine made anew under an old name is not attached
  AttachmentWay way = AttachmentWay::kInterface;
  std::string place;  // as CanonicalPlace() gives it
  // Also answers what stands behind the guest: without it, replies die at the first hop. Means
  // nothing to the ways without hops, and to source_ip, whose guests are hops away by nature.
  bool allow_forwarded = false;
  std::optional<std::uint32_t> uid;  // kUnixPeer: who may call; none: the service's own user
  std::optional<std::uint32_t> gid;  // kUnixPeer: or which group's processes may

  std::string claim() const;
};

// What no two attachments may share: `device:vnet3` (an interface and a bridge port are both
// devices), `netns:/run/netns/web`, `ip:10.0.0.7`, `unix:/run/web.sock`, `cid:5`.
std::string ClaimOf(AttachmentWay way, std::string_view place);

// The one spelling of a place. Fails with kArgumentInvalid, saying what was expected:
//   interface, bridge_port  a device's name of 1 to 15 letters, digits or -_.@; not `lo`
//   netns      a name under /run/netns, or an absolute path; none under /proc, where the number in
//              it becomes another process's one day
//   source_ip  an address of a single host: not loopback, unspecified, multicast or broadcast
//   unix_peer  an absolute path of at most 107 bytes
//   vsock      a guest's context id, from 3 on
Result<std::string> CanonicalPlace(AttachmentWay way, std::string_view text);

}  // namespace openimds
