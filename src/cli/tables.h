// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

// What the tables of several verbs share. Pure.
namespace openimds::cli {

// Of anything that has an `id`.
std::string ResourceGroupOf(const boost::json::value& resource);

// The last segment of the resource id in that member, which is what people call the thing.
std::string NameInId(const boost::json::value& object, std::string_view member);

// What every `delete` answers.
std::string DeletedLine(const boost::json::value& answer);

}  // namespace openimds::cli
