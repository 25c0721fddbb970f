// SPDX-License-Identifier: Apache-2.0
#include "frontends/vm_extension/caller.h"

#include "base/reasons.h"
#include "http/caller_guard.h"

namespace openimds::vm_extension {

Result<void> CheckCaller(const http::Request& request) {
  const Peer& peer = request.peer;
  if (peer.address && !peer.address->is_loopback()) {
    return Fail(ErrorKind::kForbidden, reasons::kNotLoopback,
                "this endpoint serves callers on its own machine only");
  }
  TRY_VOID(http::CheckDirectCaller(request));
  return http::CheckMetadataHeader(request);
}

}  // namespace openimds::vm_extension
