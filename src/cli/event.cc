// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <boost/json/array.hpp>

#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/verbs.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

std::string LastSegment(const std::string& id) { return id.substr(id.rfind('/') + 1); }

std::string MachineNames(const json::value& event) {
  std::string names;
  for (const json::value& id : event.at("machines").as_array()) {
    names.append(names.empty() ? "" : ", ").append(LastSegment(std::string(id.as_string())));
  }
  return names;
}

std::string ListTable(const json::value& events) {
  Table table{{"EVENT ID", "TYPE", "STATUS", "NOT BEFORE", "SOURCE", "MACHINES"}, {}};
  for (const json::value& event : events.as_array()) {
    table.rows.push_back({MemberText(event, "eventId"), MemberText(event, "type"),
                          MemberText(event, "status"), MemberText(event, "notBefore"),
                          MemberText(event, "source"), MachineNames(event)});
  }
  return table.rows.empty() ? "no event\n" : RenderTable(table);
}

std::string ShowFacts(const json::value& event) {
  std::vector<std::pair<std::string, std::string>> facts{
      {"event id", MemberText(event, "eventId")},     {"type", MemberText(event, "type")},
      {"status", MemberText(event, "status")},        {"machines", MachineNames(event)},
      {"not before", MemberText(event, "notBefore")}, {"source", MemberText(event, "source")}};
  constexpr std::pair<const char*, const char*> kIfSaid[] = {{"scale set", "scaleSet"},
                                                             {"description", "description"},
                                                             {"started", "started"},
                                                             {"started by", "startedBy"},
                                                             {"ended", "ended"}};
  const std::string duration = MemberText(event, "durationInSeconds");
  facts.emplace_back("duration", duration == "-1" ? "unknown" : duration + " s");
  for (const auto& [name, member] : kIfSaid) {
    const json::value* value = event.as_object().if_contains(member);
    if (value && value->is_string() && !value->get_string().empty()) {
      facts.emplace_back(name, value->get_string());
    }
  }
  return RenderFacts(facts);
}

void AddOne(CLI::App& group, Invocation& invocation, const char* verb, const char* description,
            const char* operation) {
  OperationVerb one(group, invocation, verb, description, operation, ShowFacts);
  one.Guid("EVENT-ID", "event", "Which one")->required();
}

}  // namespace

void AddEvent(CLI::App& app, Invocation& invocation) {
  CLI::App& group = AddGroup(app, "event", "What is going to happen to machines");

  OperationVerb create(group, invocation, "create", "Announce something to machines",
                       "event.create", ShowFacts);
  create.Text("--type", "type", "Freeze, Reboot, Redeploy, Preempt or Terminate")->required();
  CLI::Option* machine =
      create.Repeated("--machine", "machines", "To which machine; may be given several times");
  CLI::Option* scale_set =
      create.Text("--scale-set", "scaleSet", "To all machines of this scale set");
  machine->excludes(scale_set);
  create.Text("--in", "in", "How long before it may start; else its type's least notice")
      ->type_name("30s|15m|2h|7d");
  create.Text("--duration", "duration", "Seconds of interruption; else nobody knows")
      ->type_name("SECONDS");
  create.Text("--description", "description", "What machines read about it");
  create.Text("--source", "source", "Who wants it; else the platform")->type_name("Platform|User");
  create.Guid("--event-id", "eventId", "An id that is known already; else a new one");

  OperationVerb list(group, invocation, "list", "Events that have not ended", "event.list",
                     ListTable);
  list.Text("--machine", "machine", "Only those that this machine sees");
  list.Flag("--all", "all", "Also those that ended within a day");

  AddOne(group, invocation, "show", "One event", "event.show");
  AddOne(group, invocation, "start", "Let it begin now", "event.start");
  AddOne(group, invocation, "complete", "It has happened: machines may recover", "event.complete");
  AddOne(group, invocation, "cancel", "It will not happen", "event.cancel");
}

}  // namespace openimds::cli
