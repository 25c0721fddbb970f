// SPDX-License-Identifier: Apache-2.0
// `deployment validate`, which needs no service; the other verbs are in deployment_service.cc.
#include "arm/deployment.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "arm/export.h"
#include "base/text.h"
#include "cli/choice.h"
#include "cli/exit_codes.h"
#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/template_file.h"
#include "cli/verbs.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;
using templates::DeploymentMode;
using templates::DeploymentPlan;
using templates::DeploymentRequest;

constexpr std::string_view kModeNames[] = {"incremental", "complete"};

struct ValidateOptions {
  std::string file;
  std::vector<std::string> parameters;
  std::string group = "group";
  std::string subscription = "00000000-0000-0000-0000-000000000000";
  std::string location = "local";
  DeploymentMode mode = DeploymentMode::kIncremental;
};

// Without a service there is nobody to ask which types there are: all are.
std::optional<json::object> AnyProvider(std::string_view provider, std::string_view type) {
  const std::string name(type);
  const std::string version =
      templates::RecentApiVersion(std::string(provider) + "/" + std::string(type));
  return json::object{{"resourceType", name},
                      {"locations", json::array()},
                      {"apiVersions", json::array{json::value(version)}}};
}

templates::Surroundings SurroundingsFor(const ValidateOptions& options) {
  templates::Surroundings place;
  place.subscription_id = options.subscription;
  place.subscription_name = "local";
  place.tenant_id = "00000000-0000-0000-0000-000000000000";
  place.resource_group = options.group;
  place.location = options.location;
  place.now = SystemClock().Now();
  place.find_provider = AnyProvider;
  return place;
}

json::array ResourcesDocument(const DeploymentPlan& plan) {
  json::array resources;
  for (const templates::PlannedResource& resource : plan.resources()) {
    json::array depends_on;
    for (const std::size_t number : resource.depends_on) {
      depends_on.push_back(json::value(plan.resources()[number].id));
    }
    json::value body = resource.body;
    plan.HideSecrets(&body);
    json::object document{{"id", resource.id},
                          {"type", resource.type},
                          {"name", resource.name},
                          {"apiVersion", resource.api_version},
                          {"dependsOn", std::move(depends_on)},
                          {"known", resource.is_known},
                          {"body", std::move(body)}};
    if (resource.nested) document["resources"] = ResourcesDocument(*resource.nested);
    resources.push_back(std::move(document));
  }
  return resources;
}

json::array OutputsDocument(const DeploymentPlan& plan) {
  json::array outputs;
  for (const auto& output : plan.source().outputs()) {
    outputs.push_back(json::object{{"name", output.key()}, {"type", output.value().at("type")}});
  }
  return outputs;
}

Result<json::object> PlanDocument(const std::string& file, const DeploymentPlan& plan) {
  TRY(json::object parameters, plan.ShowParameters());
  return json::object{
      {"file", file},
      {"id", plan.id()},
      {"mode", plan.mode() == DeploymentMode::kComplete ? "Complete" : "Incremental"},
      {"templateHash", plan.source().Hash()},
      {"parameters", std::move(parameters)},
      {"resources", ResourcesDocument(plan)},
      {"skipped", json::array(plan.skipped().begin(), plan.skipped().end())},
      {"outputs", OutputsDocument(plan)}};
}

// Rows of resources, those of nested templates under their deployment as `2.1`.
void AddRows(const json::array& resources, const std::string& prefix, Table* table) {
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const json::object& resource = resources[i].as_object();
    std::string needed;
    for (std::size_t j = 0; j < i; ++j) {
      for (const json::value& id : resource.at("dependsOn").as_array()) {
        if (id != resources[j].at("id")) continue;
        needed += (needed.empty() ? "" : ", ") + prefix + std::to_string(j + 1);
      }
    }
    const std::string step = prefix + std::to_string(i + 1);
    table->rows.push_back(
        {step, MemberText(resource, "type"), MemberText(resource, "name"), needed});
    const json::value* nested = resource.if_contains("resources");
    if (nested) AddRows(nested->as_array(), step + ".", table);
  }
}

std::string PlanTable(const json::value& plan) {
  Table table{{"STEP", "TYPE", "NAME", "AFTER"}, {}};
  AddRows(plan.at("resources").as_array(), "", &table);
  std::string text = MemberText(plan, "file") + ": good\n\n";
  text += table.rows.empty() ? "no resources\n" : RenderTable(table);
  for (const json::value& id : plan.at("skipped").as_array()) {
    text += "\nleft out, its condition is false: " + std::string(id.as_string()) + "\n";
  }
  std::vector<std::pair<std::string, std::string>> outputs;
  for (const json::value& output : plan.at("outputs").as_array()) {
    outputs.emplace_back(MemberText(output, "name"), MemberText(output, "type"));
  }
  return outputs.empty() ? text : text + "\noutputs\n" + RenderFacts(outputs);
}

Result<int> Validate(const Invocation& invocation, const ValidateOptions& options) {
  TRY(const TemplateFile file, ReadTemplateFile(options.file, options.parameters));
  DeploymentRequest request{file.name, options.mode, file.document, file.parameters};
  auto plan = DeploymentPlan::Make(request, SurroundingsFor(options));
  if (!plan) return tl::unexpected<Error>(AtPlace(std::move(plan.error()), file));
  TRY(const json::object document, PlanDocument(options.file, **plan));
  invocation.Print(document, PlanTable);
  return kDone;
}

}  // namespace

void AddDeployment(CLI::App& app, Invocation& invocation) {
  CLI::App& group = AddGroup(app, "deployment", "Deployment templates");
  CLI::App* validate = group.add_subcommand(
      "validate", "Check a template without a service, and show what it would deploy");
  validate->group(kVerbs);
  auto options = std::make_shared<ValidateOptions>();
  validate->add_option("FILE", options->file, "The template")->required()->type_name("FILE");
  validate
      ->add_option("-p,--parameters", options->parameters,
                   "Parameters: a file of them, or NAME=VALUE; may stand several times")
      ->allow_extra_args(false)
      ->type_name("FILE|NAME=VALUE");
  validate->add_option("-g,--resource-group", options->group, "What resourceGroup() is to be")
      ->type_name("TEXT");
  validate->add_option("--subscription", options->subscription, "What subscription() is to be")
      ->check(kGuid)
      ->option_text("GUID");
  validate->add_option("-l,--location", options->location, "Where the resource group is to be")
      ->type_name("TEXT");
  AddChoice<DeploymentMode>(*validate, "--mode", options->mode, kModeNames,
                            "How it would be deployed");
  validate->callback([&invocation, options] {
    invocation.action = [&invocation, options] { return Validate(invocation, *options); };
  });
  AddDeploymentServiceVerbs(group, invocation);
}

}  // namespace openimds::cli
