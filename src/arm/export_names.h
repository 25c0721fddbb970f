// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "arm/export.h"
#include "arm/need_graph.h"

namespace openimds::templates {

// What the template that is being exported calls things: expressions (without their brackets) for
// names, ids and principals, and the parameters that they need.
class ExportNames {
 public:
  ExportNames(const ExportOptions& options, NeedGraph& graph) : options_(options), graph_(graph) {}

  // A resource that is exported: its id, and ids of principals that it has.
  Result<void> Add(const boost::json::object& resource);

  // A text of the resource `own_id` as it stands in the template: as it is, or an expression.
  // `needed` gets the keys of the resources that it names, but for its own.
  std::string Write(std::string_view text, std::string_view own_id, std::set<std::string>* needed);

  // `concat(parameters('virtualMachines_vm1_name'), '/ext')`, of an exported resource.
  std::string NameExpression(std::string_view id);
  // The name as it stands in the template: that expression in its brackets, or the name itself.
  std::string WriteName(std::string_view id);
  std::string IdExpression(std::string_view id) const;
  bool Has(std::string_view id) const;
  const std::string& IdOf(const std::string& key) const { return exported_.at(key).id; }

  // `{"name":{"type","defaultValue"}}`
  boost::json::object TakeParameters() { return std::move(parameters_); }

 private:
  struct Exported {
    std::string id, type, name;
    std::string first_name;  // expression for the name of the outermost resource
  };

  void AddPrincipals(const boost::json::object& resource);
  std::string AddParameter(std::string_view id, std::string_view ending, std::string_view value);
  std::optional<std::string> WriteId(std::string_view text, std::string_view own_id,
                                     std::set<std::string>* needed);

  const ExportOptions& options_;
  NeedGraph& graph_;
  std::map<std::string, Exported> exported_;        // by id in lower case
  std::map<std::string, std::string> first_names_;  // expressions, by the outermost id
  struct Principal {
    std::string owner_key, expression;
  };
  std::map<std::string, Principal> principals_;  // by GUID in lower case
  std::map<std::string, std::string> outside_;   // parameters, by id in lower case
  std::set<std::string> groups_;                 // ids of groups that were exported from
  boost::json::object parameters_;
};

// `'it''s'`
std::string QuoteText(std::string_view text);

}  // namespace openimds::templates
