// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/control/lookup.h"
#include "model/attachment.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

// In the order of AttachmentWay: the arguments that name a place.
constexpr std::array<std::string_view, 6> kPlaceArguments{"interface", "bridgePort", "netns",
                                                          "ip",        "unix",       "cid"};
constexpr std::uint64_t kNoUserOrGroup = 0xffffffffULL;

// What `way` and `place` say is filled in, in its one spelling.
Result<Attachment> ReadPlace(const Arguments& arguments, const ResourceId& machine) {
  std::optional<Attachment> read;
  for (std::size_t i = 0; i < kPlaceArguments.size(); ++i) {
    const auto text = arguments.FindText(kPlaceArguments[i]);
    if (!text) continue;
    if (read) return BadArgument(kPlaceArguments[i], "expected one place, got two");
    const auto way = static_cast<AttachmentWay>(i);
    auto place = CanonicalPlace(way, *text);
    if (!place) return BadArgument(kPlaceArguments[i], place.error().message);
    read = Attachment{{}, machine, {}, way, *std::move(place), false, {}, {}};
  }
  if (read) return *std::move(read);
  return BadArgument("interface",
                     "missing; expected it, or one of 'bridgePort', 'netns', 'ip', "
                     "'unix' and 'cid'");
}

Result<std::optional<std::uint32_t>> ReadId(const Arguments& arguments, std::string_view name,
                                            const Attachment& attachment) {
  const auto text = arguments.FindText(name);
  if (!text) return std::optional<std::uint32_t>();
  if (attachment.way != AttachmentWay::kUnixPeer) return BadArgument(name, "only with 'unix'");
  const auto number = ParseDecimal(*text);
  if (!number || *number >= kNoUserOrGroup) return BadArgument(name, "expected a number");
  return std::optional<std::uint32_t>(static_cast<std::uint32_t>(*number));
}

// How it stands now: `listening`, `waiting` (and `waitsFor`), or `stored` where no service runs.
json::object ToJson(const Workplace& at, const Attachment& attachment) {
  const std::string claim = attachment.claim();
  json::object document{{"machine", attachment.machine.text()},
                        {"way", ToText(attachment.way)},
                        {"place", attachment.place},
                        {"allowForwarded", attachment.allow_forwarded}};
  if (attachment.uid) document["uid"] = *attachment.uid;
  if (attachment.gid) document["gid"] = *attachment.gid;
  const std::string waits_for = at.guest_waits_for ? at.guest_waits_for(claim) : std::string();
  document["state"] = !at.guest_waits_for ? "stored" : waits_for.empty() ? "listening" : "waiting";
  if (!waits_for.empty()) document["waitsFor"] = waits_for;
  return document;
}

// What was released before is given up before the place becomes another machine's.
Result<json::value> Attach(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto entry, FindMachine(*at.registry.Read(), "machine", arguments.Text("machine")));
  TRY(Attachment attachment, ReadPlace(arguments, entry->machine->id));
  attachment.allow_forwarded = arguments.Flag("allowForwarded");
  TRY(attachment.uid, ReadId(arguments, "uid", attachment));
  TRY(attachment.gid, ReadId(arguments, "gid", attachment));
  if (at.settle_guests) at.settle_guests(true);
  TRY(const Attachment attached, at.registry.Attach(attachment));
  if (at.settle_guests) at.settle_guests(false);
  return ToJson(at, attached);
}

Result<json::value> Detach(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto entry, FindMachine(*at.registry.Read(), "machine", arguments.Text("machine")));
  TRY(const Attachment place, ReadPlace(arguments, entry->machine->id));
  TRY(const Attachment gone, at.registry.Detach(entry->machine->id, place.claim()));
  if (at.settle_guests) at.settle_guests(true);
  return json::object{
      {"detached", gone.place}, {"way", ToText(gone.way)}, {"machine", gone.machine.text()}};
}

Result<json::value> List(const Workplace& at, const Arguments& arguments, std::string_view) {
  const std::shared_ptr<const Snapshot> snapshot = at.registry.Read();
  std::shared_ptr<const MachineEntry> only;
  if (const auto name = arguments.FindText("machine")) {
    TRY(only, FindMachine(*snapshot, "machine", *name));
  }
  json::array list;
  for (const auto& [claim, attachment] : snapshot->attachments) {
    if (!only || attachment->machine == only->machine->id) list.push_back(ToJson(at, *attachment));
  }
  return list;
}

// The attachment that a peer, as a person names it, would be known by.
const Attachment* FindByPeer(const Snapshot& snapshot, std::string_view peer) {
  for (std::size_t i = 0; i < kPlaceArguments.size(); ++i) {
    const auto way = static_cast<AttachmentWay>(i);
    const bool cid = peer.starts_with("cid:");
    if (cid != (way == AttachmentWay::kVsock)) continue;
    const auto place = CanonicalPlace(way, cid ? peer.substr(4) : peer);
    if (!place) continue;
    const auto found = snapshot.attachments.find(ClaimOf(way, *place));
    if (found != snapshot.attachments.end()) return found->second.get();
  }
  return nullptr;
}

// One sentence for people.
std::string Why(const Attachment& attachment) {
  switch (attachment.way) {
    case AttachmentWay::kInterface:
      return "whoever calls by the device " + attachment.place + ", whatever its address";
    case AttachmentWay::kBridgePort:
      return "whoever calls by the bridge port " + attachment.place +
             ", whatever its address or MAC";
    case AttachmentWay::kNetns:
      return "whoever calls inside the namespace " + attachment.place;
    case AttachmentWay::kSourceIp:
      return "whoever calls from " + attachment.place + " by a device that is not attached itself";
    case AttachmentWay::kUnixPeer:
      return "whoever may open " + attachment.place + " and is the user or group that may call";
    case AttachmentWay::kVsock:
      break;
  }
  return "whoever calls from the context id " + attachment.place;
}

Result<json::value> Whois(const Workplace& at, const Arguments& arguments, std::string_view) {
  const std::string peer = arguments.Text("peer");
  const std::shared_ptr<const Snapshot> snapshot = at.registry.Read();
  const Attachment* attachment = FindByPeer(*snapshot, peer);
  if (!attachment) {
    return Fail(ErrorKind::kNotFound, reasons::kNotAttached,
                "no machine is attached to '" + peer +
                    "'; expected a device, a namespace, an address, a socket's path or cid:N that "
                    "'machine attachments' lists");
  }
  json::object document = ToJson(at, *attachment);
  document["vmId"] = attachment->vm_id.ToString();
  document["why"] = Why(*attachment);
  return document;
}

}  // namespace

std::vector<Operation> AttachmentOperations() {
  std::vector<ArgumentRule> place{{"machine", ArgumentType::kText, true}};
  for (const std::string_view name : kPlaceArguments) place.push_back({name, ArgumentType::kText});
  std::vector<ArgumentRule> attach = place;
  attach.insert(attach.end(), {{"allowForwarded", ArgumentType::kFlag},
                               {"uid", ArgumentType::kText},
                               {"gid", ArgumentType::kText}});
  return {{"machine.attach", Effect::kChanges, std::move(attach), Attach},
          {"machine.detach", Effect::kChanges, std::move(place), Detach},
          {"machine.attachments", Effect::kReads, {{"machine", ArgumentType::kText}}, List},
          {"whois", Effect::kReads, {{"peer", ArgumentType::kText, true}}, Whois}};
}

}  // namespace openimds::control
