// SPDX-License-Identifier: Apache-2.0
#include "registry/attachment_records.h"

#include <utility>

#include <boost/json.hpp>

#include "registry/damaged_record.h"
#include "registry/json_members.h"

namespace openimds {
namespace {

constexpr std::int64_t kNoId = -1;
constexpr std::int64_t kMaxId = 0xfffffffeLL;

std::int64_t Written(const std::optional<std::uint32_t>& id) { return id ? *id : kNoId; }

Result<std::optional<std::uint32_t>> TakeId(JsonMembers& members, std::string_view name) {
  TRY(const std::int64_t id, members.TakeInteger(name));
  if (id == kNoId) return std::optional<std::uint32_t>();
  if (id < 0 || id > kMaxId) return members.Damaged("its ids are none");
  return std::optional<std::uint32_t>(static_cast<std::uint32_t>(id));
}

}  // namespace

Change RenderAttachment(const Attachment& attachment) {
  const boost::json::object body{{"id", attachment.id.ToString()},
                                 {"machine", attachment.machine.text()},
                                 {"vm_id", attachment.vm_id.ToString()},
                                 {"way", ToText(attachment.way)},
                                 {"place", attachment.place},
                                 {"allow_forwarded", attachment.allow_forwarded ? 1 : 0},
                                 {"uid", Written(attachment.uid)},
                                 {"gid", Written(attachment.gid)}};
  return {std::string(kAttachmentKind), attachment.claim(), boost::json::serialize(body),
          std::nullopt};
}

Result<Attachment> ParseAttachment(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  TRY(const Guid id, members.TakeGuid("id"));
  TRY(ResourceId machine, members.TakeId("machine"));
  TRY(const Guid vm_id, members.TakeGuid("vm_id"));
  TRY(const std::string way, members.TakeText("way"));
  TRY(std::string place, members.TakeText("place"));
  TRY(const std::int64_t allow_forwarded, members.TakeInteger("allow_forwarded"));
  TRY(const auto uid, TakeId(members, "uid"));
  TRY(const auto gid, TakeId(members, "gid"));
  TRY_VOID(members.CheckNoneLeft());
  const auto known = ParseAttachmentWay(way);
  if (!known) return members.Damaged("'" + way + "' is no way of knowing a machine");
  Attachment attachment{
      id, std::move(machine), vm_id, *known, std::move(place), allow_forwarded != 0, uid, gid};
  const auto canonical = CanonicalPlace(attachment.way, attachment.place);
  if (!canonical || *canonical != attachment.place || attachment.claim() != record.key) {
    return members.Damaged("its place is none");
  }
  return attachment;
}

}  // namespace openimds
