// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/reasons.h"
#include "cli/exit_codes.h"
#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/verbs.h"
#include "host/host_check.h"
#include "host/host_tools.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

struct HostOptions {
  bool dry_run = false;
  bool even_on_a_cloud = false;
};

// ---- the plan: what the configuration says, and what machines are attached

const json::array& ElementsAt(const json::value& object, std::string_view pointer) {
  static const json::array none;
  json::error_code missing;
  const json::value* found = object.find_pointer({pointer.data(), pointer.size()}, missing);
  return found && found->is_array() ? found->get_array() : none;
}

void AddAddresses(const json::value& machine, GuestLink& link) {
  for (const json::value& interface : ElementsAt(machine, "/profile/network/interface")) {
    const std::string mac = MemberText(interface, "macAddress");
    if (!mac.empty()) link.macs.push_back(mac);
    for (const json::value& address : ElementsAt(interface, "/ipv4/ipAddress")) {
      const std::string text = MemberText(address, "privateIpAddress");
      if (!text.empty()) link.ipv4.push_back(text);
    }
  }
}

std::vector<GuestLink> LinksOf(const json::array& attachments, const json::array& machines) {
  std::vector<GuestLink> links;
  for (const json::value& attachment : attachments) {
    const std::string way = MemberText(attachment, "way");
    if (way != "interface" && way != "bridge_port") continue;
    GuestLink link{MemberText(attachment, "place")};
    const std::string id = MemberText(attachment, "machine");
    const auto machine = std::find_if(machines.begin(), machines.end(),
                                      [&](const auto& one) { return MemberText(one, "id") == id; });
    if (machine != machines.end()) AddAddresses(*machine, link);
    links.push_back(std::move(link));
  }
  return links;
}

// A guest has no business with any listener of the service that is not its own.
std::vector<std::uint16_t> PrivatePorts(const Config& config) {
  std::vector<std::uint16_t> ports;
  for (const ListenerSettings& listener : config.listeners) {
    const bool is_private = listener.protocol != ListenerProtocol::kImds &&
                            listener.address.family == ListenAddress::Family::kTcp &&
                            listener.address.port != 0;
    if (is_private) ports.push_back(listener.address.port);
  }
  std::sort(ports.begin(), ports.end());
  ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
  return ports;
}

Result<HostPlan> ReadPlan(const Invocation& invocation) {
  TRY(const Config config, invocation.ReadConfig());
  TRY(const json::value attachments, invocation.Run("machine.attachments", {}));
  TRY(const json::value machines, invocation.Run("machine.list", {}));
  HostPlan plan{config.host.guest_interfaces, LinksOf(attachments.as_array(), machines.as_array()),
                PrivatePorts(config), config.host.wire_server};
  TRY_VOID(CheckHostPlan(plan));
  return plan;
}

// ---- the verbs

std::string FindingsTable(const json::value& answer) {
  Table table{{"", "CHECKED", "FOUND"}, {}};
  for (const json::value& finding : answer.at("findings").as_array()) {
    table.rows.push_back({finding.at("good").as_bool() ? "ok" : "!!",
                          MemberText(finding, "subject"), MemberText(finding, "text")});
  }
  return RenderTable(table);
}

Result<int> Check(const Invocation& invocation) {
  TRY(const HostPlan plan, ReadPlan(invocation));
  TRY(const HostView view, LookAtHost("/", RunHostTool));
  json::array list;
  bool all_good = true;
  for (const HostFinding& finding : CheckHost(plan, view)) {
    all_good = all_good && finding.good;
    list.push_back(
        json::object{{"subject", finding.subject}, {"good", finding.good}, {"text", finding.text}});
  }
  invocation.Print(json::object{{"ready", all_good}, {"findings", std::move(list)}}, FindingsTable);
  return all_good ? kDone : kRefused;
}

// Says what it did, or would do.
Result<int> Apply(const Invocation& invocation, const HostOptions& options,
                  const std::vector<HostCommand>& commands) {
  if (options.dry_run) {
    invocation.program.out << RenderScript(commands);
    return kDone;
  }
  TRY_VOID(RunHostCommands(commands));
  invocation.program.out << (commands.empty() ? "nothing to do\n" : RenderScript(commands));
  return kDone;
}

Result<int> Setup(const Invocation& invocation, const HostOptions& options) {
  TRY(const HostPlan plan, ReadPlan(invocation));
  TRY(const HostView view, LookAtHost("/", RunHostTool));
  TRY(const auto commands, PlanSetup(plan, view, options.even_on_a_cloud));
  return Apply(invocation, options, commands);
}

Result<int> Teardown(const Invocation& invocation, const HostOptions& options) {
  TRY(const HostView view, LookAtHost("/", RunHostTool));
  return Apply(invocation, options, PlanTeardown(view));
}

CLI::App* AddVerb(CLI::App& group, const char* name, const char* description) {
  CLI::App* verb = group.add_subcommand(name, description);
  verb->group(kVerbs);
  return verb;
}

}  // namespace

void AddHost(CLI::App& app, Invocation& invocation) {
  CLI::App& group = AddGroup(app, "host", "What this host needs for its guests");
  auto options = std::make_shared<HostOptions>();

  CLI::App* check = AddVerb(group, "check", "Look whether all is set up, and say what is not");
  check->callback([&invocation] { invocation.action = [&] { return Check(invocation); }; });

  CLI::App* setup = AddVerb(group, "setup", "Put the metadata address on this host, and guard it");
  setup->add_flag("--dry-run", options->dry_run, "Only print what it would do");
  setup->add_flag("--even-on-a-cloud", options->even_on_a_cloud,
                  "Although this host loses the metadata service of its own cloud");
  setup->callback([&invocation, options] {
    invocation.action = [&invocation, options] { return Setup(invocation, *options); };
  });

  CLI::App* teardown = AddVerb(group, "teardown", "Take away what setup made");
  teardown->add_flag("--dry-run", options->dry_run, "Only print what it would do");
  teardown->callback([&invocation, options] {
    invocation.action = [&invocation, options] { return Teardown(invocation, *options); };
  });
}

}  // namespace openimds::cli
