// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace openimds {

// An address of the host.
struct HostAddress {
  std::string interface;
  std::string address;
  bool ours = false;  // it carries our label: only then may it be taken away
};

// What the host is at one moment.
struct HostView {
  std::vector<std::string> interfaces;
  std::vector<HostAddress> addresses;  // IPv4
  std::vector<std::string> chains;     // of our table `inet openimds_host`; empty if there is none
  std::string cloud;                   // whose machine this is by its firmware; empty: nobody's
  std::vector<std::string> loopback_routed;  // interfaces from where 127.0.0.0/8 can be reached
};

// The label of the addresses that we made; the kernel keeps it, so no file has to.
inline constexpr std::string_view kAddressLabel = "lo:openimds";

// Reads what `ip -j address` prints. Fails with kHostNotReady if it is something else.
Result<HostView> ReadAddresses(std::string_view text);

// The chains in what `nft -j list table` prints; none if it is something else.
std::vector<std::string> ReadChains(std::string_view text);

// Looks at the host below `root` (`/` but in tests) and with the programs `ip` and `nft`, which
// `run` runs (RunHostTool). Fails with kHostNotReady if `ip` is not there.
using RunTool = std::function<Result<std::string>(const std::vector<std::string>& command)>;
Result<HostView> LookAtHost(const std::filesystem::path& root, const RunTool& run);

}  // namespace openimds
