// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "frontends/arm/answer.h"
#include "frontends/arm/call.h"

namespace openimds::arm {

// One page of a list in order of key, made from that page's entries alone: `$top` and `$skiptoken`
// say which, `nextLink` where the rest is.
//
//   Page page(call);
//   for (auto one = map.lower_bound(page.From(prefix)); … && page.Takes(one->first); ++one) {
//     page.Add(Render(*one));
//   }
//   return page.Show();
class Page {
 public:
  explicit Page(const Call& call);

  // The least key that can be on the page, of those that begin with `prefix`.
  std::string From(const std::string& prefix) const;
  // False if it is full: then `key` is where the next one begins.
  bool Takes(std::string_view key);
  void Add(boost::json::object resource) { all_.push_back(std::move(resource)); }
  Answer Show();

 private:
  const Call& call_;
  std::size_t most_;
  std::string next_;
  boost::json::array all_;
};

// The address of the same list from `token` on.
std::string NextLinkTo(const Call& call, std::string_view token);

}  // namespace openimds::arm
