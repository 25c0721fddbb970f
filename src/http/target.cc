// SPDX-License-Identifier: Apache-2.0
#include "http/target.h"

#include <algorithm>
#include <array>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::http {
namespace {

tl::unexpected<Error> Refuse(std::string_view reason, std::string message) {
  return Fail(ErrorKind::kInvalidRequest, reason, std::move(message));
}

// Which bytes may stand in a part of the target: visible ASCII but for some.
class AllowedBytes {
 public:
  constexpr explicit AllowedBytes(std::string_view except) {
    for (std::size_t c = '!'; c <= '~'; ++c) {
      allowed_[c] = except.find(static_cast<char>(c)) == std::string_view::npos;
    }
  }
  bool All(std::string_view text) const {
    return std::all_of(text.begin(), text.end(),
                       [this](char c) { return allowed_[static_cast<unsigned char>(c)]; });
  }

 private:
  std::array<bool, 256> allowed_{};
};

constexpr AllowedBytes kPathBytes("%\\#\"");
constexpr AllowedBytes kQueryBytes("#");

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
  if (!kPathBytes.All(target.path)) {
    return Refuse(reasons::kPathNotAllowed,
                  "expected a path of visible ASCII characters without % \\ # or quotes");
  }
  if (!kQueryBytes.All(target.query)) {
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
