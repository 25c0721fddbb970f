// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.h"
#include "frontends/control/operation.h"

namespace openimds::control {

// All that an administrator can do, as JSON in and JSON out: the same over the control socket and
// inside a command that found no service running. docs/cli.md shows it verb by verb.
//
// Every thread may call everything; Run() may block.
class Operations {
 public:
  explicit Operations(Workplace workplace) : workplace_(std::move(workplace)) {}

  // Fails with kArgumentInvalid for an operation that is not there (kNotFound) or an argument that
  // is unknown, missing or wrong, naming it; else as the registry and the authority do. Nothing is
  // half done. `caller` is for the audit log.
  Result<boost::json::value> Run(std::string_view name, const boost::json::object& arguments,
                                 std::string_view caller) const;

  static std::vector<std::string_view> Names();
  static bool Changes(std::string_view name);  // false for one that only reads

 private:
  const Workplace workplace_;
};

}  // namespace openimds::control
