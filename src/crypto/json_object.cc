// SPDX-License-Identifier: Apache-2.0
#include "crypto/json_object.h"

#include <cstdint>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>

namespace openimds {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 8;

json::parse_options StrictOptions() {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  return options;
}

// Boost's own parser quietly keeps the last of two equal names. This one, run first, sees only the
// names of each open object; every other event passes.
struct UniqueNames {
  // NOLINTBEGIN(readability-identifier-naming): Boost looks for these names.
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;
  // NOLINTEND(readability-identifier-naming)

  std::vector<std::set<std::string>> open_objects;
  std::string name;  // what has come of the current one: escapes split it
  bool repeated = false;

  bool on_object_begin(json::error_code&) {
    open_objects.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, json::error_code&) {
    open_objects.pop_back();
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    name.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& error) {
    name.append(part.data(), part.size());
    repeated = !open_objects.back().insert(std::exchange(name, {})).second;
    if (repeated) error = json::error::syntax;
    return !repeated;
  }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t, json::error_code&) { return true; }
  bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
  bool on_double(double, json::string_view, json::error_code&) { return true; }
  bool on_bool(bool, json::error_code&) { return true; }
  bool on_null(json::error_code&) { return true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

bool RepeatsAName(std::string_view text) {
  json::basic_parser<UniqueNames> parser(StrictOptions());
  json::error_code error;
  parser.write_some(false, text.data(), text.size(), error);
  return parser.handler().repeated;
}

}  // namespace

tl::expected<json::object, std::string> ParseJsonObject(std::string_view text) {
  json::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error, {}, StrictOptions());
  if (error) return tl::unexpected("it is not JSON: " + error.message());
  if (!value.is_object()) return tl::unexpected<std::string>("it is not a JSON object");
  if (RepeatsAName(text)) return tl::unexpected<std::string>("a name occurs twice in one object");
  return std::move(value.get_object());
}

std::optional<std::string_view> FindString(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string().data(), value->get_string().size());
}

std::string_view TextOf(const json::object& object, std::string_view name) {
  return FindString(object, name).value_or(std::string_view());
}

}  // namespace openimds
