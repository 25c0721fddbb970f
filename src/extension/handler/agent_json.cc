// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/agent_json.h"

#include <boost/json/parse.hpp>

#include "extension/durable_file.h"

namespace openimds::extension {

tl::expected<boost::json::value, std::string> ParseAgentJson(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  boost::json::error_code failure;
  auto value = boost::json::parse({text.data(), text.size()}, failure);
  if (failure) return tl::unexpected<std::string>("it is no JSON: " + failure.message());
  return value;
}

Result<std::string> ReadAgentFile(const std::filesystem::path& path) {
  return ReadGuardedFile(path, 1 << 20);
}

}  // namespace openimds::extension
