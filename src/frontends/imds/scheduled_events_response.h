// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "http/response.h"
#include "registry/event_inbox.h"

// What `/metadata/scheduledevents` answers (protocol.md E.7). Pure.
namespace openimds::imds {

// 200 with `{"DocumentIncarnation":…,"Events":[…]}` on one line: the events that have not ended,
// each with the members that the version has, in the order that the real service writes them.
// REQUIRES: `api_version` is one of EventsApiVersions().
http::Response RenderEvents(const EventInbox& inbox, std::string_view api_version);

// A refusal in the words of the general categories; an api-version that is not known is answered
// with the newest of this category.
http::Response RenderEventsError(const Error& error);

}  // namespace openimds::imds
