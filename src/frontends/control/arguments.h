// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/guid.h"
#include "base/result.h"

namespace openimds::control {

enum class ArgumentType { kText, kTexts, kFlag, kGuid };

// One argument that an operation takes.
struct ArgumentRule {
  std::string_view name;
  ArgumentType type;
  bool required = false;
};

// What an operation was given, checked against its rules. A view: the object must outlive it.
//
// The getters take the names of rules of the fitting type and cannot fail; an argument that was
// left out is nothing, an empty list, or false.
class Arguments {
 public:
  // Fails with kArgumentInvalid, naming the argument, if one is unknown, missing, or of another
  // type. A required text or list is not empty.
  static Result<Arguments> Read(const boost::json::object& given,
                                std::span<const ArgumentRule> rules);

  std::string Text(std::string_view name) const { return FindText(name).value_or(""); }
  std::optional<std::string> FindText(std::string_view name) const;
  std::optional<Guid> FindGuid(std::string_view name) const;
  std::vector<std::string> Texts(std::string_view name) const;
  bool Flag(std::string_view name) const;

 private:
  explicit Arguments(const boost::json::object& given) : given_(&given) {}

  const boost::json::object* given_;
};

// A refusal that names the argument.
tl::unexpected<Error> BadArgument(std::string_view name, std::string_view problem);

}  // namespace openimds::control
