// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/surroundings.h"
#include "base/result.h"
#include "cli/endpoints.h"

// The environment that points clients at us, for the shell of your choice. Pure.
// Which client honours which variable: protocol.md C.1.
namespace openimds::cli {

enum class Shell { kBash, kFish, kPowershell, kDotenv, kCompose };
inline constexpr std::array<std::string_view, 5> kShellNames{"bash", "fish", "powershell", "dotenv",
                                                             "compose"};

enum class Sdk { kAzureIdentity, kMsalPython, kCloudShell, kTerraform, kAz, kLegacy };
inline constexpr std::array<std::string_view, 6> kSdkNames{
    "azure-identity", "msal-python", "cloud-shell", "terraform", "az", "legacy"};

struct EnvironmentBlock {
  std::vector<std::pair<std::string, std::string>> variables;
  std::vector<std::string> comments;
};

// The variables for these clients; without any named, those of azure-identity, and a comment about
// each of the others. MSI_ENDPOINT and IDENTITY_* are never set together: clients that find both
// disagree about which wins (protocol.md G.24), so what the surroundings already hold of them is
// pointed out. Where a proxy is set, NO_PROXY is extended. Fails with kNotFound if there is no
// front end that these clients speak to.
Result<EnvironmentBlock> BlockFor(std::optional<Sdk> sdk, const Endpoints& endpoints,
                                  const Surroundings& surroundings);

std::string RenderBlock(const EnvironmentBlock& block, Shell shell);

// `value` as one word that the shell takes literally.
std::string Quote(std::string_view value, Shell shell);

}  // namespace openimds::cli
