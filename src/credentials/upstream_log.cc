// SPDX-License-Identifier: Apache-2.0
#include "credentials/upstream_log.h"

#include "telemetry/events.h"

namespace openimds {

void LogUpstream(Log& log, std::string_view authority, const TokenRequest& request,
                 const Result<AccessToken>& outcome) {
  const std::string& identity = request.identity->id.text();
  if (outcome) {
    log.Write(LogLevel::kDebug, events::kUpstreamAnswered,
              {{"authority", authority}, {"identity", identity}, {"resource", request.resource}});
    return;
  }
  const Error& error = outcome.error();
  log.Write(LogLevel::kWarn, events::kUpstreamFailed,
            {{"authority", authority},
             {"identity", identity},
             {"resource", request.resource},
             {"reason", error.reason},
             {"code", error.code},
             {"message", error.message},
             {"retry_after", error.retry_after.count()}});
}

}  // namespace openimds
