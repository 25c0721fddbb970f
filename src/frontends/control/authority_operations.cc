// SPDX-License-Identifier: Apache-2.0
#include "frontends/control/operation.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

Result<json::value> Show(const Workplace& at, const Arguments&, std::string_view) {
  return ToJson(at.authority, at.authority.keys().Keys());
}

Result<json::value> Rotate(const Workplace& at, const Arguments& arguments,
                           std::string_view caller) {
  // Not the lifetime that is configured now: tokens may be out there from when it was longer.
  TRY(const RingKey active, at.authority.keys().Rotate(kRotationOverlap));
  // Whoever rotates wants the next token signed with the new key, not in half a day.
  if (at.forget_tokens) at.forget_tokens();
  return Show(at, arguments, caller);
}

}  // namespace

std::vector<Operation> AuthorityOperations() {
  return {{"authority.show", Effect::kReads, {}, Show},
          {"authority.rotate", Effect::kChanges, {}, Rotate}};
}

}  // namespace openimds::control
