// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace openimds::migrate {

// The difference between two texts as `patch -p1` and `git apply` take it, with three lines around
// each change; empty if there is none. `path` is relative, and is quoted as git does if it has to
// be. Meant for edits of a few places: what lies between the first and the last change of a group
// of lines is compared line by line, and if that is very much, is given as replaced whole.
std::string UnifiedDiff(std::string_view path, std::string_view before, std::string_view after);

}  // namespace openimds::migrate
