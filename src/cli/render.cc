// SPDX-License-Identifier: Apache-2.0
#include "cli/render.h"

#include <algorithm>
#include <cstddef>

#include <boost/json/serialize.hpp>

namespace openimds::cli {
namespace {

namespace json = boost::json;

// Characters, not bytes: UTF-8 continuation bytes take no column.
std::size_t WidthOf(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

void AppendCell(std::string* line, std::string_view cell, std::size_t width) {
  line->append(cell);
  line->append(width - WidthOf(cell) + 2, ' ');
}

std::string RenderRow(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) AppendCell(&line, row[i], widths[i]);
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

void AppendJson(const json::value& value, std::size_t depth, std::string* out);

void AppendLineStart(std::size_t depth, std::string* out) {
  out->push_back('\n');
  out->append(depth * 2, ' ');
}

void AppendObject(const json::object& object, std::size_t depth, std::string* out) {
  const char* separator = "{";
  for (const auto& member : object) {
    *out += separator;
    AppendLineStart(depth + 1, out);
    *out += json::serialize(json::string(member.key())) + ": ";
    AppendJson(member.value(), depth + 1, out);
    separator = ",";
  }
  AppendLineStart(depth, out);
  out->push_back('}');
}

void AppendArray(const json::array& array, std::size_t depth, std::string* out) {
  const char* separator = "[";
  for (const json::value& item : array) {
    *out += separator;
    AppendLineStart(depth + 1, out);
    AppendJson(item, depth + 1, out);
    separator = ",";
  }
  AppendLineStart(depth, out);
  out->push_back(']');
}

void AppendJson(const json::value& value, std::size_t depth, std::string* out) {
  if (value.is_object() && !value.get_object().empty()) {
    AppendObject(value.get_object(), depth, out);
  } else if (value.is_array() && !value.get_array().empty()) {
    AppendArray(value.get_array(), depth, out);
  } else {
    *out += json::serialize(value);
  }
}

}  // namespace

std::string RenderTable(const Table& table) {
  std::vector<std::size_t> widths;
  for (const std::string& heading : table.headings) widths.push_back(WidthOf(heading));
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
  }
  std::string text = RenderRow(table.headings, widths);
  for (const auto& row : table.rows) text += RenderRow(row, widths);
  return text;
}

std::string RenderFacts(const std::vector<std::pair<std::string, std::string>>& facts) {
  std::size_t width = 0;
  for (const auto& [name, value] : facts) width = std::max(width, WidthOf(name) + 1);
  std::string text;
  for (const auto& [name, value] : facts)
    text += RenderRow({name + ":", value}, {width, 0u + WidthOf(value)});
  return text;
}

std::string RenderJson(const json::value& value) {
  std::string text;
  AppendJson(value, 0, &text);
  return text + "\n";
}

std::string MemberText(const json::value& object, std::string_view name) {
  const json::object* members = object.if_object();
  const json::value* member = members ? members->if_contains(name) : nullptr;
  if (!member || member->is_null()) return {};
  return member->is_string() ? std::string(member->get_string()) : json::serialize(*member);
}

}  // namespace openimds::cli
