// SPDX-License-Identifier: Apache-2.0
#include "arm/export_names.h"

#include <algorithm>
#include <utility>

#include "arm/expression.h"
#include "arm/resource_path.h"
#include "arm/value.h"
#include "base/reasons.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The id of the resource that has no parent: `…/virtualMachines/vm1` of an extension of it.
std::string OutermostId(std::string_view id) {
  const ResourcePath path = TakeApart(id);
  const std::string_view type(path.type), name(path.name);
  const std::string first_type(type.substr(0, type.find('/', type.find('/') + 1)));
  const auto outermost = MakeResourceId(path.scope, first_type, name.substr(0, name.find('/')));
  return outermost ? *outermost : std::string(id);
}

}  // namespace

std::string QuoteText(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

// `virtualMachines_vm_1_name`; with a number behind it if that is taken.
std::string ExportNames::AddParameter(std::string_view id, std::string_view ending,
                                      std::string_view value) {
  const ResourcePath path = TakeApart(id);
  std::string base = path.type.substr(path.type.find('/') + 1) + "_" + path.name;
  for (char& c : base) {
    if (!IsWordCharacter(c)) c = '_';
  }
  base = base.substr(0, 100);
  std::string name = base + std::string(ending);
  for (int i = 2; FindMember(parameters_, name); ++i) {
    name = base + "_" + std::to_string(i) + std::string(ending);
  }
  json::object declaration{{"type", "String"}};
  const std::string escaped = EscapeText(value);
  if (options_.with_defaults) declaration["defaultValue"] = escaped;
  parameters_[name] = std::move(declaration);
  return "parameters(" + QuoteText(name) + ")";
}

Result<void> ExportNames::Add(const json::object& resource) {
  const std::string id(TextMember(resource, "id"));
  ResourcePath path = TakeApart(id);
  if (path.type.empty() || path.name.empty() || !ProviderPath(path.type, path.name)) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kResourceIdInvalid,
                "expected the id of a resource, got '" + id.substr(0, 300) + "'");
  }
  const std::string outermost = OutermostId(id);
  const std::string_view first = std::string_view(path.name).substr(0, path.name.find('/'));
  std::string& first_name = first_names_[LowerAscii(outermost)];
  if (first_name.empty()) {
    first_name =
        options_.literal_names ? QuoteText(first) : AddParameter(outermost, "_name", first);
  }
  if (const std::string group = GroupIdOf(id); !group.empty()) groups_.insert(LowerAscii(group));
  exported_[LowerAscii(id)] = {id, std::move(path.type), std::move(path.name), first_name};
  AddPrincipals(resource);
  return {};
}

void ExportNames::AddPrincipals(const json::object& resource) {
  const std::string key = LowerAscii(TextMember(resource, "id"));
  const std::string id = IdExpression(key);
  const auto add = [&](const json::object* holder, const char* member, const std::string& full) {
    const std::string_view value = holder ? TextMember(*holder, member) : std::string_view{};
    if (!value.empty()) principals_[LowerAscii(value)] = {key, full + "." + member};
  };
  add(FindObject(resource, "identity"), "principalId",
      "reference(" + id + ", '2018-06-01', 'Full').identity");
  if (EqualsIgnoringCase(exported_[key].type, "Microsoft.ManagedIdentity/userAssignedIdentities")) {
    const json::object* properties = FindObject(resource, "properties");
    add(properties, "principalId", "reference(" + id + ")");
    add(properties, "clientId", "reference(" + id + ")");
  }
}

bool ExportNames::Has(std::string_view id) const { return exported_.count(LowerAscii(id)) > 0; }

std::string ExportNames::NameExpression(std::string_view id) {
  const Exported& exported = exported_.at(LowerAscii(id));
  const std::size_t slash = exported.name.find('/');
  if (slash == std::string::npos) return exported.first_name;
  return "concat(" + exported.first_name + ", " + QuoteText(exported.name.substr(slash)) + ")";
}

std::string ExportNames::WriteName(std::string_view id) {
  if (options_.literal_names) return exported_.at(LowerAscii(id)).name;
  return "[" + NameExpression(id) + "]";
}

std::string ExportNames::IdExpression(std::string_view id) const {
  const Exported& exported = exported_.at(LowerAscii(id));
  std::string names = exported.first_name;
  const auto parts = Split(exported.name, '/');
  for (std::size_t i = 1; i < parts.size(); ++i) names += ", " + QuoteText(parts[i]);
  const std::string scope = TakeApart(exported.id).scope;
  const std::string arguments = QuoteText(exported.type) + ", " + names + ")";
  if (!GroupIdOf(scope).empty() && GroupIdOf(scope) == scope) return "resourceId(" + arguments;
  if (Has(scope)) return "extensionResourceId(" + IdExpression(scope) + ", " + arguments;
  return "extensionResourceId(" + QuoteText(scope) + ", " + arguments;
}

std::optional<std::string> ExportNames::WriteId(std::string_view text, std::string_view own_id,
                                                std::set<std::string>* needed) {
  // The longest beginning that is an exported resource.
  for (std::size_t end = text.size(); end != 0 && end != text.npos;
       end = text.rfind('/', end - 1)) {
    const std::string key = LowerAscii(text.substr(0, end));
    const auto found = exported_.find(key);
    if (found == exported_.end()) continue;
    if (key != LowerAscii(own_id)) needed->insert(key);
    const std::string id = IdExpression(key);
    if (end == text.size()) return id;
    return "concat(" + id + ", " + QuoteText(text.substr(end)) + ")";
  }
  const std::string group = LowerAscii(GroupIdOf(text));
  if (group.empty() || groups_.count(group) == 0) return std::nullopt;
  if (group.size() == text.size()) return "resourceGroup().id";
  std::string& parameter = outside_[LowerAscii(text)];
  if (parameter.empty()) parameter = AddParameter(text, "_externalid", text);
  return parameter;
}

std::string ExportNames::Write(std::string_view text, std::string_view own_id,
                               std::set<std::string>* needed) {
  if (StartsWithIgnoringCase(text, "/subscriptions/")) {
    if (const auto id = WriteId(text, own_id, needed)) return "[" + *id + "]";
  }
  const auto principal = principals_.find(LowerAscii(text));
  // reference() makes its resource go first, so it stands only where that is possible.
  if (principal != principals_.end() &&
      graph_.Add(LowerAscii(own_id), principal->second.owner_key)) {
    needed->insert(principal->second.owner_key);
    return "[" + principal->second.expression + "]";
  }
  return EscapeText(text);
}

}  // namespace openimds::templates
