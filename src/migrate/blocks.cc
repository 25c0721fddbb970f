// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "migrate/block_extensions.h"
#include "migrate/examine.h"
#include "migrate/json_removal.h"

namespace openimds::migrate {
namespace {

void Add(const BlockExtension& extension, bool first, const BlockRemoval& removal,
         Findings* findings) {
  const Rule& rule =
      RuleOf(extension.on_scale_set ? "template-scale-set-extension" : "template-vm-extension");
  Finding finding{&rule, rule.level, extension.place, {}, removal.by_hand};
  if (first) finding.edits = removal.edits;
  finding.rewritten_with_another = !first && removal.by_hand.empty();
  findings->Add(std::move(finding));
}

void FindExtensions(const SourceText& source, Findings* findings) {
  const Brackets brackets(source);
  const std::vector<BlockExtension> all = source.language() == Language::kBicep
                                              ? FindBicepExtensions(source, brackets)
                                              : FindTerraformExtensions(source, brackets);
  std::vector<BlockExtension> extensions = all;
  std::erase_if(extensions, [&](const BlockExtension& extension) {
    const std::size_t first = source.text().find_first_not_of(" \t\r\n", extension.block.begin);
    return findings->IsIgnored(extension.place.begin) || findings->IsIgnored(first);
  });
  if (!extensions.empty()) {
    const BlockRemoval removal = RemoveBlockExtensions(source, brackets, extensions);
    for (const BlockExtension& extension : extensions) {
      Add(extension, &extension == &extensions.front(), removal, findings);
    }
  }
  for (const BlockExtension& extension : all) findings->TakeSpan(extension.block);
}

// `msi_endpoint = "http://localhost:50342/…"` of a provider or a backend.
void FindProviderEndpoint(const SourceText& source, Findings* findings) {
  constexpr std::string_view kKey = "msi_endpoint";
  for (std::size_t at = source.FindWord(kKey, 0); at != SourceText::kNone;
       at = source.FindWord(kKey, at + 1)) {
    const Span line = source.LineAt(at);
    const std::string_view rest = TrimSpace(source.Text({at + kKey.size(), line.end}));
    if (source.IsProse(at) || !rest.starts_with("=") || !BeginsLine(source, at)) continue;
    const std::string_view value = TrimSpace(rest.substr(1));
    if (value.find("169.254.169.254") != std::string_view::npos) continue;
    const Span setting{at, line.end};
    if (value.starts_with("\"") && value.ends_with("\"") &&
        value.find("${") == std::string_view::npos) {
      findings->Rewrite("terraform-msi-endpoint", setting, {{source.WholeLineAt(at), ""}});
    } else {
      findings->Report("terraform-msi-endpoint", setting, "its value is made elsewhere");
    }
  }
}

}  // namespace

void FindInBlocks(const SourceText& source, Findings* findings) {
  const bool is_terraform = source.language() == Language::kTerraform;
  if (!is_terraform && source.language() != Language::kBicep) return;
  if (!FindPublishers(source).empty()) FindExtensions(source, findings);
  if (is_terraform) FindProviderEndpoint(source, findings);
}

}  // namespace openimds::migrate
