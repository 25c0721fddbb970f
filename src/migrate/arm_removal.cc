// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "migrate/arm_extensions.h"
#include "migrate/json_removal.h"

namespace openimds::migrate {
namespace {

using Index = JsonTree::Index;

constexpr std::size_t kMostExtensions = 100;
// The first api-version of compute that knows identities.
constexpr std::string_view kFirstWithIdentity = "2017-03-30";

std::string OnOneLine(const std::string& text) {
  std::string line;
  for (const char c : text) {
    const bool is_space = std::string_view(" \t\r\n").find(c) != std::string_view::npos;
    if (!is_space || !line.ends_with(' ')) line.push_back(is_space ? ' ' : c);
  }
  return line;
}

class ArmRemover {
 public:
  ArmRemover(const SourceText& source, const JsonTree& tree,
             const std::vector<ArmExtension>& extensions)
      : source_(source), tree_(tree), extensions_(extensions) {}

  ArmRemoval Run() {
    if (extensions_.size() > kMostExtensions) return {{}, "there are too many in one template", {}};
    for (const ArmExtension& extension : extensions_) Take(extension);
    for (Index i = 0; i < tree_.size(); ++i) Look(i);
    for (const auto& [list, items] : removed_) RemoveItems(source_, tree_, list, items, &edits_);
    for (const ArmExtension& extension : extensions_) GiveIdentity(extension);
    if (!problem_.empty()) return {{}, problem_, std::move(references_)};
    return {std::move(edits_), {}, std::move(references_)};
  }

 private:
  void Stop(Index where, const std::string& problem) {
    if (!problem_.empty()) return;
    problem_ = problem + " (line " +
               std::to_string(source_.PositionOf(tree_.at(where).span.begin).line) + ")";
  }

  void Take(const ArmExtension& extension) {
    if (extension.list == JsonTree::kNone) {
      return Stop(extension.object, "it is not in a list of resources or extensions");
    }
    removed_[extension.list].insert(extension.object);
    objects_.insert(extension.object);
    if (extension.name.own.empty()) Stop(extension.object, "its name is not understood");
  }

  std::string CopyOf(const ArmExtension& extension) const {
    const Index copy = tree_.FindMember(extension.object, "copy");
    const std::string name = tree_.MemberString(copy, "name");
    return name.empty() ? name : CanonicalName(name);
  }

  bool IsRemoved(Index node) const {
    while (node != JsonTree::kNone && !objects_.contains(node)) node = tree_.at(node).parent;
    return node != JsonTree::kNone;
  }

  const ArmExtension* FindReferred(const std::string& canonical) const {
    for (const ArmExtension& extension : extensions_) {
      const std::string copy = CopyOf(extension);
      if (RefersTo(canonical, extension.name.own) || (!copy.empty() && canonical == copy)) {
        return &extension;
      }
    }
    return nullptr;
  }

  void Look(Index node) {
    const JsonTree::Node& it = tree_.at(node);
    if (it.kind != JsonTree::Kind::kString || IsRemoved(node)) return;
    const ArmExtension* extension = FindReferred(CanonicalName(tree_.StringOf(node)));
    if (!extension || IsDefinition(node)) return;
    references_.push_back(it.span);
    if (tree_.at(it.parent).kind == JsonTree::Kind::kArray &&
        EqualsIgnoringCase(tree_.KeyOf(it.parent), "dependsOn")) {
      Redirect(node, *extension);
    } else {
      Stop(node, "something else in the template refers to it");
    }
  }

  // A variable or parameter that holds the name may stay, unused.
  bool IsDefinition(Index node) const {
    for (const std::string_view kind : {"variables", "parameters"}) {
      const Index all = tree_.FindMember(0, kind);
      if (all != JsonTree::kNone && tree_.IsIn(node, all)) return true;
    }
    return false;
  }

  // What waited for the extension waits for what the extension waited for.
  void Redirect(Index item, const ArmExtension& extension) {
    const Index list = tree_.at(item).parent;
    std::string replacement;
    for (const std::string& wanted : WaitedFor(list, extension)) {
      if (!given_[list].insert(wanted).second || Waits(list, wanted)) continue;
      replacement += (replacement.empty() ? "\"" : ", \"") + wanted + "\"";
    }
    if (replacement.empty()) {
      removed_[list].insert(item);
    } else {
      edits_.push_back({tree_.at(item).span, replacement});
    }
  }

  bool Waits(Index list, const std::string& wanted) const {
    const auto& items = tree_.at(list).children;
    return std::any_of(items.begin(), items.end(), [&](Index other) {
      return CanonicalName(tree_.StringOf(other)) == CanonicalName(wanted);
    });
  }

  std::vector<std::string> WaitedFor(Index list, const ArmExtension& extension) const {
    std::vector<std::string> all;
    const Index own = tree_.FindMember(extension.object, "dependsOn");
    if (own != JsonTree::kNone) {
      for (const Index item : tree_.at(own).children) {
        const std::string text = tree_.StringOf(item);
        if (!FindReferred(CanonicalName(text))) all.push_back(text);
      }
    }
    const bool waits_for_machine = extension.nested && extension.machine != JsonTree::kNone &&
                                   !tree_.IsIn(list, extension.machine);
    if (waits_for_machine) all.push_back(ReferenceTo(extension.machine));
    return all;
  }

  std::string ReferenceTo(Index machine) const {
    const std::string name = OnOneLine(tree_.MemberString(machine, "name"));
    const bool is_expression = name.starts_with("[") && !name.starts_with("[[");
    const std::string argument = is_expression ? name.substr(1, name.size() - 2) : "'" + name + "'";
    return "[resourceId('" + tree_.MemberString(machine, "type") + "', " + argument + ")]";
  }

  void GiveIdentity(const ArmExtension& extension) {
    const Index machine = extension.machine;
    if (machine == JsonTree::kNone || !given_identity_.insert(machine).second) return;
    const Index identity = tree_.FindMember(machine, "identity");
    if (identity != JsonTree::kNone) {
      if (EqualsIgnoringCase(tree_.MemberString(identity, "type"), "None")) {
        Stop(identity, "its machine says that it wants no identity");
      }
      return;
    }
    const std::string version = tree_.MemberString(machine, "apiVersion");
    if (!version.empty() && version[0] != '[' && version < kFirstWithIdentity) {
      return Stop(machine, "its machine's apiVersion is too old for an identity");
    }
    for (const std::string_view key : {"location", "name", "type"}) {
      const Index behind = tree_.FindMember(machine, key);
      if (behind == JsonTree::kNone) continue;
      edits_.push_back(InsertMember(source_, tree_, behind,
                                    {"\"identity\": {", "\t\"type\": \"SystemAssigned\"", "}"}));
      return;
    }
  }

  const SourceText& source_;
  const JsonTree& tree_;
  const std::vector<ArmExtension>& extensions_;
  std::map<Index, std::set<Index>> removed_;  // by the list they are in
  std::set<Index> objects_;
  std::map<Index, std::set<std::string>> given_;
  std::set<Index> given_identity_;
  std::vector<Edit> edits_;
  std::vector<Span> references_;
  std::string problem_;
};

}  // namespace

ArmRemoval RemoveArmExtensions(const SourceText& source, const JsonTree& tree,
                               const std::vector<ArmExtension>& extensions) {
  return ArmRemover(source, tree, extensions).Run();
}

}  // namespace openimds::migrate
