// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_codes.h"

#include <algorithm>
#include <initializer_list>

#include "base/reasons.h"

namespace openimds::cli {
namespace {

bool IsOneOf(std::string_view reason, std::initializer_list<std::string_view> reasons) {
  return std::find(reasons.begin(), reasons.end(), reason) != reasons.end();
}

ExitCode ExitCodeForKind(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNotFound:
      return kMissing;
    case ErrorKind::kConflict:
      return kConflicting;
    case ErrorKind::kInvalidRequest:
    case ErrorKind::kUnauthorized:
    case ErrorKind::kForbidden:
    case ErrorKind::kThrottled:
    case ErrorKind::kUnavailable:
    case ErrorKind::kInternal:
      return kRefused;
  }
  return kRefused;
}

}  // namespace

ExitCode ExitCodeFor(const Error& error) {
  if (IsOneOf(error.reason, {reasons::kNoService, reasons::kStateInUse})) return kNoService;
  // On the wire these are refusals like any other; for a script, something is missing.
  if (IsOneOf(error.reason, {reasons::kIdentityNotFound, reasons::kUnknownMachine})) {
    return kMissing;
  }
  if (error.kind == ErrorKind::kInvalidRequest &&
      IsOneOf(error.reason,
              {reasons::kArgumentInvalid, reasons::kConfigInvalid, reasons::kWildcardBind,
               reasons::kNameInvalid, reasons::kProfileInvalid, reasons::kResourceIdInvalid,
               reasons::kResourceInvalid, reasons::kSelectorConflict})) {
    return kUsage;
  }
  return ExitCodeForKind(error.kind);
}

}  // namespace openimds::cli
