// SPDX-License-Identifier: Apache-2.0
#include "attribution/attached_machine.h"

#include "base/reasons.h"

namespace openimds {
namespace {

tl::unexpected<Error> NotAttached(std::string_view claim, std::string_view why) {
  return Fail(ErrorKind::kForbidden, reasons::kNotAttached,
              "no machine is known by '" + std::string(claim) + "': " + std::string(why));
}

}  // namespace

Result<std::shared_ptr<const MachineEntry>> FindAttached(const Snapshot& snapshot,
                                                         std::string_view claim,
                                                         const Guid& opened_for) {
  const auto found = snapshot.attachments.find(claim);
  if (found == snapshot.attachments.end()) return NotAttached(claim, "none is attached to it");
  const Attachment& attachment = *found->second;
  if (opened_for != Guid() && opened_for != attachment.id) {
    return NotAttached(claim, "the connection is older than what is attached now");
  }
  const auto machine = snapshot.machines.find(attachment.machine.key());
  const bool same =
      machine != snapshot.machines.end() && machine->second->machine->vm_id == attachment.vm_id;
  if (!same) return NotAttached(claim, "the machine that was attached is gone");
  return machine->second;
}

bool CameBy(const Peer& peer, std::string_view kind) {
  return peer.place && peer.place->claim.starts_with(kind);
}

tl::unexpected<Error> WitnessesDisagree(std::string_view what) {
  return Fail(ErrorKind::kForbidden, reasons::kWitnessesDisagree,
              "the kernel's words about this caller do not fit together: " + std::string(what));
}

}  // namespace openimds
