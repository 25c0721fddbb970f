// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

// `ManagedIdentity-Settings` in the agent's folder, by which old programs find the endpoint:
// `{"url":"http://localhost:50342"}`. No slash at the end, because some put `/oauth2/token`
// straight behind it.
namespace openimds::extension {

Result<void> WriteDiscovery(const std::filesystem::path& agent_folder, std::uint16_t port);

// The port of the file as it is, which is how `enable` finds the endpoint that it has started.
// Fails with kStateFailed.
Result<std::uint16_t> ReadDiscovery(const std::filesystem::path& agent_folder);
Result<std::uint16_t> ParseDiscovery(std::string_view text);

// Leaves a file alone that names another port: it belongs to somebody who came after us.
void RemoveDiscovery(const std::filesystem::path& agent_folder, std::uint16_t port);

}  // namespace openimds::extension
