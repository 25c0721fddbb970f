// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace openimds {

// `http://[::1]:50343/x` → `[::1]`; a URL without a scheme begins with its host. Empty for one that
// has none. For URLs that were checked: nothing is refused here.
std::string_view HostOfUrl(std::string_view url);

}  // namespace openimds
