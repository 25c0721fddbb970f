// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace openimds::http {

// A request target taken apart: raw bytes, nothing decoded, nothing folded.
struct Target {
  std::string_view path;
  std::string_view query;
  std::string_view authority;  // of an absolute form; empty for an origin form
};

// Takes `/path?query` and `http://authority/path?query` (RFC 9112, 3.2). None of our paths holds an
// escaped octet, so a path with `%` cannot name anything of ours and is refused, as are
// backslashes, fragments and bytes outside visible ASCII (attacks.md 11, 12, 16–18): the router
// never sees two spellings of one path. Fails with kPathNotAllowed or kMalformedRequest. Pure.
Result<Target> ParseTarget(std::string_view raw);

// True if `host` (a Host header's value or an authority) is one of `allowed`, with or without a
// port from 1 to 65535. `allowed` is lower case, `[::1]` in brackets. Letter case is ignored; user
// information, and every other spelling of an address, are not allowed (attacks.md 6, 8, 19, 20).
bool IsAllowedHost(std::string_view host, const std::vector<std::string>& allowed);

}  // namespace openimds::http
