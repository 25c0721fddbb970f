// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "app/bridge_mark_file.h"
#include "app/guest_plan.h"
#include "attribution/bridge_port_attributor.h"
#include "base/published.h"
#include "base/result.h"
#include "http/server.h"
#include "net/devices.h"
#include "registry/registry.h"
#include "telemetry/log.h"

namespace openimds {

// What guests come through, and how it is opened. All that is referred to must outlive the doors.
struct GuestDoorParts {
  const Registry& registry;
  http::Server& server;
  Log& log;
  std::vector<ListenAddress> addresses;  // TCP; where guests find their service
  std::size_t sockets = 1;               // for each address
  std::vector<std::string> allowed_hosts;
  std::string_view server_header;
  std::filesystem::path rules_file;  // of bridge ports, for nftables and for people
  std::filesystem::path marks_file;  // of bridge ports, for the program that takes our place
  InheritedSockets* inherited = nullptr;
};

// Keeps the doors of guests as the registry's attachments and the host's devices want them: opens
// what is missing, closes what nobody is attached to any more, and opens anew what is bound to a
// device or a namespace that was made again under its name. A thread follows the kernel's news, so
// that this is done within a second; Settle() does it now.
//
// A door that cannot be opened (its device is not there yet) is tried again; nothing fails.
class GuestDoors {
 public:
  explicit GuestDoors(GuestDoorParts parts);
  ~GuestDoors();  // as Stop()
  GuestDoors(const GuestDoors&) = delete;
  GuestDoors& operator=(const GuestDoors&) = delete;

  // Opens all doors that can be, and begins to follow the news. `router` serves what comes through.
  Result<void> Start(std::shared_ptr<const http::Router> router);

  // Ends following, and takes the rules of bridge ports away. Doors stay with the server.
  void Stop();
  // The same, but for another program that goes on with the same sockets: files of UNIX sockets
  // and rules stay, and the marks are written down.
  void HandOver();

  // When it returns, what the registry said at its beginning is so: what was released has no
  // connection left, and what can listen listens. Blocks; not from an I/O thread.
  void Settle();
  // The same, but nothing where the registry says what it said at the last time.
  void SettleChanges();

  // What an attached claim waits for; empty: it listens.
  std::string WaitsFor(std::string_view claim) const;

  const Published<BridgeMarks>& marks() const { return marks_; }

 private:
  struct Open {
    GuestDoor door;
    http::Server::ListenerId listener;
  };

  void EndFollowing();
  bool IsDue();
  void CloseWhatIsNotWanted(const GuestPlan& plan);
  void EndReleased(const Snapshot& snapshot);
  void OpenWhatIsMissing(GuestPlan* plan);
  Result<void> OpenDoor(const std::string& claim, const GuestDoor& door);
  Result<void> ApplyRules(const std::string& script, bool any);
  void MarkBridgePorts(const Snapshot& snapshot, GuestPlan* plan);
  std::uint32_t MarkOf(const Guid& attachment);
  void LogWaiting(const GuestPlan& plan);
  void LogFailure(const Error& error);

  const GuestDoorParts parts_;
  std::shared_ptr<const http::Router> router_;
  Published<BridgeMarks> marks_;

  mutable std::mutex mutex_;  // over all below but the thread
  std::map<std::string, Open> open_;
  std::map<std::string, std::shared_ptr<const Attachment>, std::less<>> settled_;
  std::shared_ptr<const Snapshot> seen_;
  GuestPlan plan_;
  MarkOfAttachment mark_of_;
  std::uint32_t last_mark_;
  std::string applied_rules_;
  std::string failed_rules_;
  std::string failed_why_;
  int ticks_to_retry_ = 0;
  bool stopped_ = false;

  std::jthread follower_;
};

}  // namespace openimds
