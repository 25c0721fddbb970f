// SPDX-License-Identifier: Apache-2.0
#include "model/machine_profile.h"

#include <arpa/inet.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/json_object.h"
#include "model/instance_fields.h"

namespace openimds {
namespace {

namespace json = boost::json;

tl::unexpected<Error> Bad(std::string_view path, std::string_view problem) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kProfileInvalid,
              "'" + std::string(path) + "': " + std::string(problem));
}

std::string Below(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

bool IsAddress(int family, const std::string& text) {
  std::uint8_t bytes[sizeof(in6_addr)];
  return inet_pton(family, text.c_str(), bytes) == 1;
}

std::optional<std::string> PlainMac(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c == ':' || c == '-') continue;
    if (HexValue(c) < 0) return std::nullopt;
    digits.push_back(c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  if (digits.size() != 12) return std::nullopt;
  return digits;
}

std::optional<std::string> OneOf(std::string_view text,
                                 std::initializer_list<std::string_view> known) {
  for (const std::string_view one : known) {
    if (EqualsIgnoringCase(text, one)) return std::string(one);
  }
  return std::nullopt;
}

bool IsPort(const std::string& text) {
  const auto number = ParseDecimal(text);
  return number && *number <= 65'535;
}

bool IsData(const std::string& text) {
  std::string bytes;
  return Base64Decode(text, &bytes) && bytes.size() <= MachineProfile::kMaxDataBytes;
}

// The spelling that goes out; nothing if it is not of that kind. Empty is "absent" for every kind.
std::optional<std::string> Normal(ValueKind kind, const std::string& text) {
  const auto if_good = [&](bool good) { return good ? std::optional(text) : std::nullopt; };
  if (text.empty()) return text;
  switch (kind) {
    case ValueKind::kText:
      return if_good(text.size() <= MachineProfile::kMaxTextBytes &&
                     text.find('\0') == std::string::npos);
    case ValueKind::kFlag:
      return OneOf(text, {"true", "false"});
    case ValueKind::kNumber:
      return if_good(ParseDecimal(text).has_value());
    case ValueKind::kBase64:
      return if_good(IsData(text));
    case ValueKind::kIpv4:
      return if_good(IsAddress(AF_INET, text));
    case ValueKind::kIpv6:
      return if_good(IsAddress(AF_INET6, text));
    case ValueKind::kMac:
      return PlainMac(text);
    case ValueKind::kOsType:
      return OneOf(text, {"Linux", "Windows"});
    case ValueKind::kAddress:
      return if_good(IsAddress(AF_INET, text) || IsAddress(AF_INET6, text));
    case ValueKind::kProtocol:
      return OneOf(text, {"tcp", "udp", "all"});
    case ValueKind::kPort:
      return if_good(IsPort(text));
  }
  return std::nullopt;
}

// JSON's own numbers and booleans where one is meant.
std::optional<std::string> TextOf(const InstanceField& field, const json::value& given) {
  if (given.is_string()) return std::string(given.get_string());
  if (field.kind == ValueKind::kFlag && given.is_bool()) return given.get_bool() ? "true" : "false";
  const bool number = field.kind == ValueKind::kNumber || field.kind == ValueKind::kPort;
  if (number && given.is_int64()) {
    return std::to_string(given.get_int64());
  }
  return std::nullopt;
}

Result<json::value> Read(const FieldNode& node, const json::value& given, const std::string& path);

Result<json::value> ReadLeaf(const InstanceField& field, const json::value& given,
                             const std::string& path) {
  if (field.source == FieldSource::kMachine) {
    return Bad(path, "it follows from the machine and cannot be said");
  }
  const auto text = TextOf(field, given);
  const auto normal = text ? Normal(field.kind, *text) : std::nullopt;
  const bool is_port = field.kind == ValueKind::kPort;
  if (!normal || (is_port && normal->empty())) {
    return Bad(path, "expected " + std::string(Describe(field.kind)));
  }
  if (is_port) return json::value(static_cast<std::int64_t>(*ParseDecimal(*normal)));
  return json::value(*normal);
}

Result<json::object> ReadMembers(const FieldNode& node, const json::value& given,
                                 const std::string& path) {
  if (!given.is_object()) return Bad(path, "expected an object");
  json::object members;
  for (const auto& [name, value] : given.get_object()) {
    const std::string_view plain(name.data(), name.size());
    const FieldNode* child = node.Find(plain);
    if (!child) return Bad(Below(path, plain), "unknown");
    TRY(members[name], Read(*child, value, Below(path, plain)));
  }
  return members;
}

Result<json::value> ReadElements(const FieldNode& node, const json::value& given,
                                 const std::string& path) {
  if (!given.is_array()) return Bad(path, "expected an array");
  if (given.get_array().size() > MachineProfile::kMaxElements) {
    return Bad(path,
               "expected at most " + std::to_string(MachineProfile::kMaxElements) + " elements");
  }
  json::array elements;
  for (const json::value& element : given.get_array()) {
    TRY(json::object members,
        ReadMembers(node, element, Below(path, std::to_string(elements.size()))));
    elements.push_back(std::move(members));
  }
  return json::value(std::move(elements));
}

Result<json::value> Read(const FieldNode& node, const json::value& given, const std::string& path) {
  if (node.field) return ReadLeaf(*node.field, given, path);
  if (node.is_array) return ReadElements(node, given, path);
  TRY(json::object members, ReadMembers(node, given, path));
  return json::value(std::move(members));
}

void MergePatch(const json::value& patch, json::value* target) {
  if (!patch.is_object()) {
    *target = patch;
    return;
  }
  if (!target->is_object()) target->emplace_object();
  json::object& members = target->get_object();
  for (const auto& [name, value] : patch.get_object()) {
    if (value.is_null()) {
      members.erase(name);
    } else {
      MergePatch(value, &members[name]);
    }
  }
}

Result<json::object> ParseProfile(std::string_view text) {
  auto given = ParseJsonObject(text);
  if (given) return *std::move(given);
  return Fail(ErrorKind::kInvalidRequest, reasons::kProfileInvalid,
              "expected a JSON object: " + given.error());
}

// The member or element of `at` that `segment` names, made if it is missing. `at` becomes what it
// has to be; null if there can be no such element.
json::value* Enter(json::value* at, std::string_view segment) {
  const auto index = ParseDecimal(segment);
  if (!index) {
    if (at->is_null()) at->emplace_object();
    return &at->as_object()[json::string_view(segment.data(), segment.size())];
  }
  if (at->is_null()) at->emplace_array();
  json::array& elements = at->as_array();
  if (*index > elements.size()) return nullptr;
  if (*index == elements.size()) elements.emplace_back(nullptr);
  return &elements[*index];
}

}  // namespace

Result<MachineProfile> MachineProfile::Parse(std::string_view text) {
  TRY(const json::object given, ParseProfile(text));
  return FromJson(given);
}

Result<MachineProfile> MachineProfile::FromJson(const json::object& given) {
  TRY(json::object values, ReadMembers(ProfileRoot(), json::value(given), ""));
  return MachineProfile(std::move(values));
}

// Built on a copy and read as if it came from outside: one judge of what may be said.
Result<void> MachineProfile::Set(std::string_view path, std::string_view value) {
  json::value all(values_);
  json::value* at = &all;
  for (const std::string_view segment : Split(path, '.')) {
    at = Enter(at, segment);
    if (!at) return Bad(path, "there is no such element");
  }
  *at = json::string_view(value.data(), value.size());
  TRY(*this, FromJson(all.get_object()));
  return {};
}

Result<void> MachineProfile::Patch(std::string_view patch) {
  TRY(const json::object given, ParseProfile(patch));
  json::value all(values_);
  MergePatch(json::value(given), &all);
  TRY(*this, FromJson(all.get_object()));
  return {};
}

Result<void> MachineProfile::SetTag(std::string_view name, std::string_view value) {
  constexpr std::string_view kList = "compute.tagsList.";
  if (name.empty()) return Bad("compute.tagsList", "expected a tag's name");
  std::size_t index = 0;
  if (const json::value* compute = values_.if_contains("compute")) {
    if (const json::value* list = compute->as_object().if_contains("tagsList")) {
      const auto& tags = list->get_array();
      const auto found = std::find_if(tags.begin(), tags.end(), [&](const json::value& tag) {
        const auto known = FindString(tag.get_object(), "name");
        return known && EqualsIgnoringCase(*known, name);
      });
      index = static_cast<std::size_t>(found - tags.begin());
    }
  }
  const std::string element = std::string(kList) + std::to_string(index);
  TRY_VOID(Set(element + ".name", name));
  return Set(element + ".value", value);
}

}  // namespace openimds
