// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "arm/budget.h"
#include "arm/evaluator.h"
#include "arm/resource_index.h"
#include "arm/surroundings.h"
#include "arm/template.h"

namespace openimds::templates {

class DeploymentPlan;
class TemplateScope;

enum class DeploymentMode { kIncremental, kComplete };

// What a client asks for.
struct DeploymentRequest {
  std::string name;
  DeploymentMode mode = DeploymentMode::kIncremental;
  boost::json::object document;    // the template
  boost::json::object parameters;  // `{"name":{"value":…}}`
};

// One resource that is to be put.
struct PlannedResource {
  std::string id;
  std::string type;  // `Microsoft.Compute/virtualMachines/extensions`
  std::string name;  // `vm1/ext`
  std::string api_version;
  std::string symbol;  // its symbolic name in the template, or empty
  std::string loop;    // the name of its copy loop, or empty
  // What is put: `location`, `properties` and so on, without id, name, type and apiVersion. If
  // `is_known` is false, expressions with reference() stand in it as text until the resources that
  // they name are there. A nested deployment has mode and parameters in it, not its template.
  boost::json::object body;
  bool is_known = true;
  std::vector<std::size_t> depends_on;           // in the same plan, all before this one
  std::shared_ptr<const DeploymentPlan> nested;  // of a nested deployment, if it is known already

  bool is_deployment() const;

  // How `body` is evaluated again; into the plan's template.
  const boost::json::object* declaration = nullptr;
  std::string path;
  std::vector<CopyTurn> copies;
};

// What a template comes to in one place: every resource with its id, in an order that respects what
// depends on what. Made without looking at what exists. Evaluating goes on while a plan runs, so a
// plan belongs to one thread at a time.
class DeploymentPlan {
 public:
  // Fails with reasons::kTemplate…, naming the place in the template; a cycle of dependencies is
  // named with all its members. Hostile templates end with reasons::kTemplateLimit.
  static Result<std::shared_ptr<const DeploymentPlan>> Make(const DeploymentRequest& request,
                                                            const Surroundings& surroundings,
                                                            const Limits& limits = {});

  const std::string& name() const { return name_; }
  const std::string& id() const { return id_; }
  DeploymentMode mode() const { return mode_; }
  const Template& source() const;
  const Surroundings& place() const { return place_; }
  const std::vector<PlannedResource>& resources() const { return resources_; }

  // Conditions that are false: these stay as they are.
  const std::vector<std::string>& skipped() const { return skipped_; }
  // References to what is no resource of this plan: they are looked up where the plan is run.
  const std::vector<std::string>& outside_references() const { return outside_references_; }

  // With those of nested templates, as far as they are known; without the nested deployments.
  std::vector<std::string> ResourceIds() const;

  // Of `existing` (ids), what complete mode deletes, in the order to do it: resources of the group
  // that have no parent resource and that the template does not name. Empty in incremental mode.
  std::vector<std::string> Surplus(const std::vector<std::string>& existing) const;

  // Members of a deployment as ARM shows it. Secure parameters have no value.
  Result<boost::json::object> ShowParameters() const;
  boost::json::array ShowProviders() const;
  boost::json::array ShowDependencies() const;

  // Replaces what secure parameters gave, wherever it stands in a value that is to be shown.
  void HideSecrets(boost::json::value* shown) const;

  // The resource that a name, a symbolic name, `type/name` or an id stands for, also one that the
  // template calls existing; null if it is none of this plan, or several.
  const PlannedResource* Find(std::string_view reference) const;

  // For those who run or show a plan. `lookup` answers reference(); null leaves the expressions
  // with it as text. Outputs come as `{"name":{"type","value"}}`.
  Result<boost::json::object> EvaluateBody(const PlannedResource& resource,
                                           ReferenceLookup* lookup) const;
  Result<boost::json::object> EvaluateOutputs(ReferenceLookup& lookup) const;
  // The plan of a nested deployment whose parameters were waiting for reference().
  Result<std::shared_ptr<const DeploymentPlan>> PlanNested(const PlannedResource& resource,
                                                           ReferenceLookup& lookup) const;

 private:
  friend class PlanBuilder;
  DeploymentPlan() = default;

  Result<std::shared_ptr<const DeploymentPlan>> PlanNestedFrom(
      const PlannedResource& resource, const boost::json::object& body) const;

  std::string name_, id_;
  DeploymentMode mode_ = DeploymentMode::kIncremental;
  std::shared_ptr<const Template> template_;
  std::shared_ptr<TemplateScope> scope_;  // of the template around it, if that is how it evaluates
  std::vector<CopyTurn> copies_;  // around a nested template that evaluates in the outer one
  Surroundings place_;
  Limits limits_;
  std::shared_ptr<Budget> budget_;
  std::size_t depth_ = 0;             // of templates around this one
  std::vector<std::string> secrets_;  // of secure parameters, here and in the templates around
  std::vector<PlannedResource> resources_;
  ResourceIndex index_;                    // without the names of loops
  std::vector<PlannedResource> existing_;  // named by the template, but not put
  std::vector<std::string> skipped_;
  std::vector<std::string> outside_references_;
};

}  // namespace openimds::templates
