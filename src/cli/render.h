// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

// Answers as text: tables for people, JSON for programs. Pure. Every text ends with a newline.
namespace openimds::cli {

// Columns as wide as their content, two spaces between them, nothing wrapped or cut.
struct Table {
  std::vector<std::string> headings;
  std::vector<std::vector<std::string>> rows;
};
std::string RenderTable(const Table& table);

// `name:  value`, one a line, the values under each other.
std::string RenderFacts(const std::vector<std::pair<std::string, std::string>>& facts);

// Indented by two spaces; members in their order.
std::string RenderJson(const boost::json::value& value);

// A member of an object as text; empty if it is not there.
std::string MemberText(const boost::json::value& object, std::string_view name);

}  // namespace openimds::cli
