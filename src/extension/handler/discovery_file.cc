// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/discovery_file.h"

#include <system_error>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "extension/durable_file.h"
#include "extension/handler/agent_json.h"

namespace openimds::extension {
namespace {

constexpr std::string_view kFileName = "ManagedIdentity-Settings";
constexpr std::string_view kUrl = "http://localhost:";

}  // namespace

Result<void> WriteDiscovery(const std::filesystem::path& agent_folder, std::uint16_t port) {
  const boost::json::object object{{"url", std::string(kUrl) + std::to_string(port)}};
  return WriteDurably(agent_folder / kFileName, boost::json::serialize(object), 0644);
}

Result<std::uint16_t> ReadDiscovery(const std::filesystem::path& agent_folder) {
  TRY(const std::string text, ReadAgentFile(agent_folder / kFileName));
  return ParseDiscovery(text);
}

Result<std::uint16_t> ParseDiscovery(std::string_view text) {
  const auto parsed = ParseJsonObject(text);
  const std::string_view url = parsed ? TextOf(*parsed, "url") : std::string_view();
  if (url.substr(0, kUrl.size()) == kUrl) {
    const auto port = ParseDecimal(url.substr(kUrl.size()));
    if (port && *port >= 1 && *port <= 65535) return static_cast<std::uint16_t>(*port);
  }
  return Fail(ErrorKind::kInvalidRequest, reasons::kStateFailed,
              std::string(kFileName) + ": expected a url of http://localhost and a port");
}

void RemoveDiscovery(const std::filesystem::path& agent_folder, std::uint16_t port) {
  const auto named = ReadDiscovery(agent_folder);
  std::error_code ignored;
  if (named && *named == port) std::filesystem::remove(agent_folder / kFileName, ignored);
}

}  // namespace openimds::extension
