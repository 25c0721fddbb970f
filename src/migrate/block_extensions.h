// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "migrate/brackets.h"
#include "migrate/finding.h"
#include "migrate/source_text.h"

namespace openimds::migrate {

// The managed-identity extension as Bicep or Terraform has it.
struct BlockExtension {
  Span place;  // what to show of it
  Span block;  // what goes
  bool on_scale_set = false;
  std::string reference;  // by what others refer to it; empty for a part of a scale set
  std::string machine;    // by what others refer to its machine; empty if that is not known
  Brackets::Index machine_body = Brackets::kNone;  // if it is in this file
  std::string problem;                             // why it cannot be taken out; else empty
};
std::vector<BlockExtension> FindBicepExtensions(const SourceText& source, const Brackets& brackets);
std::vector<BlockExtension> FindTerraformExtensions(const SourceText& source,
                                                    const Brackets& brackets);

// As RemoveArmExtensions.
struct BlockRemoval {
  std::vector<Edit> edits;
  std::string by_hand;
};
BlockRemoval RemoveBlockExtensions(const SourceText& source, const Brackets& brackets,
                                   const std::vector<BlockExtension>& extensions);

// Where the extension's publisher is written, `publisher: '…'` or `publisher = "…"`.
std::vector<Span> FindPublishers(const SourceText& source);

// The lines of a block, with decorators in front of it, and one of the empty lines around it.
Span BlockLines(const SourceText& source, Span block);

}  // namespace openimds::migrate
