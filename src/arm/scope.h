// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "arm/evaluator.h"
#include "arm/surroundings.h"
#include "arm/template.h"

namespace openimds::templates {

// The names that a template's expressions see: its parameters, variables and functions. Values are
// made when they are first asked for, and once. Belongs to one thread.
class TemplateScope {
 public:
  // `facts` is what deployment() answers.
  TemplateScope(std::shared_ptr<const Template> of, Surroundings surroundings,
                boost::json::object facts);

  // Takes the values that a deployment gives: `{"name":{"value":…}}`. Fails with
  // reasons::kTemplateParameter for a name that is not declared, and for a value of another type or
  // outside of what is allowed.
  Result<void> BindParameters(const boost::json::object& given);

  // Evaluates every default and variable, so that a mistake shows before anything is deployed.
  Result<void> CheckAll(Budget& budget) const;

  const Template& source() const { return *template_; }
  const Surroundings& surroundings() const { return surroundings_; }
  const boost::json::object& deployment_facts() const { return facts_; }

  bool HasVariable(std::string_view name) const;
  // REQUIRES: the name is declared. Fails with reasons::kTemplateCycle for a name that needs
  // itself.
  Result<Value> Parameter(const TemplateParameter& parameter, const EvaluationContext& asker) const;
  Result<Value> Variable(std::string_view name, const EvaluationContext& asker) const;

  const UserFunction* FindUserFunction(std::string_view name) const {
    return template_->FindUserFunction(name);
  }
  Result<Value> CallUserFunction(const UserFunction& function, const NamedValues& arguments,
                                 const EvaluationContext& caller) const;

  // The texts in the values of secure parameters, as far as they are known.
  void AppendSecrets(std::vector<std::string>* secrets) const;

  // `{"name":{"type","value"}}` as a deployment shows it: secure ones without their value.
  Result<boost::json::object> ShowParameters(Budget& budget) const;

 private:
  Result<Value> EvaluateOnce(const std::string& key, const EvaluationContext& asker,
                             const boost::json::value& source, const std::string& path,
                             bool is_default) const;
  Result<Value> EvaluateVariableLoop(const std::string& key, std::string_view name,
                                     const EvaluationContext& asker) const;
  Result<void> Begin(const std::string& key) const;

  const std::shared_ptr<const Template> template_;
  const Surroundings surroundings_;
  const boost::json::object facts_;
  mutable std::map<std::string, Value> known_;        // by `variables.x` or `parameters.x`
  mutable std::vector<std::string> being_evaluated_;  // the same keys, outermost first
};

}  // namespace openimds::templates
