// SPDX-License-Identifier: Apache-2.0
#include "migrate/request_rewrite.h"

#include <utility>

namespace openimds::migrate {
namespace {

Edit QueryEdit(const SourceText& source, Span query) {
  const std::size_t at = source.lower().substr(0, query.end).find("api-version=", query.begin);
  if (at == SourceText::kNone) {
    return {{query.begin + 1, query.begin + 1}, std::string(kApiVersion) + "&"};
  }
  std::size_t end = at;
  while (end < query.end && source.text()[end] != '&') ++end;
  return {{at, end}, std::string(kApiVersion)};
}

}  // namespace

Rewriting ByHand(std::string reason) { return {{}, std::move(reason)}; }

std::vector<Edit> ReplaceUrl(const SourceText& source, const EndpointUrl& url, bool begin_query) {
  std::string text(kNewUrl);
  if (url.query.end == 0 && begin_query) text += "?" + std::string(kApiVersion);
  std::vector<Edit> edits{{url.span, std::move(text)}};
  if (url.query.end != 0) edits.push_back(QueryEdit(source, url.query));
  return edits;
}

bool SendsMetadataHeader(const SourceText& source) {
  const std::string_view text = source.lower();
  for (std::size_t at = source.FindWord("metadata", 0); at != SourceText::kNone;
       at = source.FindWord("metadata", at + 1)) {
    const std::size_t end = at + std::string_view("metadata").size();
    const bool in_path = (at > 0 && text[at - 1] == '/') || (end < text.size() && text[end] == '/');
    const bool is_prose = source.language() != Language::kProse && source.IsProse(at);
    if (!in_path && !is_prose) return true;
  }
  return false;
}

}  // namespace openimds::migrate
