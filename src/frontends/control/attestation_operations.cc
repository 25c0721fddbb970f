// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "base/reasons.h"
#include "frontends/control/operation.h"

namespace openimds::control {
namespace {

Result<boost::json::value> ShowCa(const Workplace& at, const Arguments&, std::string_view) {
  if (!at.attestation_ca) {
    return Fail(ErrorKind::kNotFound, reasons::kNotFound, "nothing is attested here");
  }
  TRY(std::string certificate, at.attestation_ca());
  return boost::json::object{{"certificate", std::move(certificate)}};
}

}  // namespace

std::vector<Operation> AttestationOperations() {
  return {{"attestation.ca", Effect::kReads, {}, ShowCa}};
}

}  // namespace openimds::control
