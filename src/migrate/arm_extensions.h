// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "migrate/arm_names.h"
#include "migrate/finding.h"
#include "migrate/json_tree.h"
#include "migrate/source_text.h"

namespace openimds::migrate {

// The managed-identity extension as a template has it.
struct ArmExtension {
  JsonTree::Index object = JsonTree::kNone;
  JsonTree::Index list = JsonTree::kNone;     // the array it is in; kNone if it is in none
  JsonTree::Index machine = JsonTree::kNone;  // or scale set, if that is in the template
  bool on_scale_set = false;
  bool nested = false;  // within its machine
  ExtensionName name;
  Span place;  // what to show of it
};
std::vector<ArmExtension> FindArmExtensions(const JsonTree& tree);

// What takes all of them out: they themselves; for those that waited for one, what it waited for;
// an identity for a machine that has none. Or why that should not be done by a machine.
struct ArmRemoval {
  std::vector<Edit> edits;
  std::string by_hand;
  std::vector<Span> references;  // what is dealt with by this, one way or the other
};
ArmRemoval RemoveArmExtensions(const SourceText& source, const JsonTree& tree,
                               const std::vector<ArmExtension>& extensions);

}  // namespace openimds::migrate
