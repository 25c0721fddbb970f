// SPDX-License-Identifier: Apache-2.0
#include "host/host_rules.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <set>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace openimds {
namespace {

constexpr std::string_view kFamilies[] = {"inet", "bridge", "arp"};

tl::unexpected<Error> Bad(std::string_view what, std::string_view expected) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kHostInterface,
              "expected " + std::string(expected) + ", got '" + std::string(what) + "'");
}

bool IsInterface(std::string_view name) {
  return !name.empty() && name.size() < IFNAMSIZ &&
         std::all_of(name.begin(), name.end(), [](char c) {
           const char lower = ToLowerAscii(c);
           return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_' || c == '.' || c == '@';
         });
}

bool IsMac(std::string_view mac) {
  return mac.size() == 12 &&
         std::all_of(mac.begin(), mac.end(), [](char c) { return HexValue(c) >= 0; });
}

bool IsIpv4(const std::string& text) {
  in_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) == 1;
}

std::string Quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

std::string Join(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text.append(text.empty() ? "" : ", ").append(item);
  return "{ " + text + " }";
}

std::string WithColons(std::string_view mac) {
  std::string text;
  for (std::size_t i = 0; i < mac.size(); ++i) {
    if (i > 0 && i % 2 == 0) text.push_back(':');
    text.push_back(ToLowerAscii(mac[i]));
  }
  return text;
}

std::string GuestSet(const HostPlan& plan) {
  std::set<std::string> names;
  for (const std::string& guest : plan.guests) names.insert(Quoted(guest));
  for (const GuestLink& link : plan.links) {
    const bool named = std::any_of(plan.guests.begin(), plan.guests.end(), [&](const auto& guest) {
      return guest.ends_with('*') &&
             link.interface.starts_with(std::string_view(guest).substr(0, guest.size() - 1));
    });
    if (!named) names.insert(Quoted(link.interface));  // nft refuses overlapping intervals
  }
  return names.empty() ? std::string() : Join({names.begin(), names.end()});
}

// A guest that has no address yet asks for one from 0.0.0.0.
std::string AddressSet(const GuestLink& link) {
  std::vector<std::string> addresses = link.ipv4;
  addresses.emplace_back("0.0.0.0");
  return Join(addresses);
}

class RulesWriter {
 public:
  explicit RulesWriter(const HostPlan& plan) : plan_(plan), guests_(GuestSet(plan)) {
    for (const std::string_view address : ServiceAddresses(plan)) services_.emplace_back(address);
  }

  std::string Write() {
    WriteInet();
    WriteBridge();
    WriteArp();
    return std::move(text_);
  }

  // The mark stands for all the rest.
  void Mark(const std::string& mark) { mark_ = mark; }

 private:
  void Line(const std::string& line) { text_.append(line).append("\n"); }

  void Begin(std::string_view family) { Line("table " + std::string(family) + " openimds_host {"); }

  void BeginChain(const std::string& name, const std::string& hook, const std::string& priority) {
    Line("  chain " + name + " {");
    Line("    type filter hook " + hook + " priority " + priority + "; policy accept;");
  }

  void End() { Line("  }"); }

  void Guests(const std::string& rule) {
    if (!guests_.empty()) Line("    iifname " + guests_ + " " + rule);
  }

  void OwnSource(const GuestLink& link, bool with_arp) {
    const std::string from = "    iifname " + Quoted(link.interface) + " ";
    if (!link.macs.empty()) {
      std::vector<std::string> macs;
      for (const std::string& mac : link.macs) macs.push_back(WithColons(mac));
      Line(from + "ether saddr != " + Join(macs) + " counter drop");
    }
    if (link.ipv4.empty()) return;
    Line(from + "ip saddr != " + AddressSet(link) + " counter drop");
    if (with_arp) Line(from + "arp saddr ip != " + AddressSet(link) + " counter drop");
  }

  void WriteInet() {
    Begin("inet");
    if (!mark_.empty()) Line("  chain " + mark_ + " {\n  }");
    BeginChain("prerouting", "prerouting", "raw");
    for (const GuestLink& link : plan_.links) OwnSource(link, false);
    Guests("ip daddr 127.0.0.0/8 counter drop");
    End();
    BeginChain("input", "input", "filter - 10");
    Guests("ip daddr " + Join(services_) + " tcp dport 80 accept");
    Guests("ip daddr " + Join(services_) + " counter drop");
    if (!plan_.private_ports.empty()) {
      std::vector<std::string> ports;
      for (const std::uint16_t port : plan_.private_ports) ports.push_back(std::to_string(port));
      Guests("tcp dport " + Join(ports) + " counter drop");
    }
    End();
    BeginChain("forward", "forward", "filter - 10");
    Guests("ip daddr " + Join(AllServices()) + " counter drop");
    End();
    Line("}");
  }

  void WriteBridge() {
    Begin("bridge");
    BeginChain("prerouting", "prerouting", "-300");
    for (const GuestLink& link : plan_.links) OwnSource(link, true);
    End();
    BeginChain("forward", "forward", "0");
    Guests("ip daddr " + Join(AllServices()) + " counter drop");
    End();
    Line("}");
  }

  void WriteArp() {
    Begin("arp");
    BeginChain("input", "input", "filter");
    for (const GuestLink& link : plan_.links) {
      if (link.ipv4.empty()) continue;
      Line("    iifname " + Quoted(link.interface) + " arp saddr ip != " + AddressSet(link) +
           " counter drop");
    }
    End();
    Line("}");
  }

  // What must not pass through the host, whether or not it is answered here.
  static std::vector<std::string> AllServices() {
    return {std::string(kMetadataAddress), std::string(kWireServerAddress)};
  }

  const HostPlan& plan_;
  const std::string guests_;
  std::vector<std::string> services_;
  std::string mark_;
  std::string text_;
};

}  // namespace

Result<void> CheckHostPlan(const HostPlan& plan) {
  for (const std::string& guest : plan.guests) {
    const std::string_view name = guest;
    if (!IsInterface(name.ends_with('*') ? name.substr(0, name.size() - 1) : name)) {
      return Bad(guest,
                 "an interface's name of 1 to 15 letters, digits or -_.@, or its beginning "
                 "and '*'");
    }
  }
  for (const GuestLink& link : plan.links) {
    if (!IsInterface(link.interface)) return Bad(link.interface, "an interface's name");
    for (const std::string& mac : link.macs) {
      if (!IsMac(mac)) return Bad(mac, "a MAC address of twelve hex digits");
    }
    for (const std::string& address : link.ipv4) {
      if (!IsIpv4(address)) return Bad(address, "an IPv4 address");
    }
  }
  return {};
}

std::vector<std::string_view> ServiceAddresses(const HostPlan& plan) {
  if (plan.wire_server) return {kMetadataAddress, kWireServerAddress};
  return {kMetadataAddress};
}

std::string HostRulesMark(const HostPlan& plan) {
  return "plan_" + LowerHex(Sha256(RulesWriter(plan).Write())).substr(0, 16);
}

std::string RenderHostRules(const HostPlan& plan) {
  RulesWriter writer(plan);
  writer.Mark(HostRulesMark(plan));
  return RenderNoHostRules() + writer.Write();
}

// Adding a table first makes deleting it no error where there is none.
std::string RenderNoHostRules() {
  std::string text;
  for (const std::string_view family : kFamilies) {
    const std::string table = "table " + std::string(family) + " openimds_host\n";
    text.append(table).append("delete ").append(table);
  }
  return text;
}

}  // namespace openimds
