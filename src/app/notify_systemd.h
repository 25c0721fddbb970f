// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace openimds {

// Sends `state` (as `READY=1`) to the socket that systemd names in NOTIFY_SOCKET; does nothing
// where there is none. A state that cannot be sent is no error of ours.
void NotifySystemd(std::string_view state);

}  // namespace openimds
