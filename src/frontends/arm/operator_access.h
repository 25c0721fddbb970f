// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "base/result.h"
#include "frontends/arm/route.h"

namespace openimds::arm {

// The resource manager as an operator of this host asks it, past HTTPS and roles: whoever may
// open the control socket may do everything. The same routes, the same audit trail, and never
// anything to poll. Every thread may call it.
class OperatorAccess {
 public:
  explicit OperatorAccess(Workplace at) : at_(at) { at_.long_running = nullptr; }

  // `path` from `/subscriptions` on, as ids are written; `caller` is for the audit trail. Gives the
  // body of the answer, null if it has none; fails with what the route fails with, and with
  // kDeploymentFailed for a deployment that ended so. May block as long as a deployment takes.
  Result<boost::json::value> Ask(std::string_view method, std::string_view path, std::string text,
                                 std::string_view caller) const;

 private:
  Workplace at_;
};

}  // namespace openimds::arm
