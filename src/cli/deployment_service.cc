// SPDX-License-Identifier: Apache-2.0
// The verbs of `deployment` that a service carries out.
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "cli/choice.h"
#include "cli/exit_codes.h"
#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/tables.h"
#include "cli/template_file.h"
#include "cli/verbs.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

enum class Mode { kIncremental, kComplete };
constexpr std::string_view kModeNames[] = {"incremental", "complete"};

struct DeployOptions {
  std::string file;
  std::vector<std::string> parameters;
  Mode mode = Mode::kIncremental;
  json::object arguments;  // of the operation: name, resourceGroup, …
};

// ---- what is shown ---------------------------------------------------------------------------

std::string TypeInId(const std::string& id) {
  const std::size_t at = LowerAscii(id).rfind("/providers/");
  if (at == std::string::npos) return {};
  const auto parts = Split(std::string_view(id).substr(at + 11), '/');
  std::string type(parts[0]);
  for (std::size_t i = 1; i + 1 < parts.size(); i += 2) type.append("/").append(parts[i]);
  return type;
}

std::string NameOf(const json::value& properties, std::string_view member) {
  const json::value* object = properties.as_object().if_contains(member);
  return object && object->is_object() ? MemberText(*object, "resourceName") : std::string();
}

std::string ValueText(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

std::string DeploymentFacts(const json::value& deployment) {
  const json::value& properties = deployment.at("properties");
  std::vector<std::pair<std::string, std::string>> facts{
      {"name", MemberText(deployment, "name")},
      {"resource group", ResourceGroupOf(deployment)},
      {"state", MemberText(properties, "provisioningState")},
      {"mode", MemberText(properties, "mode")},
      {"time", MemberText(properties, "timestamp")},
      {"duration", MemberText(properties, "duration")}};
  if (const json::value* error = properties.as_object().if_contains("error")) {
    facts.emplace_back("error", MemberText(*error, "message"));
  }
  std::string text = RenderFacts(facts);
  const json::value* outputs = properties.as_object().if_contains("outputs");
  if (!outputs || !outputs->is_object() || outputs->get_object().empty()) return text;
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& [name, output] : outputs->get_object()) {
    const json::value* value = output.as_object().if_contains("value");
    values.emplace_back(std::string(name), value ? ValueText(*value) : "");
  }
  return text + "\noutputs\n" + RenderFacts(values);
}

std::string DeploymentsTable(const json::value& answer) {
  Table table{{"NAME", "RESOURCE GROUP", "STATE", "MODE", "TIME", "DURATION"}, {}};
  for (const json::value& one : answer.as_array()) {
    const json::value& properties = one.at("properties");
    table.rows.push_back({MemberText(one, "name"), ResourceGroupOf(one),
                          MemberText(properties, "provisioningState"),
                          MemberText(properties, "mode"), MemberText(properties, "timestamp"),
                          MemberText(properties, "duration")});
  }
  return RenderTable(table);
}

// What an operation says of why it failed.
std::string WhyFailed(const json::value& properties) {
  const json::value* status = properties.as_object().if_contains("statusMessage");
  const json::value* error =
      status && status->is_object() ? status->get_object().if_contains("error") : nullptr;
  return error && error->is_object() ? MemberText(*error, "message") : std::string();
}

std::string OperationsTable(const json::value& answer) {
  Table table{{"OPERATION", "TYPE", "NAME", "STATE", "DURATION", "WHY"}, {}};
  for (const json::value& one : answer.as_array()) {
    const json::value& properties = one.at("properties");
    table.rows.push_back({MemberText(properties, "provisioningOperation"),
                          MemberText(properties.at("targetResource"), "resourceType"),
                          NameOf(properties, "targetResource"),
                          MemberText(properties, "provisioningState"),
                          MemberText(properties, "duration"), WhyFailed(properties)});
  }
  return RenderTable(table);
}

// The paths that change, at any depth.
std::string ChangedPaths(const json::value& change) {
  const json::value* delta = change.as_object().if_contains("delta");
  std::string paths;
  if (!delta || !delta->is_array()) return paths;
  for (const json::value& one : delta->get_array()) {
    paths += (paths.empty() ? "" : ", ") + MemberText(one, "path");
  }
  return paths;
}

std::string ChangesTable(const json::value& answer) {
  Table table{{"CHANGE", "TYPE", "NAME", "WHAT"}, {}};
  for (const json::value& one : answer.at("properties").at("changes").as_array()) {
    table.rows.push_back({MemberText(one, "changeType"), TypeInId(MemberText(one, "resourceId")),
                          NameInId(one, "resourceId"), ChangedPaths(one)});
  }
  return RenderTable(table);
}

std::string TemplateText(const json::value& answer) { return RenderJson(answer); }

std::string CanceledLine(const json::value& answer) {
  return "canceled " + MemberText(answer, "canceled") + "\n";
}

// ---- what is sent ----------------------------------------------------------------------------

// The words that ARM puts around what the template's reader says.
Error WithoutFrame(Error error) {
  constexpr std::string_view kBefore = "Deployment template validation failed: '";
  constexpr std::string_view kAfter = "'.";
  std::string& message = error.message;
  if (message.rfind(kBefore, 0) != 0 || message.size() < kBefore.size() + kAfter.size()) {
    return error;
  }
  message = message.substr(kBefore.size(), message.size() - kBefore.size() - kAfter.size());
  return error;
}

Result<int> Send(const Invocation& invocation, DeployOptions options, const char* operation,
                 std::string (*table)(const json::value&)) {
  TRY(const TemplateFile file, ReadTemplateFile(options.file, options.parameters));
  if (!options.arguments.contains("name")) options.arguments["name"] = file.name;
  const bool complete = options.mode == Mode::kComplete;
  options.arguments["request"] = json::serialize(
      json::object{{"properties", json::object{{"mode", complete ? "Complete" : "Incremental"},
                                               {"template", file.document},
                                               {"parameters", file.parameters}}}});
  auto answer = invocation.Run(operation, options.arguments);
  if (!answer) {
    const bool of_template = answer.error().reason.starts_with("template.");
    Error error = WithoutFrame(std::move(answer.error()));
    if (of_template) error = AtPlace(std::move(error), file);
    return tl::unexpected<Error>(std::move(error));
  }
  invocation.Print(*answer, table);
  return kDone;
}

void AddArgument(CLI::App& verb, const std::shared_ptr<DeployOptions>& options,
                 const std::string& names, const char* argument, const std::string& description) {
  verb.add_option_function<std::string>(
          names,
          [options, argument](const std::string& text) { options->arguments[argument] = text; },
          description)
      ->type_name("TEXT");
}

// A verb that takes a template.
CLI::App* AddTemplateVerb(CLI::App& group, Invocation& invocation, const std::string& name,
                          const std::string& description, const char* operation,
                          std::string (*table)(const json::value&)) {
  CLI::App* verb = group.add_subcommand(name, description);
  verb->group(kVerbs);
  auto options = std::make_shared<DeployOptions>();
  verb->add_option("FILE", options->file, "The template")->required()->type_name("FILE");
  verb->add_option("-p,--parameters", options->parameters,
                   "Parameters: a file of them, or NAME=VALUE; may stand several times")
      ->allow_extra_args(false)
      ->type_name("FILE|NAME=VALUE");
  AddArgument(*verb, options, "-n,--name", "name", "What it is called; else as the file");
  AddArgument(*verb, options, "-g,--resource-group", "resourceGroup", "Where to deploy to");
  AddArgument(*verb, options, "--subscription", "subscription",
              "Its subscription, if there are several");
  AddChoice<Mode>(*verb, "--mode", options->mode, kModeNames,
                  "Whether what the template does not name stays");
  if (std::string_view(operation) == "deployment.create") {
    AddArgument(*verb, options, "-l,--location", "location",
                "Where a resource group goes that is missing and is made");
  }
  verb->callback([&invocation, options, operation, table] {
    invocation.action = [&invocation, options, operation, table] {
      return Send(invocation, *options, operation, table);
    };
  });
  return verb;
}

void Place(OperationVerb& verb) {
  verb.Text("-g,--resource-group", "resourceGroup", "The resource group");
  verb.Guid("--subscription", "subscription", "Its subscription, if there are several");
}

void AddNamed(CLI::App& group, Invocation& invocation, const std::string& name,
              const std::string& description, const char* operation,
              std::string (*table)(const json::value&)) {
  OperationVerb verb(group, invocation, name, description, operation, table);
  verb.Text("NAME", "name", "The deployment")->required();
  Place(verb);
}

}  // namespace

void AddDeploymentServiceVerbs(CLI::App& group, Invocation& invocation) {
  AddTemplateVerb(group, invocation, "create", "Deploy a template", "deployment.create",
                  DeploymentFacts);
  AddTemplateVerb(group, invocation, "what-if", "Show what deploying a template would change",
                  "deployment.whatIf", ChangesTable);
  AddNamed(group, invocation, "show", "Show one", "deployment.show", DeploymentFacts);
  OperationVerb list(group, invocation, "list", "Those of a resource group, newest first",
                     "deployment.list", DeploymentsTable);
  Place(list);
  AddNamed(group, invocation, "operations", "What one did, resource by resource",
           "deployment.operations", OperationsTable);
  OperationVerb exported(group, invocation, "export",
                         "The template of a deployment; without a name, one that makes all that "
                         "is in the resource group",
                         "deployment.export", TemplateText);
  exported.Text("NAME", "name", "The deployment");
  Place(exported);
  AddNamed(group, invocation, "cancel", "Stop one that runs, before its next resource",
           "deployment.cancel", CanceledLine);
  AddNamed(group, invocation, "delete", "Forget one; its resources stay", "deployment.delete",
           DeletedLine);
}

}  // namespace openimds::cli
