// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/guid.h"

namespace openimds::templates {

// The name space of the version 5 GUIDs that ARM's guid() makes, as Microsoft documents it:
// 11fb06fb-712d-4ddd-98c7-e71bbd588830.
inline const Guid kTemplateGuidSpace({0x11, 0xfb, 0x06, 0xfb, 0x71, 0x2d, 0x4d, 0xdd, 0x98, 0xc7,
                                      0xe7, 0x1b, 0xbd, 0x58, 0x88, 0x30});

// What ARM's uniqueString() gives for one string: 13 characters of base32, of a MurmurHash3 with
// two lanes of 32 bits. The same as Azure's, so that names made from it stay the same when a
// template moves between the two. No secret is safe in it.
std::string UniqueString(std::string_view text);

}  // namespace openimds::templates
