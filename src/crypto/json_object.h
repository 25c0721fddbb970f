// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <tl/expected.hpp>

namespace openimds {

// A JSON text (RFC 8259) whose value is an object, for text that was signed or that is ours: no
// byte-order mark, no comments, nothing behind it, valid UTF-8, nesting of at most 8, and no name
// twice in one object, because readers do not agree which of the two counts.
//
// The unexpected value says what is wrong and never quotes the text; the caller knows which Error
// it makes of that.
tl::expected<boost::json::object, std::string> ParseJsonObject(std::string_view text);

// Nothing if the member is missing or not a string.
std::optional<std::string_view> FindString(const boost::json::object& object,
                                           std::string_view name);

// The same, and the empty text where there is none.
std::string_view TextOf(const boost::json::object& object, std::string_view name);

}  // namespace openimds
