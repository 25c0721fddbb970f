// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/status_file.h"

#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "extension/durable_file.h"
#include "extension/handler/agent_json.h"

namespace openimds::extension {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostMessage = 1000;
constexpr std::size_t kMostParts = 40;
constexpr std::string_view kName = "ManagedIdentity";

std::string_view NameOf(StatusKind kind) {
  switch (kind) {
    case StatusKind::kTransitioning:
      return "transitioning";
    case StatusKind::kError:
      return "error";
    case StatusKind::kSuccess:
      return "success";
    case StatusKind::kWarning:
      return "warning";
  }
  return "error";
}

bool ContinuesCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::string_view Cut(std::string_view message) {
  if (message.size() <= kMostMessage) return message;
  std::size_t end = kMostMessage;
  while (end > 0 && ContinuesCharacter(message[end])) --end;
  return message.substr(0, end);
}

json::object FormattedMessage(std::string_view message) {
  return {{"lang", "en-US"}, {"message", Cut(message)}};
}

json::array RenderParts(const std::vector<StatusPart>& parts) {
  json::array rendered;
  for (const StatusPart& part : parts) {
    if (rendered.size() == kMostParts) break;
    rendered.push_back(json::object{{"name", part.name},
                                    {"status", NameOf(part.kind)},
                                    {"code", 0},
                                    {"formattedMessage", FormattedMessage(part.message)}});
  }
  return rendered;
}

// The library would write the number as `1E0`, which somebody somewhere does not read.
std::string Versioned(const std::string& members) { return "[{\"version\":1.0," + members + "}]"; }

}  // namespace

std::string RenderStatus(const HandlerStatus& status, Time now) {
  const std::string time = FormatIsoTime(ToUnixSeconds(now));
  const json::object inner{{"name", kName},
                           {"operation", status.operation},
                           {"configurationAppliedTime", time},
                           {"status", NameOf(status.kind)},
                           {"code", status.code},
                           {"formattedMessage", FormattedMessage(status.message)},
                           {"substatus", RenderParts(status.parts)}};
  return Versioned("\"timestampUTC\":\"" + time + "\",\"status\":" + json::serialize(inner));
}

Result<void> WriteStatus(const std::filesystem::path& status_folder, std::uint64_t sequence,
                         const HandlerStatus& status, Time now) {
  return WriteDurably(status_folder / (std::to_string(sequence) + ".status"),
                      RenderStatus(status, now), 0600);
}

Result<void> WriteHeartbeat(const std::filesystem::path& file, bool ready,
                            const std::string& message) {
  const json::object inner{{"status", ready ? "ready" : "notready"},
                           {"code", 0},
                           {"formattedMessage", FormattedMessage(message)}};
  return WriteDurably(file, Versioned("\"heartbeat\":" + json::serialize(inner)), 0600);
}

}  // namespace openimds::extension
