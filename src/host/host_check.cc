// SPDX-License-Identifier: Apache-2.0
#include "host/host_check.h"

#include <algorithm>

#include "base/reasons.h"

namespace openimds {
namespace {

const HostAddress* FindAddress(const HostView& view, std::string_view address) {
  const auto found = std::find_if(view.addresses.begin(), view.addresses.end(),
                                  [&](const auto& known) { return known.address == address; });
  return found == view.addresses.end() ? nullptr : &*found;
}

bool Contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

HostFinding CheckAddress(const HostView& view, std::string_view address) {
  const HostAddress* found = FindAddress(view, address);
  if (!found) {
    return {std::string(address), false, "not on this host: run 'openimds host setup'"};
  }
  const std::string where = "on " + found->interface;
  if (found->interface != "lo") {
    return {std::string(address), false,
            where + ", expected on lo: guests of other interfaces may not reach it"};
  }
  return {std::string(address), true,
          where + (found->ours ? "" : ", not made by us: it stays at teardown")};
}

HostFinding CheckRules(const HostPlan& plan, const HostView& view) {
  HostFinding finding{"packet filter", false, {}};
  if (view.chains.empty()) {
    finding.text = "no rules: run 'openimds host setup'";
  } else if (!Contains(view.chains, HostRulesMark(plan))) {
    finding.text = "rules of another plan: run 'openimds host setup' again";
  } else {
    finding.good = true;
    finding.text = std::to_string(plan.links.size()) + " guests held to their own addresses";
  }
  return finding;
}

HostFinding CheckCloud(const HostView& view) {
  if (view.cloud.empty()) return {"cloud", true, "this host is in none that has this address"};
  return {"cloud", false,
          "this host is in " + view.cloud +
              ": with the address on lo, programs of the host itself no longer reach its metadata"};
}

HostFinding CheckGuests(const HostPlan& plan) {
  if (!plan.guests.empty() || !plan.links.empty()) return {"guests", true, "interfaces are named"};
  return {"guests", false,
          "no interface is named: say [host] guests = [\"vnet*\"], or attach machines"};
}

void CheckLinks(const HostPlan& plan, const HostView& view, std::vector<HostFinding>& findings) {
  for (const GuestLink& link : plan.links) {
    const bool held = !link.macs.empty() && !link.ipv4.empty();
    const bool exists = Contains(view.interfaces, link.interface);
    findings.push_back({link.interface, held,
                        std::string(exists ? "is there" : "is not there yet") +
                            (held ? ", held to its addresses"
                                  : ": its machine says no MAC or IPv4 address, so the guest may "
                                    "send from any; see 'openimds machine update'")});
  }
}

void AddFilter(const std::string& script, std::vector<HostCommand>& commands) {
  commands.push_back({{"nft", "-f", "-"}, script});
}

}  // namespace

std::vector<HostFinding> CheckHost(const HostPlan& plan, const HostView& view) {
  std::vector<HostFinding> findings{CheckCloud(view), CheckGuests(plan)};
  for (const std::string_view address : ServiceAddresses(plan)) {
    findings.push_back(CheckAddress(view, address));
  }
  findings.push_back(CheckRules(plan, view));
  for (const std::string& interface : view.loopback_routed) {
    findings.push_back({interface, false,
                        "routes 127.0.0.0/8 (route_localnet): expected 0, or what listens on "
                        "loopback can be reached from there"});
  }
  CheckLinks(plan, view, findings);
  return findings;
}

Result<std::vector<HostCommand>> PlanSetup(const HostPlan& plan, const HostView& view,
                                           bool even_on_a_cloud) {
  TRY_VOID(CheckHostPlan(plan));
  if (!view.cloud.empty() && !even_on_a_cloud) {
    return Fail(ErrorKind::kConflict, reasons::kHostCloud,
                "this host is in " + view.cloud +
                    ": it would lose its own metadata service at 169.254.169.254. Run the service "
                    "in a network namespace of its own, or say --even-on-a-cloud");
  }
  std::vector<HostCommand> commands;
  // Rules first: from the first moment that the address answers, it answers as it should.
  if (!Contains(view.chains, HostRulesMark(plan))) AddFilter(RenderHostRules(plan), commands);
  for (const std::string_view address : ServiceAddresses(plan)) {
    if (FindAddress(view, address)) continue;
    commands.push_back({{"ip", "address", "add", std::string(address) + "/32", "dev", "lo", "label",
                         std::string(kAddressLabel)},
                        {}});
  }
  return commands;
}

std::vector<HostCommand> PlanTeardown(const HostView& view) {
  std::vector<HostCommand> commands;
  for (const HostAddress& address : view.addresses) {
    if (!address.ours) continue;
    commands.push_back(
        {{"ip", "address", "del", address.address + "/32", "dev", address.interface}, {}});
  }
  if (!view.chains.empty()) AddFilter(RenderNoHostRules(), commands);
  return commands;
}

std::string RenderScript(const std::vector<HostCommand>& commands) {
  std::string script;
  for (const HostCommand& command : commands) {
    std::string line;
    for (const std::string& word : command.words) line.append(line.empty() ? "" : " ").append(word);
    script += line;
    if (!command.input.empty()) script += " <<'RULES'\n" + command.input + "RULES";
    script += "\n";
  }
  return script;
}

}  // namespace openimds
