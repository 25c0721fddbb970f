// SPDX-License-Identifier: Apache-2.0
// Whatever is read as settings of the guest's daemon is written and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "extension/daemon_settings.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace openimds::extension;  // NOLINT(google-build-using-namespace): one function
  const auto settings =
      ParseDaemonSettings(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!settings) {
    Require(!settings.error().message.empty());
    return 0;
  }
  Require(settings->port != 0 && settings->state_dir.is_absolute());
  Require(settings->mode == DaemonMode::kAuthority || settings->identities.empty());
  const std::string rendered = RenderDaemonSettings(*settings);
  const auto again = ParseDaemonSettings(rendered);
  Require(again.has_value() && RenderDaemonSettings(*again) == rendered);
  return 0;
}
