// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include <boost/json/serialize.hpp>

#include "app/machine_facts.h"
#include "cli/exit_codes.h"
#include "cli/machine_tables.h"
#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/verbs.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

struct ImportOptions {
  std::optional<std::string> machine;
  std::optional<std::string> resource_group;
  bool dry_run = false;
};

json::object CreateArguments(const ImportOptions& options, const std::string& name,
                             const MachineFacts& facts) {
  json::object arguments{{"name", name}, {"patch", json::serialize(facts.profile)}};
  if (options.resource_group) arguments["resourceGroup"] = *options.resource_group;
  if (facts.vm_id) arguments["vmId"] = facts.vm_id->ToString();
  return arguments;
}

// A machine that exists keeps its vmId: others may know it by that already.
Result<json::value> Import(const Invocation& invocation, const ImportOptions& options,
                           const MachineFacts& facts) {
  TRY(const Config config, invocation.ReadConfig());
  const std::string machine = options.machine.value_or(config.seed.machine);
  auto updated = invocation.Run("machine.update",
                                {{"machine", machine}, {"patch", json::serialize(facts.profile)}});
  if (updated || updated.error().kind != ErrorKind::kNotFound) return updated;
  return invocation.Run("machine.create", CreateArguments(options, machine, facts));
}

Result<int> RunImport(const Invocation& invocation, const ImportOptions& options) {
  const MachineFacts facts =
      ReadMachineFacts("/", invocation.program.surroundings.host_name, ReadInterfaceAddresses());
  if (options.dry_run) {
    invocation.program.out << RenderJson(facts.profile);
    return kDone;
  }
  TRY(const json::value machine, Import(invocation, options, facts));
  invocation.Print(machine, MachineTable);
  return kDone;
}

}  // namespace

void AddMachineImport(CLI::App& machine, Invocation& invocation) {
  CLI::App* verb = machine.add_subcommand(
      "import", "Let a machine show what the machine shows that this command runs on");
  verb->group(kVerbs);
  auto options = std::make_shared<ImportOptions>();
  verb->add_option("MACHINE", options->machine,
                   "Its name or resource id; made if there is none; else the configured machine");
  verb->add_option("-g,--resource-group", options->resource_group,
                   "The resource group of a machine that is made");
  verb->add_flag("--dry-run", options->dry_run,
                 "Only print what it would say, as JSON for `machine create --file`");
  verb->callback([&invocation, options] {
    invocation.action = [&invocation, options] { return RunImport(invocation, *options); };
  });
}

}  // namespace openimds::cli
