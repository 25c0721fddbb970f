// SPDX-License-Identifier: Apache-2.0
#include "app/guest_doors.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "app/guest_sockets.h"
#include "attribution/attached_machine.h"
#include "attribution/bridge_rules.h"
#include "base/reasons.h"
#include "telemetry/events.h"

namespace openimds {
namespace {

constexpr int kTickMilliseconds = 250;
constexpr int kTicksBetweenTries = 20;  // of rules that nftables refused
// "IM", and a number: no other program's rules are likely to use these.
constexpr std::uint32_t kFirstMark = 0x494d0000;
constexpr std::uint32_t kLastMark = 0x494dffff;

// Whether a connection that came through a shared door is the attachment's.
bool IsFrom(const Peer& peer, const Attachment& attachment, const BridgeMarks& marks) {
  switch (attachment.way) {
    case AttachmentWay::kSourceIp:
      return peer.address && peer.address->ToString() == attachment.place;
    case AttachmentWay::kVsock:
      return peer.cid && std::to_string(*peer.cid) == attachment.place;
    case AttachmentWay::kBridgePort: {
      const auto port = marks.find(peer.link.mark);
      return port != marks.end() && port->second.attachment == attachment.id;
    }
    case AttachmentWay::kInterface:
    case AttachmentWay::kNetns:
    case AttachmentWay::kUnixPeer:
      break;
  }
  return false;  // such a door is closed with its attachment
}

}  // namespace

GuestDoors::GuestDoors(GuestDoorParts parts)
    : parts_(std::move(parts)),
      marks_(std::make_shared<const BridgeMarks>()),
      mark_of_(TakeBridgeMarks(parts_.marks_file)),
      last_mark_(kFirstMark) {
  for (const auto& [attachment, mark] : mark_of_) last_mark_ = std::max(last_mark_, mark);
}

GuestDoors::~GuestDoors() { Stop(); }

Result<void> GuestDoors::Start(std::shared_ptr<const http::Router> router) {
  router_ = std::move(router);
  TRY(DeviceWatch watch, DeviceWatch::Open());  // before the first look: nothing is missed
  Settle();
  follower_ = std::jthread([this, watch = std::move(watch)](const std::stop_token& stop) mutable {
    while (!stop.stop_requested()) {
      pollfd news{watch.fd(), POLLIN, 0};
      const bool heard = poll(&news, 1, kTickMilliseconds) > 0;
      if (heard) watch.Drain();
      if (!stop.stop_requested() && (heard || IsDue())) Settle();
    }
  });
  return {};
}

void GuestDoors::EndFollowing() {
  if (!follower_.joinable()) return;
  follower_.request_stop();
  follower_.join();
}

void GuestDoors::HandOver() {
  EndFollowing();
  std::lock_guard lock(mutex_);
  stopped_ = true;
  open_.clear();
  if (!std::exchange(applied_rules_, {}).empty()) WriteBridgeMarks(parts_.marks_file, mark_of_);
}

void GuestDoors::Stop() {
  EndFollowing();
  std::lock_guard lock(mutex_);
  stopped_ = true;
  for (const auto& [claim, open] : open_) {
    if (open.door.way == AttachmentWay::kUnixPeer) unlink(open.door.place.c_str());
  }
  open_.clear();
  if (std::exchange(applied_rules_, {}).empty()) return;
  (void)ApplyBridgeRules(RenderBridgeRules({}, {}), parts_.rules_file.string());
}

// Devices make themselves heard; namespaces, rules that somebody has flushed, and changes that no
// operation settled, do not.
bool GuestDoors::IsDue() {
  std::lock_guard lock(mutex_);
  if (ticks_to_retry_ > 0) --ticks_to_retry_;
  if (!applied_rules_.empty() && !HasBridgeRules()) {
    parts_.log.Write(LogLevel::kWarn, events::kGuestRulesGone, {{"table", kBridgeTable}});
    applied_rules_.clear();
    return true;
  }
  if (parts_.registry.Read() != seen_ || !plan_.waiting.empty()) return true;
  return std::any_of(open_.begin(), open_.end(),
                     [](const auto& one) { return one.second.door.way == AttachmentWay::kNetns; });
}

void GuestDoors::Settle() {
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  const std::shared_ptr<const Snapshot> snapshot = parts_.registry.Read();
  if (snapshot->attachments.empty() && settled_.empty()) {
    seen_ = snapshot;
    return;
  }
  auto devices = ReadDevices();
  if (!devices) return LogFailure(devices.error());
  GuestPlan plan = PlanGuestDoors(*snapshot, ReadHostLinks(*snapshot, *std::move(devices)));
  CloseWhatIsNotWanted(plan);
  EndReleased(*snapshot);
  MarkBridgePorts(*snapshot, &plan);
  OpenWhatIsMissing(&plan);
  LogWaiting(plan);
  plan_ = std::move(plan);
  seen_ = snapshot;
  settled_ = snapshot->attachments;
}

void GuestDoors::SettleChanges() {
  {
    std::lock_guard lock(mutex_);
    if (parts_.registry.Read() == seen_) return;
  }
  Settle();
}

std::string GuestDoors::WaitsFor(std::string_view claim) const {
  std::lock_guard lock(mutex_);
  const auto waiting = plan_.waiting.find(std::string(claim));
  return waiting == plan_.waiting.end() ? std::string() : waiting->second;
}

void GuestDoors::CloseWhatIsNotWanted(const GuestPlan& plan) {
  for (auto it = open_.begin(); it != open_.end();) {
    const auto wanted = plan.doors.find(it->first);
    if (wanted != plan.doors.end() && wanted->second == it->second.door) {
      ++it;
      continue;
    }
    parts_.server.Close(it->second.listener);
    if (it->second.door.way == AttachmentWay::kUnixPeer) unlink(it->second.door.place.c_str());
    parts_.log.Write(LogLevel::kInfo, events::kGuestDoorClosed, {{"door", it->first}});
    it = open_.erase(it);
  }
}

// A place may be given to another machine in the next moment: nothing of its last one is left then.
void GuestDoors::EndReleased(const Snapshot& snapshot) {
  const std::shared_ptr<const BridgeMarks> marks = marks_.Read();
  for (const auto& [claim, old] : settled_) {
    const auto now = snapshot.attachments.find(claim);
    if (now != snapshot.attachments.end() && now->second->id == old->id) continue;
    const auto [first, last] = plan_.door_of.equal_range(claim);
    for (auto door = first; door != last; ++door) {
      const auto open = open_.find(door->second);
      if (open == open_.end()) continue;
      parts_.server.EndConnections(open->second.listener, [&, gone = old](const Peer& peer) {
        return IsFrom(peer, *gone, *marks);
      });
    }
  }
}

void GuestDoors::OpenWhatIsMissing(GuestPlan* plan) {
  std::map<std::string, std::string> failed;  // door -> why
  for (const auto& [claim, door] : plan->doors) {
    if (open_.contains(claim)) continue;
    if (auto opened = OpenDoor(claim, door); !opened) failed[claim] = opened.error().message;
  }
  for (const auto& [claim, door] : plan->door_of) {
    if (const auto why = failed.find(door); why != failed.end()) {
      plan->waiting.emplace(claim, why->second);
    }
  }
}

Result<void> GuestDoors::OpenDoor(const std::string& claim, const GuestDoor& door) {
  TRY(OpenedDoor opened, OpenGuestDoor(door, parts_.addresses, parts_.sockets, parts_.inherited));
  ListeningPlace place;
  place.claim = claim;
  place.attachment = door.attachment;
  place.device = door.device;
  place.netns_cookie = opened.netns_cookie;
  const http::Listener listener{.address = parts_.addresses.front(),
                                .router = router_,
                                .allowed_hosts = parts_.allowed_hosts,
                                .server_header = parts_.server_header,
                                .place = std::make_shared<const ListeningPlace>(place)};
  open_.emplace(claim, Open{door, parts_.server.Adopt(listener, std::move(opened.sockets))});
  parts_.log.Write(LogLevel::kInfo, events::kGuestDoorOpened, {{"door", claim}});
  return {};
}

// The rules stand before a door is opened, and a mark means nothing before its rules stand.
void GuestDoors::MarkBridgePorts(const Snapshot& snapshot, GuestPlan* plan) {
  auto marks = std::make_shared<BridgeMarks>();
  std::vector<BridgePortRule> rules;
  for (const auto& [claim, bridge] : plan->bridge_of) {
    const Attachment& attachment = *snapshot.attachments.at(claim);
    const std::uint32_t mark = MarkOf(attachment.id);
    marks->emplace(mark, MarkedPort{claim, attachment.id, bridge});
    rules.push_back({attachment.place, mark, attachment.allow_forwarded});
  }
  if (rules.empty() && applied_rules_.empty()) return;
  std::vector<IpAddress> guests;
  for (const ListenAddress& address : parts_.addresses) guests.push_back(address.ip);
  const auto done = ApplyRules(RenderBridgeRules(rules, guests), !rules.empty());
  if (done) return marks_.Publish(std::move(marks));
  marks_.Publish(std::make_shared<const BridgeMarks>());
  for (const auto& [claim, bridge] : plan->bridge_of) {
    plan->waiting.emplace(claim, done.error().message);
  }
}

// What nftables has refused is not tried at every tick: each try is a process.
Result<void> GuestDoors::ApplyRules(const std::string& script, bool any) {
  if (script == applied_rules_) return {};
  if (script == failed_rules_ && ticks_to_retry_ > 0) {
    return Fail(ErrorKind::kUnavailable, reasons::kListenFailed, failed_why_);
  }
  auto done = any ? AcceptMarks() : Result<void>();
  if (done) done = ApplyBridgeRules(script, parts_.rules_file.string());
  if (done) {
    applied_rules_ = any ? script : std::string();
    return {};
  }
  failed_rules_ = script;
  failed_why_ = done.error().message;
  ticks_to_retry_ = kTicksBetweenTries;
  return done;
}

// None is used twice until all have been used: rules that somebody kept do not come to mean
// another machine.
std::uint32_t GuestDoors::MarkOf(const Guid& attachment) {
  const auto known = mark_of_.find(attachment);
  if (known != mark_of_.end()) return known->second;
  if (last_mark_ == kLastMark) {
    mark_of_.clear();
    last_mark_ = kFirstMark;
  }
  return mark_of_[attachment] = ++last_mark_;
}

// Once for each reason: what waits is tried four times a second.
void GuestDoors::LogWaiting(const GuestPlan& plan) {
  for (const auto& [claim, why] : plan.waiting) {
    const auto before = plan_.waiting.find(claim);
    if (before != plan_.waiting.end() && before->second == why) continue;
    parts_.log.Write(LogLevel::kWarn, events::kGuestDoorWaiting,
                     {{"door", claim}, {"message", why}});
  }
}

void GuestDoors::LogFailure(const Error& error) {
  parts_.log.Write(LogLevel::kError, events::kGuestDoorWaiting, {{"message", error.message}});
}

}  // namespace openimds
