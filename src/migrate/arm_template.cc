// SPDX-License-Identifier: Apache-2.0
#include "migrate/arm_extensions.h"
#include "migrate/examine.h"
#include "migrate/json_tree.h"

namespace openimds::migrate {
namespace {

bool MayHoldExtension(const SourceText& source) {
  return source.language() == Language::kJson &&
         source.lower().find("microsoft.managedidentity") != SourceText::kNone &&
         source.lower().find("publisher") != SourceText::kNone;
}

void Add(const ArmExtension& extension, bool first, const ArmRemoval& removal, Findings* findings) {
  const Rule& rule =
      RuleOf(extension.on_scale_set ? "template-scale-set-extension" : "template-vm-extension");
  Finding finding{&rule, rule.level, extension.place, {}, removal.by_hand};
  if (first) finding.edits = removal.edits;
  finding.rewritten_with_another = !first && removal.by_hand.empty();
  findings->Add(std::move(finding));
}

}  // namespace

void FindInArmTemplate(const SourceText& source, Findings* findings) {
  if (!MayHoldExtension(source)) return;
  const auto tree = JsonTree::Parse(source.text());
  if (!tree) return;
  std::vector<ArmExtension> extensions = FindArmExtensions(*tree);
  const std::vector<ArmExtension> all = extensions;
  std::erase_if(extensions, [&](const ArmExtension& extension) {
    return findings->IsIgnored(tree->at(extension.object).span.begin) ||
           findings->IsIgnored(extension.place.begin);
  });
  if (!extensions.empty()) {
    const ArmRemoval removal = RemoveArmExtensions(source, *tree, extensions);
    for (const ArmExtension& extension : extensions) {
      Add(extension, &extension == &extensions.front(), removal, findings);
    }
    for (const Span& reference : removal.references) findings->TakeSpan(reference);
  }
  for (const ArmExtension& extension : all) findings->TakeSpan(tree->at(extension.object).span);
}

}  // namespace openimds::migrate
