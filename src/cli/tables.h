// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/json/value.hpp>

// What the tables of several verbs share. Pure.
namespace openimds::cli {

// Of anything that has an `id`.
std::string ResourceGroupOf(const boost::json::value& resource);

// What every `delete` answers.
std::string DeletedLine(const boost::json::value& answer);

}  // namespace openimds::cli
