// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>

#include <string>

#include "base/result.h"

namespace openimds {

// EXPECT_THAT(F(), IsOk());
MATCHER(IsOk, "") {
  if (arg.has_value()) return true;
  *result_listener << arg.error().reason << ": " << arg.error().message;
  return false;
}

// EXPECT_THAT(F(), FailsWith(reasons::kNotFound));
MATCHER_P(FailsWith, reason, "") {
  if (arg.has_value()) {
    *result_listener << "it succeeded";
    return false;
  }
  *result_listener << arg.error().reason << ": " << arg.error().message;
  return arg.error().reason == reason;
}

}  // namespace openimds
