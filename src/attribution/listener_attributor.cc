// SPDX-License-Identifier: Apache-2.0
#include "attribution/listener_attributor.h"

#include "base/reasons.h"

namespace openimds {

Result<std::shared_ptr<const MachineEntry>> ListenerAttributor::Attribute(
    const Peer&, const Snapshot& snapshot) const {
  auto machine = snapshot.FindMachine(machine_);
  if (machine) return machine;
  return Fail(ErrorKind::kForbidden, reasons::kUnknownMachine,
              "this listener speaks for machine '" + machine_ +
                  "', which does not exist (or several machines have that name)");
}

}  // namespace openimds
