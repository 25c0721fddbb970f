// SPDX-License-Identifier: Apache-2.0
// The part of Draft that is about where machines call from.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/reasons.h"
#include "registry/attachment_records.h"
#include "registry/draft.h"

namespace openimds {
namespace {

bool SaysTheSame(const Attachment& a, const Attachment& b) {
  return a.way == b.way && a.allow_forwarded == b.allow_forwarded && a.uid == b.uid &&
         a.gid == b.gid;
}

}  // namespace

Result<Attachment> Draft::Attach(Attachment attachment) {
  TRY(const auto entry, GetMachine(attachment.machine));
  TRY(attachment.place, CanonicalPlace(attachment.way, attachment.place));
  attachment.machine = entry->machine->id;
  attachment.vm_id = entry->machine->vm_id;
  const std::string claim = attachment.claim();
  if (const auto taken = next_->attachments.find(claim); taken != next_->attachments.end()) {
    const Attachment& other = *taken->second;
    if (!(other.machine == attachment.machine)) {
      return Fail(ErrorKind::kConflict, reasons::kExists,
                  "'" + claim + "' is attached to machine '" + other.machine.text() +
                      "' already; detach it there first");
    }
    if (SaysTheSame(other, attachment)) return other;
  }
  attachment.id = Guid::Random();
  Write(RenderAttachment(attachment));
  next_->attachments.insert_or_assign(claim, std::make_shared<const Attachment>(attachment));
  return attachment;
}

Result<Attachment> Draft::Detach(const ResourceId& machine, std::string_view claim) {
  TRY(const auto entry, GetMachine(machine));
  const auto found = next_->attachments.find(claim);
  if (found == next_->attachments.end() || !(found->second->machine == entry->machine->id)) {
    return Fail(ErrorKind::kNotFound, reasons::kNotFound,
                "'" + std::string(claim) + "' is not attached to machine '" +
                    entry->machine->id.text() + "'");
  }
  const Attachment attachment = *found->second;
  Delete(kAttachmentKind, attachment.claim());
  next_->attachments.erase(found);
  return attachment;
}

// A machine's places are free in the moment that it is gone.
void Draft::ForgetAttachments(const Machine& machine) {
  for (auto it = next_->attachments.begin(); it != next_->attachments.end();) {
    if (!(it->second->machine == machine.id)) {
      ++it;
      continue;
    }
    Delete(kAttachmentKind, it->first);
    it = next_->attachments.erase(it);
  }
}

}  // namespace openimds
