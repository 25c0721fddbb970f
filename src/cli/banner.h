// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/surroundings.h"
#include "frontends/control/documents.h"

namespace openimds::cli {

// What `serve` tells a person when it is ready: the endpoints, what to set, and a line to try.
// Pure.
std::string RenderBanner(const control::ServiceFacts& facts, const Surroundings& surroundings);

}  // namespace openimds::cli
