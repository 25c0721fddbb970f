// SPDX-License-Identifier: Apache-2.0
// Any file in any language: findings and edits lie in it, and rewriting comes to an end.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "migrate/apply_edits.h"
#include "migrate/examine.h"
#include "migrate/unified_diff.h"

namespace {

using openimds::migrate::Edit;
using openimds::migrate::Finding;
using openimds::migrate::SourceText;
using openimds::migrate::Span;

constexpr std::array kNames = {"a.json", "a.bicep", "a.tf", "a.sh",       "a.py", "a.ps1", "a.yaml",
                               "a.md",   "a.js",    "a.go", "Dockerfile", "a.cs", "a.env", "a"};
constexpr int kMostRounds = 20;

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsIn(Span span, const SourceText& source) {
  return span.begin <= span.end && span.end <= source.text().size();
}

std::string Rewrite(const SourceText& source) {
  auto findings = openimds::migrate::Examine(source, {50342}).findings;
  for (const Finding& finding : findings) {
    Require(IsIn(finding.span, source));
    for (const Edit& edit : finding.edits) Require(IsIn(edit.span, source));
  }
  return openimds::migrate::ApplyEdits(source.text(), &findings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 4096) return 0;
  const std::string name = kNames[data[0] % kNames.size()];
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (int round = 0; round < kMostRounds; ++round) {
    const std::string after = Rewrite(SourceText(name, text));
    Require(openimds::migrate::UnifiedDiff(name, text, after).empty() == (text == after));
    if (after == text) return 0;
    text = after;
  }
  std::abort();
}
