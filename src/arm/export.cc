// SPDX-License-Identifier: Apache-2.0
#include "arm/export.h"

#include <set>
#include <string>
#include <utility>

#include "arm/export_names.h"
#include "arm/need_graph.h"
#include "arm/resource_path.h"
#include "arm/resource_view.h"
#include "arm/value.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

class ResourceExporter {
 public:
  ResourceExporter(ExportNames& names, const ExportOptions& options, NeedGraph& graph)
      : names_(names), options_(options), graph_(graph) {}

  json::object Export(const json::object& resource) {
    id_ = std::string(TextMember(resource, "id"));
    const ResourcePath path = TakeApart(id_);
    std::set<std::string> needed;
    json::object body{{"type", path.type},
                      {"apiVersion", options_.api_version ? options_.api_version(path.type)
                                                          : RecentApiVersion(path.type)},
                      {"name", names_.WriteName(id_)}};
    if (GroupIdOf(id_) != path.scope) body["scope"] = names_.Write(path.scope, id_, &needed);
    for (const auto& member : WithoutReadOnly(resource)) {
      const std::string_view name(member.key().data(), member.key().size());
      if (name == "id" || name == "name" || name == "type") continue;
      body.insert_or_assign(name, Write(member.value(), &needed));
    }
    AddParents(path, &needed);
    AddDependencies(needed, &body);
    return body;
  }

 private:
  json::value Write(const json::value& value, std::set<std::string>* needed) {
    if (value.is_string()) {
      return json::value(json::string(names_.Write(ViewOf(value.get_string()), id_, needed)));
    }
    if (value.is_array()) {
      json::array written;
      for (const json::value& element : value.get_array())
        written.push_back(Write(element, needed));
      return written;
    }
    if (!value.is_object()) return value;
    json::object written;
    for (const auto& member : value.get_object()) {
      const std::string_view name(member.key().data(), member.key().size());
      written.insert_or_assign(names_.Write(name, id_, needed), Write(member.value(), needed));
    }
    return written;
  }

  void AddParents(const ResourcePath& path, std::set<std::string>* needed) const {
    for (std::size_t type_end = path.type.rfind('/'), name_end = path.name.rfind('/');
         name_end != std::string::npos && type_end != std::string::npos;
         type_end = path.type.rfind('/', type_end - 1),
                     name_end = path.name.rfind('/', name_end - 1)) {
      const auto parent =
          MakeResourceId(path.scope, path.type.substr(0, type_end), path.name.substr(0, name_end));
      if (parent && names_.Has(*parent)) needed->insert(LowerAscii(*parent));
      if (name_end == 0 || type_end == 0) break;
    }
  }

  void AddDependencies(const std::set<std::string>& needed, json::object* body) {
    json::array depends_on;
    // Two that name each other cannot both wait; resourceId() works without waiting.
    for (const std::string& key : needed) {
      if (!graph_.Add(LowerAscii(id_), key)) continue;
      depends_on.push_back(json::value("[" + names_.IdExpression(key) + "]"));
    }
    if (!depends_on.empty()) (*body)["dependsOn"] = std::move(depends_on);
  }

  ExportNames& names_;
  const ExportOptions& options_;
  NeedGraph& graph_;
  std::string id_;
};

}  // namespace

std::string RecentApiVersion(std::string_view type) {
  const std::pair<std::string_view, const char*> versions[] = {
      {"Microsoft.Authorization/", "2022-04-01"},
      {"Microsoft.Compute/", "2022-08-01"},
      {"Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
       "2023-01-31"},
      {"Microsoft.ManagedIdentity/", "2018-11-30"},
      {"Microsoft.Network/", "2022-01-01"}};
  for (const auto& [prefix, version] : versions) {
    if (StartsWithIgnoringCase(type, prefix)) return version;
  }
  return "2021-04-01";
}

Result<json::object> ExportTemplate(const std::vector<json::object>& resources,
                                    const ExportOptions& options) {
  NeedGraph graph;
  ExportNames names(options, graph);
  for (const json::object& resource : resources) TRY_VOID(names.Add(resource));
  ResourceExporter exporter(names, options, graph);
  json::array exported;
  for (const json::object& resource : resources) exported.push_back(exporter.Export(resource));
  return json::object{
      {"$schema",
       "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"},
      {"contentVersion", "1.0.0.0"},
      {"parameters", names.TakeParameters()},
      {"variables", json::object()},
      {"resources", std::move(exported)}};
}

}  // namespace openimds::templates
