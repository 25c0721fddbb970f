// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "frontends/arm/route.h"

namespace openimds {

// Where no service runs: what is set is kept, and served when one starts.
class ExtensionsAtRest final : public arm::ExtensionHost {
 public:
  Result<void> Serve(const arm::ServedExtension&) override { return {}; }
  void EndOthers(const Registry&) override {}
  std::optional<Time> ServedSince(const ResourceId&) const override { return std::nullopt; }
};

}  // namespace openimds
