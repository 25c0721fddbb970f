// SPDX-License-Identifier: Apache-2.0
#include "app/guest_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "app/privileges.h"
#include "attribution/bridge_rules.h"
#include "base/reasons.h"
#include "base/subprocess.h"
#include "net/link_facts.h"
#include "net/namespace.h"
#include "net/nft_table.h"
#include "net/socket.h"

namespace openimds {
namespace {

constexpr char kMarkSwitch[] = "/proc/sys/net/ipv4/tcp_fwmark_accept";

tl::unexpected<Error> SocketFailure(std::string message) {
  return Fail(ErrorKind::kUnavailable, reasons::kListenFailed, std::move(message));
}

// What all of a door's sockets are opened with.
struct Opening {
  const std::vector<ListenAddress>& addresses;
  std::size_t count;
  InheritedSockets* inherited;
};

Result<OpenedDoor> OpenAll(const Opening& opening, const SocketFence& fence) {
  OpenedDoor door;
  for (const ListenAddress& address : opening.addresses) {
    TRY(ListeningSockets opened,
        OpenListeningSockets(address, opening.count, fence, opening.inherited));
    for (Descriptor& socket : opened.sockets) door.sockets.push_back(std::move(socket));
  }
  door.netns_cookie = NetnsCookieOf(door.sockets.front().get());
  return door;
}

Result<OpenedDoor> OpenInNamespace(const GuestDoor& door, const Opening& opening) {
  OpenedDoor opened;
  TRY_VOID(RunInNetworkNamespace(door.place, [&]() -> Result<void> {
    for (const ListenAddress& address : opening.addresses) TRY_VOID(OwnAddress(address.ip));
    TRY(opened, OpenAll(opening, {door.device, door.neighbours_only}));
    return {};
  }));
  return opened;
}

// Open to the user or the group that may call, and to nobody else. It is born 0600 and ours.
Result<void> GiveAway(const std::string& path, const GuestDoor& door) {
  if (!door.uid && !door.gid) return {};
  const uid_t uid = door.uid.value_or(geteuid());
  const gid_t gid = door.gid.value_or(getegid());
  if (lchown(path.c_str(), uid, gid) != 0 || chmod(path.c_str(), door.gid ? 0660 : 0600) != 0) {
    return SocketFailure("cannot give " + path + " to user " + std::to_string(uid) + " and group " +
                         std::to_string(gid) + ": " + std::strerror(errno));
  }
  return {};
}

Result<OpenedDoor> OpenFile(const GuestDoor& door, InheritedSockets* inherited) {
  ListenAddress address;
  address.family = ListenAddress::Family::kUnix;
  address.path = door.place;
  TRY(OpenedDoor opened, OpenAll({{address}, 1, inherited}, {}));
  if (auto given = GiveAway(door.place, door); !given) {
    unlink(door.place.c_str());
    return tl::unexpected<Error>(std::move(given.error()));
  }
  return opened;
}

Result<void> WriteWhole(const std::string& path, const std::string& text) {
  const Descriptor file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  const auto size = static_cast<ssize_t>(text.size());
  if (file.is_open() && write(file.get(), text.data(), text.size()) == size) return {};
  return SocketFailure("cannot write " + path + ": " + std::strerror(errno));
}

}  // namespace

Result<OpenedDoor> OpenGuestDoor(const GuestDoor& door, const std::vector<ListenAddress>& addresses,
                                 std::size_t count, InheritedSockets* inherited) {
  const PrivilegedScope privileged;
  const Opening opening{addresses, count, inherited};
  switch (door.way) {
    case AttachmentWay::kInterface:
    case AttachmentWay::kBridgePort:
    case AttachmentWay::kSourceIp:
      return OpenAll(opening, {door.device, door.neighbours_only});
    case AttachmentWay::kNetns:
      return OpenInNamespace(door, opening);
    case AttachmentWay::kUnixPeer:
      return OpenFile(door, inherited);
    case AttachmentWay::kVsock:
      break;
  }
  return OpenAll({{ListenAddress::Vsock(addresses.front().port)}, 1, inherited}, {});
}

bool HasBridgeRules() {
  const PrivilegedScope privileged;
  return HasBridgeTable(kBridgeTable);
}

HostLinks ReadHostLinks(const Snapshot& snapshot, NetworkDevices devices) {
  HostLinks host{std::move(devices), {}};
  for (const auto& [claim, attachment] : snapshot.attachments) {
    if (attachment->way != AttachmentWay::kNetns) continue;
    if (const auto netns = IdentifyNetworkNamespace(attachment->place)) {
      host.namespaces.emplace(attachment->place, *netns);
    }
  }
  return host;
}

Result<void> ApplyBridgeRules(const std::string& script, const std::string& path) {
  TRY_VOID(WriteWhole(path, script));
  const PrivilegedScope privileged;
  auto done = RunSubprocess({.program = "nft",
                             .arguments = {"-f", path},
                             .environment = {},
                             .time_limit = std::chrono::seconds(10)});
  if (!done) return SocketFailure("cannot run nft: " + done.error().message);
  if (done->exit_status == 0) return {};
  return SocketFailure("nft refused the rules of bridge ports: " + done->errors.substr(0, 300));
}

Result<void> AcceptMarks() {
  char now = '0';
  const Descriptor file(open(kMarkSwitch, O_RDONLY | O_CLOEXEC));
  if (read(file.get(), &now, 1) == 1 && now == '1') return {};
  const PrivilegedScope privileged;
  const Descriptor writable(open(kMarkSwitch, O_WRONLY | O_CLOEXEC));
  if (writable.is_open() && write(writable.get(), "1", 1) == 1) return {};
  return SocketFailure(std::string("cannot switch net.ipv4.tcp_fwmark_accept on: ") +
                       std::strerror(errno));
}

}  // namespace openimds
