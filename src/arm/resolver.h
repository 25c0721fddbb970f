// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "arm/evaluator.h"

namespace openimds::templates {

// What could not be evaluated because it needs a resource that was not deployed yet.
struct Deferred {
  bool any = false;
  std::vector<std::string> references;  // what reference() was asked for: ids and names
};

// Evaluates the expressions in a piece of a template: in values and in names of members, with
// `copy` loops of properties.
class Resolver {
 public:
  // With `deferred`, an expression with reference() is left as its text and noted there.
  explicit Resolver(EvaluationContext& context, Deferred* deferred = nullptr)
      : context_(context), deferred_(deferred) {}

  Result<boost::json::value> Resolve(const boost::json::value& value);
  // REQUIRES: `member` is in `object`. The path gets its name for the while.
  Result<boost::json::value> ResolveMember(const boost::json::value& value, std::string_view name);

  // The turns of a `copy` object: `count` and, for a property, `input`. Fails for a count that is
  // not 0 to the limit.
  Result<std::int64_t> CountOf(const boost::json::object& copy);
  Result<boost::json::value> ResolveLoop(const boost::json::object& copy, const std::string& name);

 private:
  Result<boost::json::value> ResolveString(std::string_view text);
  Result<boost::json::value> ResolveArray(const boost::json::array& array);
  Result<boost::json::value> ResolveObject(const boost::json::object& object);
  Result<void> ResolvePropertyLoops(const boost::json::array& loops, boost::json::object* into);
  Result<void> NoteReferences(const Expression& expression);

  EvaluationContext& context_;
  Deferred* const deferred_;
};

// Whether a member called `copy` is a loop of properties: an array of objects with name, count and
// input.
bool IsPropertyLoops(const boost::json::value& value);

}  // namespace openimds::templates
