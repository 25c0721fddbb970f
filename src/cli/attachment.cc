// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <boost/json/array.hpp>

#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/tables.h"
#include "cli/verbs.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

std::string StateText(const json::value& attachment) {
  const std::string state = MemberText(attachment, "state");
  const std::string waits_for = MemberText(attachment, "waitsFor");
  return waits_for.empty() ? state : state + ": " + waits_for;
}

std::string ListTable(const json::value& attachments) {
  Table table{{"MACHINE", "WAY", "PLACE", "STATE"}, {}};
  for (const json::value& one : attachments.as_array()) {
    table.rows.push_back({NameInId(one, "machine"), MemberText(one, "way"),
                          MemberText(one, "place"), StateText(one)});
  }
  return RenderTable(table);
}

std::string AttachedFacts(const json::value& attachment) {
  std::string reach = "the guest only";
  if (attachment.at("allowForwarded").as_bool()) reach = "the guest, and what is behind it";
  return RenderFacts({{"machine", NameInId(attachment, "machine")},
                      {"way", MemberText(attachment, "way")},
                      {"place", MemberText(attachment, "place")},
                      {"answers", reach},
                      {"state", StateText(attachment)}});
}

std::string DetachedLine(const json::value& answer) {
  return "detached " + MemberText(answer, "detached") + " from " + NameInId(answer, "machine") +
         "\n";
}

// One of them says where the machine calls from.
void AddPlace(OperationVerb& verb) {
  verb.Text("--interface", "interface", "The device that only this guest is behind")
      ->type_name("DEVICE");
  verb.Text("--bridge-port", "bridgePort", "The port of a bridge that the guest is behind")
      ->type_name("DEVICE");
  verb.Text("--netns", "netns", "The network namespace that it lives in")->type_name("NAME|PATH");
  verb.Text("--ip", "ip", "The address that only this guest can have")->type_name("ADDRESS");
  verb.Text("--unix", "unix", "The path of a socket that is made for it")->type_name("PATH");
  verb.Text("--cid", "cid", "Its vsock context id")->type_name("NUMBER");
}

}  // namespace

void AddMachineAttachments(CLI::App& machine, Invocation& invocation) {
  OperationVerb attach(machine, invocation, "attach", "Say where a machine's calls come from",
                       "machine.attach", AttachedFacts);
  attach.Text("MACHINE", "machine", "Its name or resource id")->required();
  AddPlace(attach);
  attach.Flag("--allow-forwarded", "allowForwarded", "Answer what is behind the guest as well");
  attach.Text("--uid", "uid", "With --unix: the user who may call")->type_name("NUMBER");
  attach.Text("--gid", "gid", "With --unix: the group whose processes may call")
      ->type_name("NUMBER");

  OperationVerb detach(machine, invocation, "detach", "Take that back; its connections end",
                       "machine.detach", DetachedLine);
  detach.Text("MACHINE", "machine", "Its name or resource id")->required();
  AddPlace(detach);

  OperationVerb list(machine, invocation, "attachments", "Where machines' calls come from",
                     "machine.attachments", ListTable);
  list.Text("MACHINE", "machine", "Only those of this one");
}

}  // namespace openimds::cli
