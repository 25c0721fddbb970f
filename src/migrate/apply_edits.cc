// SPDX-License-Identifier: Apache-2.0
#include "migrate/apply_edits.h"

#include <algorithm>

namespace openimds::migrate {
namespace {

bool Comes(const Edit& a, const Edit& b) {
  return a.span.begin != b.span.begin ? a.span.begin < b.span.begin : a.span.end < b.span.end;
}

// Two insertions at one place come one behind the other; all else must lie apart.
bool Meet(const Edit& a, const Edit& b) {
  if (a.span.begin == a.span.end && a.span.begin == b.span.begin) return false;
  if (b.span.begin == b.span.end && b.span.begin == a.span.begin) return false;
  return a.span.begin < b.span.end && b.span.begin < a.span.end;
}

bool Fits(const std::vector<Edit>& accepted, const std::vector<Edit>& wanted) {
  return std::none_of(wanted.begin(), wanted.end(), [&](const Edit& edit) {
    return std::any_of(accepted.begin(), accepted.end(),
                       [&](const Edit& other) { return !(edit == other) && Meet(edit, other); });
  });
}

}  // namespace

std::string ApplyEdits(std::string_view text, std::vector<Finding>* findings) {
  std::vector<Edit> accepted;
  for (Finding& finding : *findings) {
    if (!Fits(accepted, finding.edits)) {
      finding.edits.clear();
      finding.by_hand = "what it would change is changed by another rewriting; run it again";
    }
    for (const Edit& edit : finding.edits) {
      if (std::find(accepted.begin(), accepted.end(), edit) == accepted.end()) {
        accepted.push_back(edit);
      }
    }
  }
  std::stable_sort(accepted.begin(), accepted.end(), Comes);
  std::string result;
  std::size_t at = 0;
  for (const Edit& edit : accepted) {
    result.append(text.substr(at, edit.span.begin - at)).append(edit.text);
    at = edit.span.end;
  }
  return result.append(text.substr(at));
}

}  // namespace openimds::migrate
