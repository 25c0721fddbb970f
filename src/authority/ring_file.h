// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/clock.h"

// The text of keys.json: which key signs, which are only published and until when. No secret in it.
//
//   {"version":1,
//    "active":{"kid":"<base64url>","created":1700000000},
//    "retired":[{"kid":"<base64url>","created":1690000000,"publish_until":1700086400}]}
//
// Times are Unix seconds; the retired keys stand newest first.
namespace openimds {

struct RingEntry {
  std::string kid;
  Time created;
  std::optional<Time> publish_until;  // nothing for the active key
};

// REQUIRES: the active key is first, and only it has no publish_until.
std::string RenderRingFile(const std::vector<RingEntry>& entries);

// The active key first. Strict: these members and no others, each kid a base64url SHA-1 (so that it
// is safe as a file's name) and named once. The unexpected value says what is wrong.
tl::expected<std::vector<RingEntry>, std::string> ParseRingFile(std::string_view text);

}  // namespace openimds
