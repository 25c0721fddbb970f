// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "extension/handler/service_folder.h"
#include "extension/handler/status_file.h"

namespace openimds::extension {

// What the endpoint on localhost answered to a request for a token.
enum class EndpointAnswer {
  kToken,      // a token
  kRefused,    // a refusal that will stay one until somebody changes something
  kNoDefault,  // the bridge works, and IMDS refuses a request that names no identity
  kLater,   // the endpoint is there, and has no token yet: a name that does not resolve, an outage
  kSilent,  // nobody listens, or it is not an endpoint of ours
};

struct EndpointProbe {
  EndpointAnswer answer = EndpointAnswer::kSilent;
  std::string detail;  // what came, for people; never a token
};

// Asks at 127.0.0.1 as a workload does; blocks for at most 30 seconds. The token is wiped at once.
EndpointProbe AskForToken(const AppliedSettings& applied);

// True if an endpoint of this protocol answers, without asking it for anything.
bool IsEndpointUp(std::uint16_t port);

// The judgement that AskForToken() makes of an answer. Pure.
EndpointProbe JudgeAnswer(int status, std::string_view body);

// What the owner of the machine is told about it: success for a token alone. Pure.
HandlerStatus StatusOf(const EndpointProbe& probe, const AppliedSettings& applied);

}  // namespace openimds::extension
