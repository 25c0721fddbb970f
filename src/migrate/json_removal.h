// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <vector>

#include "migrate/finding.h"
#include "migrate/json_tree.h"
#include "migrate/source_text.h"

namespace openimds::migrate {

// Takes `items` out of an array, with their commas and, where they had lines to themselves, those.
// An array that is left with nothing, not even a comment, becomes `[]`.
void RemoveItems(const SourceText& source, const JsonTree& tree, JsonTree::Index array,
                 const std::set<JsonTree::Index>& items, std::vector<Edit>* edits);

// Puts a member behind another one, in that one's style. `lines` are the member's, unindented; what
// is deeper begins with a tab for each level.
Edit InsertMember(const SourceText& source, const JsonTree& tree, JsonTree::Index behind,
                  const std::vector<std::string>& lines);

// The text up to `offset` has only white space before it in its line.
bool BeginsLine(const SourceText& source, std::size_t offset);
// The whole lines of a span, if it begins one and ends one; else the span.
Span WithItsLines(const SourceText& source, Span span);

}  // namespace openimds::migrate
