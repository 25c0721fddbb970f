// SPDX-License-Identifier: Apache-2.0
#include "http/request.h"

#include <algorithm>

#include "base/text.h"

namespace openimds::http {

std::optional<std::string_view> Request::FindHeader(std::string_view name) const {
  for (const Header& header : headers) {
    if (EqualsIgnoringCase(header.name, name)) return header.value;
  }
  return std::nullopt;
}

std::size_t Request::CountHeader(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(headers.begin(), headers.end(),
                    [&](const Header& header) { return EqualsIgnoringCase(header.name, name); }));
}

}  // namespace openimds::http
