// SPDX-License-Identifier: Apache-2.0
#include "base/reasons.h"
#include "frontends/control/operation.h"

namespace openimds::control {
namespace {

Result<boost::json::value> Show(const Workplace& at, const Arguments&, std::string_view) {
  if (at.service) return ToJson(at.service());
  return Fail(ErrorKind::kUnavailable, reasons::kNoService, "no service is running");
}

}  // namespace

std::vector<Operation> ServiceOperations() { return {{"service.show", Effect::kReads, {}, Show}}; }

}  // namespace openimds::control
