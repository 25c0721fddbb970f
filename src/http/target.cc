// SPDX-License-Identifier: Apache-2.0
#include "http/target.h"

#include <algorithm>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::http {
namespace {

tl::unexpected<Error> Refuse(std::string_view reason, std::string message) {
  return Fail(ErrorKind::kInvalidRequest, reason, std::move(message));
}

bool IsPathByte(char c) {
  return c > ' ' && c <= '~' && c != '%' && c != '\\' && c != '#' && c != '"';
}

bool IsQueryByte(char c) { return c > ' ' && c <= '~' && c != '#'; }

}  // namespace

Result<Target> ParseTarget(std::string_view raw) {
  Target target;
  constexpr std::string_view kScheme = "http://";
  if (StartsWithIgnoringCase(raw, kScheme)) {
    const std::string_view rest = raw.substr(kScheme.size());
    const size_t slash = std::min(rest.find('/'), rest.size());
    target.authority = rest.substr(0, slash);
    raw = rest.substr(slash);
    if (target.authority.empty()) {
      return Refuse(reasons::kMalformedRequest, "expected a host after http://");
    }
  }
  if (raw.empty() || raw.front() != '/') {
    return Refuse(reasons::kMalformedRequest, "expected a request target that begins with '/'");
  }
  const size_t question = raw.find('?');
  target.path = raw.substr(0, question);
  if (question != std::string_view::npos) target.query = raw.substr(question + 1);
  if (!std::all_of(target.path.begin(), target.path.end(), IsPathByte)) {
    return Refuse(reasons::kPathNotAllowed,
                  "expected a path of visible ASCII characters without % \\ # or quotes");
  }
  if (!std::all_of(target.query.begin(), target.query.end(), IsQueryByte)) {
    return Refuse(reasons::kMalformedRequest, "expected a query of visible ASCII without #");
  }
  return target;
}

bool IsAllowedHost(std::string_view host, const std::vector<std::string>& allowed) {
  // A colon inside brackets belongs to the address.
  const size_t bracket = host.rfind(']');
  const size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    const auto port = ParseDecimal(host.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return false;
    host = host.substr(0, colon);
  }
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](const std::string& name) { return EqualsIgnoringCase(host, name); });
}

}  // namespace openimds::http
