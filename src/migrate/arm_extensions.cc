// SPDX-License-Identifier: Apache-2.0
#include "migrate/arm_extensions.h"

#include "base/text.h"

namespace openimds::migrate {
namespace {

using Index = JsonTree::Index;

constexpr std::string_view kMachines = "microsoft.compute/virtualmachines";
constexpr std::string_view kScaleSets = "microsoft.compute/virtualmachinescalesets";

// A string, or what a plain `[variables('x')]` or `[parameters('x')]` stands for.
std::string Resolve(const JsonTree& tree, const std::string& text) {
  const std::string name = CanonicalName(text);
  for (const std::string_view kind : {"variables", "parameters"}) {
    const std::string open = std::string(kind) + "('";
    if (!name.starts_with(open) || !name.ends_with("')")) continue;
    const std::string key = name.substr(open.size(), name.size() - open.size() - 2);
    const Index value = tree.FindMember(tree.FindMember(0, kind), key);
    const Index given = kind == "variables" ? value : tree.FindMember(value, "defaultValue");
    if (given != JsonTree::kNone) return tree.StringOf(given);
  }
  return text;
}

std::string TypeOf(const JsonTree& tree, Index object) {
  return LowerAscii(tree.MemberString(object, "type"));
}

Index FindAround(const JsonTree& tree, Index from, std::string_view type) {
  while (from != JsonTree::kNone && TypeOf(tree, from) != type) from = tree.at(from).parent;
  return from;
}

Index FindNamed(const JsonTree& tree, std::string_view type, const std::string& canonical_name) {
  Index only = JsonTree::kNone;
  std::size_t count = 0;
  for (Index i = 0; i < tree.size(); ++i) {
    if (tree.at(i).kind != JsonTree::Kind::kObject || TypeOf(tree, i) != type) continue;
    if (CanonicalName(tree.MemberString(i, "name")) == canonical_name) return i;
    only = i;
    ++count;
  }
  return count == 1 && canonical_name.empty() ? only : JsonTree::kNone;
}

// In extensionProfile.extensions of a scale set, or in the `resources` of a template or machine.
void Place(const JsonTree& tree, ArmExtension* extension) {
  const Index list = tree.at(extension->object).parent;
  if (list == JsonTree::kNone || tree.at(list).kind != JsonTree::Kind::kArray) return;
  const std::string key = tree.KeyOf(list);
  const std::string type = TypeOf(tree, extension->object);
  const std::string name = tree.MemberString(extension->object, "name");
  if (EqualsIgnoringCase(key, "extensions")) {
    extension->machine = FindAround(tree, list, kScaleSets);
    extension->on_scale_set = true;
    extension->nested = true;
  } else if (type == "extensions") {
    extension->machine = tree.at(list).parent;
    extension->on_scale_set = TypeOf(tree, extension->machine) == kScaleSets;
    extension->nested = true;
  } else if (type == std::string(kMachines) + "/extensions" ||
             type == std::string(kScaleSets) + "/extensions") {
    extension->on_scale_set = type.starts_with(kScaleSets);
    extension->name = SplitExtensionName(name);
    extension->machine =
        FindNamed(tree, extension->on_scale_set ? kScaleSets : kMachines, extension->name.machine);
  } else {
    return;
  }
  if (extension->nested) extension->name = {{}, CanonicalName(name)};
  extension->list = list;
}

}  // namespace

std::vector<ArmExtension> FindArmExtensions(const JsonTree& tree) {
  std::vector<ArmExtension> found;
  for (Index i = 0; i < tree.size(); ++i) {
    if (!EqualsIgnoringCase(tree.KeyOf(i), "properties")) continue;
    const std::string publisher = Resolve(tree, tree.MemberString(i, "publisher"));
    if (!EqualsIgnoringCase(publisher, "Microsoft.ManagedIdentity")) continue;
    ArmExtension extension;
    extension.object = tree.at(i).parent;
    const Index type = tree.FindMember(i, "type");
    const Index shown = type == JsonTree::kNone ? tree.FindMember(i, "publisher") : type;
    extension.place = {tree.at(shown).key.begin, tree.at(shown).span.end};
    Place(tree, &extension);
    found.push_back(extension);
  }
  return found;
}

}  // namespace openimds::migrate
