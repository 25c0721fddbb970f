// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/page.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace openimds::arm {
namespace {

constexpr std::size_t kMost = 1000;

}  // namespace

Page::Page(const Call& call)
    : call_(call),
      most_(std::clamp<std::size_t>(ParseDecimal(call.Query("$top")).value_or(kMost), 1, kMost)) {}

// What is no key of such a list begins it anew: the token is ours, but it comes from a stranger.
std::string Page::From(const std::string& prefix) const {
  std::string token(call_.Query("$skiptoken"));
  return token.starts_with(prefix) ? token : prefix;
}

bool Page::Takes(std::string_view key) {
  if (all_.size() < most_) return true;
  next_ = key;
  return false;
}

Answer Page::Show() {
  boost::json::object body;
  if (!next_.empty()) body["nextLink"] = NextLinkTo(call_, next_);
  body["value"] = std::move(all_);
  return Answer{200, std::move(body)};
}

std::string NextLinkTo(const Call& call, std::string_view token) {
  std::string link = call.base_url;
  for (const std::string& segment : call.segments) link.append("/").append(segment);
  char separator = '?';
  for (const auto& [name, value] : call.query) {
    if (name == "$skiptoken") continue;
    link.append(1, separator).append(name).append("=").append(EncodeFormComponent(value));
    separator = '&';
  }
  return link + separator + "$skiptoken=" + EncodeFormComponent(token);
}

}  // namespace openimds::arm
