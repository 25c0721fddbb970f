// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "arm/deployment_plan.h"
#include "arm/resolver.h"
#include "arm/resource_index.h"
#include "arm/scope.h"

namespace openimds::templates {

inline constexpr std::string_view kDeploymentType = "Microsoft.Resources/deployments";

// What a plan begins with.
struct PlanStart {
  std::string name;
  DeploymentMode mode = DeploymentMode::kIncremental;
  std::shared_ptr<const Template> source;
  Surroundings place;
  std::shared_ptr<TemplateScope> scope;
  std::vector<CopyTurn> copies;  // around a nested template that evaluates in the outer scope
  std::shared_ptr<Budget> budget;
  std::size_t depth = 0;
  std::vector<std::string> secrets{};  // of the templates around
};

// Makes one plan, once.
class PlanBuilder {
 public:
  explicit PlanBuilder(PlanStart start);

  Result<std::shared_ptr<const DeploymentPlan>> Build();

 private:
  // What the parent resource is, for child resources that stand in it.
  struct Parent {
    std::string type, name;
  };
  struct Pending {
    std::vector<std::string> depends_on;  // as written
    std::vector<std::string> references;
  };

  Result<void> AddLoop(const ResourceDeclaration& declaration, const Parent& parent,
                       std::vector<CopyTurn> copies);
  Result<void> AddOne(const ResourceDeclaration& declaration, const Parent& parent,
                      const std::string& loop, const std::vector<CopyTurn>& copies);
  Result<void> AddChildren(const ResourceDeclaration& declaration, const PlannedResource& resource);
  Result<std::string> ResolveText(EvaluationContext& context, const boost::json::object& body,
                                  const char* name);
  Result<bool> IsWanted(EvaluationContext& context, const boost::json::object& body);
  Result<std::string> IdOf(EvaluationContext& context, const PlannedResource& resource);
  Result<std::vector<std::string>> DependenciesOf(EvaluationContext& context,
                                                  const boost::json::object& body);
  Result<void> Keep(PlannedResource resource, Pending pending);
  Result<void> AddNested(PlannedResource& resource, Pending& pending);
  Result<std::vector<std::size_t>> FindNeeded(std::size_t number);
  Result<void> Order();

  EvaluationContext ContextFor(const std::string& path, const std::vector<CopyTurn>& copies) const;

  std::shared_ptr<DeploymentPlan> plan_;
  std::vector<Pending> pending_;
  ResourceIndex index_;    // of what is deployed
  ResourceIndex skipped_;  // of what is not, since its condition is false or it exists
  std::set<std::string> ids_;
};

// The body of a resource without what is for the template alone; expressions are evaluated as
// Resolver says.
Result<boost::json::object> ResolveResourceBody(EvaluationContext& context, Deferred* deferred,
                                                const PlannedResource& resource);

}  // namespace openimds::templates
