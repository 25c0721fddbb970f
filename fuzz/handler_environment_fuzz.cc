// SPDX-License-Identifier: Apache-2.0
// Any HandlerEnvironment.json: refused, or whole paths.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "extension/handler/discovery_file.h"
#include "extension/handler/handler_environment.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)openimds::extension::ParseDiscovery(text);
  const auto found = openimds::extension::ParseHandlerEnvironment(text, "/agent/P.T-1.0");
  if (!found) return 0;
  Require(found->config_folder.is_absolute() && found->status_folder.is_absolute());
  Require(found->heartbeat_file.is_absolute() && found->agent_folder() == "/agent");
  return 0;
}
