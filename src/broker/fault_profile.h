// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace openimds {

// What a front end pretends is wrong with it, for people who test their clients. Probes without the
// Metadata header are answered as ever; each protocol words the fault in its own way.
enum class FaultProfile { kNone, kUpdating404, kUpdating410, kUpstreamDown, kThrottled };

}  // namespace openimds
