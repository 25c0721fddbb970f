// SPDX-License-Identifier: Apache-2.0
#include "host/host_view.h"

#include <algorithm>
#include <fstream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string MemberOf(const json::value& object, std::string_view name) {
  const json::object* members = object.if_object();
  const json::value* member = members ? members->if_contains(name) : nullptr;
  return member && member->is_string() ? std::string(member->get_string()) : std::string();
}

const json::array* ArrayOf(const json::value& object, std::string_view name) {
  const json::object* members = object.if_object();
  const json::value* member = members ? members->if_contains(name) : nullptr;
  return member ? member->if_array() : nullptr;
}

std::string FirstLine(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return std::string(TrimSpace(line));
}

// By what the firmware says; each cloud documents its own.
std::string FindCloud(const fs::path& root) {
  const fs::path firmware = root / "sys/class/dmi/id";
  const std::string asset_tag = FirstLine(firmware / "chassis_asset_tag");
  if (asset_tag == "7783-7084-3265-9085-8269-3286-77") return "Azure";
  if (asset_tag == "OracleCloud.com") return "Oracle Cloud";
  const std::string vendor = FirstLine(firmware / "sys_vendor");
  for (const std::string_view cloud : {"Amazon EC2", "Google", "Alibaba Cloud", "DigitalOcean",
                                       "Hetzner", "OpenStack Foundation", "Scaleway", "Vultr"}) {
    if (vendor == cloud) return std::string(cloud);
  }
  return {};
}

}  // namespace

Result<HostView> ReadAddresses(std::string_view text) {
  json::error_code failure;
  const json::value all = json::parse(text, failure);
  if (failure || !all.is_array()) {
    return Fail(ErrorKind::kUnavailable, reasons::kHostNotReady,
                "expected a JSON array from 'ip -j address', got something else");
  }
  HostView view;
  for (const json::value& link : all.get_array()) {
    const std::string name = MemberOf(link, "ifname");
    if (name.empty()) continue;  // `ip` prints empty objects for what it left out
    view.interfaces.push_back(name);
    const json::array* addresses = ArrayOf(link, "addr_info");
    if (!addresses) continue;
    for (const json::value& address : *addresses) {
      if (MemberOf(address, "family") != "inet") continue;
      view.addresses.push_back(
          {name, MemberOf(address, "local"), MemberOf(address, "label") == kAddressLabel});
    }
  }
  return view;
}

std::vector<std::string> ReadChains(std::string_view text) {
  json::error_code failure;
  const json::value all = json::parse(text, failure);
  const json::array* entries = failure ? nullptr : ArrayOf(all, "nftables");
  std::vector<std::string> chains;
  if (!entries) return chains;
  for (const json::value& entry : *entries) {
    const json::object* members = entry.if_object();
    const json::value* chain = members ? members->if_contains("chain") : nullptr;
    if (chain) chains.push_back(MemberOf(*chain, "name"));
  }
  return chains;
}

Result<HostView> LookAtHost(const fs::path& root, const RunTool& run) {
  TRY(const std::string addresses, run({"ip", "-j", "address", "show"}));
  TRY(HostView view, ReadAddresses(addresses));
  if (const auto rules = run({"nft", "-j", "list", "table", "inet", "openimds_host"})) {
    view.chains = ReadChains(*rules);
  }
  view.cloud = FindCloud(root);
  for (const std::string& interface : view.interfaces) {
    const fs::path settings = root / "proc/sys/net/ipv4/conf" / interface;
    if (interface != "lo" && FirstLine(settings / "route_localnet") == "1") {
      view.loopback_routed.push_back(interface);
    }
  }
  return view;
}

}  // namespace openimds
