// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "frontends/arm/answer.h"
#include "frontends/arm/call.h"
#include "frontends/arm/route.h"

// The one way to what the resource manager does: requests take it, and so does a deployment for
// each of its resources. Nothing is done that the caller may not do.
namespace openimds::arm {

// Finds the route of `call` and fills in what that says, asks whether the caller may, reads the
// body and runs the route. What was changed, or refused for want of a right, is in the audit trail.
//
// Fails with kNoSuchPath, kMethodNotAllowed, kNotAuthorized, kContentInvalid, and with what the
// route fails with. May block; every thread may call it.
Result<Answer> Perform(const Workplace& at, Call* call);

// Whether it would come as far as running the route. Changes nothing.
Result<void> CheckMayPerform(const Workplace& at, Call* call);

// What `by` makes on the way: the same caller, another resource.
Call CallOn(const Call& by, std::string_view method, std::string_view id,
            std::string_view api_version);

}  // namespace openimds::arm
