// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "migrate/language.h"
#include "migrate/source_text.h"

namespace openimds::migrate {

// Where people's words and where strings stand; sorted, none overlaps another of its kind.
struct Lexed {
  std::vector<Span> prose;    // comments, docstrings; of a document, all but fenced blocks
  std::vector<Span> strings;  // with their quotes
};

// Never fails: what it does not understand is code. One pass over the text.
Lexed Lex(std::string_view text, Language language);

}  // namespace openimds::migrate
