// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "arm/budget.h"
#include "arm/value.h"

namespace openimds::templates {

// .NET's composite format as format() has it: `{0}`, `{1,8}` (right-aligned; negative: left), and
// for whole numbers `{0:D4}`, `{0:X2}`, `{0:x}`, `{0:N0}`, or zeros alone as `{0:000}`. `{{` and
// `}}` are braces. Fails with a message that says what is wrong with the pattern.
Result<std::string> FormatComposite(std::string_view pattern, std::span<const Value> arguments,
                                    Budget& budget);

}  // namespace openimds::templates
