// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/result.h"
#include "extension/daemon_settings.h"
#include "model/resource_id.h"
#include "registry/snapshot.h"

namespace openimds::extension {

// The one machine that a guest's daemon speaks for, as requests read it: its identities and nothing
// else. What the settings do not say (the machine's own id, say) is made up so that no caller's
// selector can match it. REQUIRES: settings that ParseDaemonSettings() took.
struct GuestSnapshot {
  ResourceId machine;
  std::shared_ptr<const Snapshot> snapshot;
};
Result<GuestSnapshot> MakeGuestSnapshot(const DaemonSettings& settings);

}  // namespace openimds::extension
