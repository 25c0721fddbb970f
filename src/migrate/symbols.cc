// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "migrate/examine.h"

namespace openimds::migrate {
namespace {

bool Borders(std::string_view text, std::size_t begin, std::size_t end) {
  const char before = begin == 0 ? ' ' : text[begin - 1];
  const char after = end < text.size() ? text[end] : ' ';
  return !IsWordCharacter(before) && !IsWordCharacter(after) && before != '-' && after != '-';
}

bool HoldsOneOf(const SourceText& source, std::string_view words) {
  if (words.empty()) return true;
  for (const std::string_view word : Split(words, '|')) {
    if (source.lower().find(LowerAscii(word)) != SourceText::kNone) return true;
  }
  return false;
}

void FindSymbol(const SourceText& source, const Symbol& symbol, Findings* findings) {
  for (std::size_t at = source.text().find(symbol.text);
       at != SourceText::kNone && !findings->is_full();
       at = source.text().find(symbol.text, at + 1)) {
    const Span span{at, at + symbol.text.size()};
    if (!Borders(source.text(), span.begin, span.end)) continue;
    if (!source.IsProse(at)) {
      findings->Report(symbol.rule, span, "");
    } else if (!symbol.only_in_code) {
      findings->Note(symbol.rule, span, "");
    }
  }
}

}  // namespace

void FindSymbols(const SourceText& source, Findings* findings) {
  for (const Symbol& symbol : AllSymbols()) {
    if (source.text().find(symbol.text) != SourceText::kNone && HoldsOneOf(source, symbol.beside)) {
      FindSymbol(source, symbol, findings);
    }
  }
}

}  // namespace openimds::migrate
