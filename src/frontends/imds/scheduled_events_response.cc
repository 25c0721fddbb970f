// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/scheduled_events_response.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/reasons.h"
#include "base/text.h"
#include "broker/flat_answer.h"
#include "frontends/imds/api_version.h"
#include "frontends/imds/instance_response.h"
#include "frontends/imds/scheduled_events_request.h"
#include "frontends/imds/token_response.h"

namespace openimds::imds {
namespace {

// What versions changed, besides the types of events.
constexpr std::string_view kPlainNamesSince = "2017-08-01";  // before: with an underscore in front
constexpr std::string_view kDescriptionSince = "2019-04-01";
constexpr std::string_view kSourceSince = "2019-08-01";
constexpr std::string_view kDurationSince = "2020-07-01";

std::string UpperCased(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

std::string NamesOf(const ScheduledEvent& event, std::string_view api_version) {
  const std::string_view prefix = api_version < kPlainNamesSince ? "_" : "";
  std::string names;
  for (const ResourceId& machine : event.machines) {
    names.append(names.empty() ? "" : ",");
    names += JsonQuoted(std::string(prefix).append(machine.name()));
  }
  return names;
}

std::string EventText(const ScheduledEvent& event, std::string_view api_version) {
  const bool waits = event.status == EventStatus::kScheduled;
  std::string text = "{\"EventId\":\"" + UpperCased(event.id.ToString());
  text.append("\",\"EventStatus\":\"").append(ToText(event.status));
  text.append("\",\"EventType\":\"").append(FactsOf(event.type).name);
  text.append(R"(","ResourceType":"VirtualMachine","Resources":[)");
  text.append(NamesOf(event, api_version)).append("],\"NotBefore\":\"");
  if (waits) text.append(FormatHttpTime(ToUnixSeconds(event.not_before)));
  text.append("\"");
  if (api_version >= kDescriptionSince) {
    text.append(",\"Description\":").append(JsonQuoted(event.description));
  }
  if (api_version >= kSourceSince) {
    text.append(",\"EventSource\":\"").append(ToText(event.source)).append("\"");
  }
  if (api_version >= kDurationSince) {
    text.append(",\"DurationInSeconds\":").append(std::to_string(event.duration));
  }
  return text + "}";
}

http::Response Answer(int status, std::string body) {
  http::Response response = http::Response::Json(status, std::move(body));
  response.server = kServer;
  return response;
}

}  // namespace

http::Response RenderEvents(const EventInbox& inbox, std::string_view api_version) {
  std::string body =
      "{\"DocumentIncarnation\":" + std::to_string(inbox.IncarnationFor(api_version)) +
      ",\"Events\":[";
  for (const EventList events = inbox.EventsFor(api_version); const auto& event : events) {
    if (body.back() == '}') body.push_back(',');
    body += EventText(*event, api_version);
  }
  return Answer(200, body + "]}");
}

http::Response RenderEventsError(const Error& error) {
  if (error.reason == reasons::kApiVersionUnknown || error.reason == reasons::kApiVersionMissing) {
    return Answer(400, UnknownVersionBody(EventsApiVersions()));
  }
  // Another writer was faster twice: that passes, and 400 would be final for clients.
  if (error.reason == reasons::kChangedMeanwhile) {
    return RenderInstanceError({ErrorKind::kUnavailable, error.reason, error.message});
  }
  return RenderInstanceError(error);
}

}  // namespace openimds::imds
