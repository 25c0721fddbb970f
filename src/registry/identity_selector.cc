// SPDX-License-Identifier: Apache-2.0
#include "registry/identity_selector.h"

#include <string>

#include "base/guid.h"
#include "base/reasons.h"

namespace openimds {
namespace {

using Found = Result<std::shared_ptr<const Identity>>;

// The value that was sent stays out of the message: it may be anything, and of any length.
Found NotFound(const MachineEntry& machine, std::string_view what) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kIdentityNotFound,
              "machine '" + std::string(machine.machine->id.name()) + "' has no identity " +
                  std::string(what));
}

template <class Index>
Found FindByGuid(const MachineEntry& machine, const Index& index, const std::string& text,
                 std::string_view what) {
  const auto guid = Guid::Parse(text);
  if (!guid) return NotFound(machine, what);
  const auto found = index.find(*guid);
  if (found == index.end()) return NotFound(machine, what);
  return found->second;
}

Found FindByResourceId(const MachineEntry& machine, const std::string& text) {
  const auto found = machine.by_resource_id.find(ResourceIdKey(text));
  if (found == machine.by_resource_id.end()) return NotFound(machine, "with that resource id");
  return found->second;
}

Found FindDefault(const MachineEntry& machine) {
  if (machine.system_assigned) return machine.system_assigned;
  if (machine.user_assigned.empty()) return NotFound(machine, "at all");
  if (machine.user_assigned.size() == 1) return machine.user_assigned.front();
  return Fail(ErrorKind::kInvalidRequest, reasons::kIdentityAmbiguous,
              "machine '" + std::string(machine.machine->id.name()) + "' has " +
                  std::to_string(machine.user_assigned.size()) +
                  " user-assigned identities; say which by client id, object id or resource id");
}

}  // namespace

Result<std::shared_ptr<const Identity>> SelectIdentity(const MachineEntry& machine,
                                                       const IdentitySelector& selector) {
  const int given =
      (selector.client_id ? 1 : 0) + (selector.object_id ? 1 : 0) + (selector.resource_id ? 1 : 0);
  if (given > 1) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kSelectorConflict,
                "expected one of client id, object id and resource id, got " +
                    std::to_string(given) + " of them");
  }
  if (selector.client_id) {
    return FindByGuid(machine, machine.by_client_id, *selector.client_id, "with that client id");
  }
  if (selector.object_id) {
    return FindByGuid(machine, machine.by_principal_id, *selector.object_id, "with that object id");
  }
  if (selector.resource_id) return FindByResourceId(machine, *selector.resource_id);
  return FindDefault(machine);
}

}  // namespace openimds
