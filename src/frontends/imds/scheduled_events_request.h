// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/result.h"

// What requests to `/metadata/scheduledevents` ask for (protocol.md E.7). Pure.
namespace openimds::imds {

// The api-versions of this category, oldest first. They are its own: some are in no other list.
std::span<const std::string_view> EventsApiVersions();

// The version that a query names, one of the above. Fails with kApiVersionMissing,
// kApiVersionUnknown, kFormatInvalid for a `format` other than `json`, or as the query's grammar
// does. Names that IMDS does not know are ignored.
Result<std::string_view> ParseEventsQuery(std::string_view query);

// The EventIds of `{"StartRequests":[{"EventId":"…"},…]}`, in any letter case; there may be none.
// Other members are ignored: the oldest clients send `DocumentIncarnation` beside it. Fails with
// kStartRequestsInvalid, saying what was expected where.
Result<std::vector<Guid>> ParseStartRequests(std::string_view body);

}  // namespace openimds::imds
