// SPDX-License-Identifier: Apache-2.0
#include "attribution/bridge_rules.h"

#include <cstdio>

namespace openimds {
namespace {

std::string Hex(std::uint32_t mark) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", static_cast<unsigned>(mark));
  return text;
}

// `ip daddr { 169.254.169.254 }`; empty if there is none of that family.
std::string ForGuests(const std::vector<IpAddress>& guests, bool v4) {
  std::string list;
  for (const IpAddress& address : guests) {
    if (address.is_v4() == v4) list += (list.empty() ? "" : ", ") + address.ToString();
  }
  if (list.empty()) return {};
  return std::string(v4 ? "ip" : "ip6") + " daddr { " + list + " }";
}

void AddPort(const BridgePortRule& rule, bool v4, const std::string& to, std::string* in,
             std::string* out) {
  const std::string from = "    iifname \"" + rule.port + "\" " + to;
  const std::string reply = "    meta mark " + Hex(rule.mark);
  const std::string hops = v4 ? "ip ttl" : "ip6 hoplimit";
  if (!rule.allow_forwarded) *in += from + " " + hops + " < 64 drop\n";
  *in += from + " meta mark set " + Hex(rule.mark) + "\n";
  if (!rule.allow_forwarded) {
    *out += reply + " meta protocol " + (v4 ? "ip " : "ip6 ") + hops + " set 1\n";
  }
}

}  // namespace

std::string RenderBridgeRules(const std::vector<BridgePortRule>& ports,
                              const std::vector<IpAddress>& guests) {
  const std::string table = std::string("table bridge ") + kBridgeTable;
  // Declared first, so that deleting it is no error where it is not there.
  std::string script = table + " {}\ndelete " + table + "\n";
  if (ports.empty()) return script;
  std::string in, out;
  for (const BridgePortRule& rule : ports) {
    out += "    meta mark " + Hex(rule.mark) + " oifname != \"" + rule.port + "\" drop\n";
  }
  for (const bool v4 : {true, false}) {
    const std::string to = ForGuests(guests, v4);
    if (to.empty()) continue;
    in += "    " + to + " meta mark set 0\n";
    for (const BridgePortRule& rule : ports) AddPort(rule, v4, to, &in, &out);
  }
  script += table + " {\n  chain from_guests {\n";
  script += "    type filter hook prerouting priority -200; policy accept;\n" + in + "  }\n";
  script += "  chain to_guests {\n";
  script += "    type filter hook output priority 200; policy accept;\n" + out + "  }\n}\n";
  return script;
}

}  // namespace openimds
