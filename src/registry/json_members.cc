// SPDX-License-Identifier: Apache-2.0
#include "registry/json_members.h"

#include <optional>
#include <utility>

#include "crypto/json_object.h"
#include "registry/damaged_record.h"

namespace openimds {
namespace {

std::optional<ResourceId> FindId(const boost::json::value& value) {
  const boost::json::string* text = value.if_string();
  if (text == nullptr) return std::nullopt;
  auto id = ResourceId::Parse(std::string_view(text->data(), text->size()));
  if (!id) return std::nullopt;
  return *std::move(id);
}

}  // namespace

Result<JsonMembers> JsonMembers::Parse(const Record& record) {
  auto members = ParseJsonObject(record.body);
  if (!members) return DamagedRecord(record.kind, record.key, members.error());
  return JsonMembers(record.kind, record.key, "", *std::move(members));
}

Result<boost::json::value> JsonMembers::Take(std::string_view name) {
  const auto found = members_.find(boost::json::string_view(name.data(), name.size()));
  if (found == members_.end()) {
    return DamagedRecord(kind_, key_, "member '" + path_ + std::string(name) + "' is missing");
  }
  boost::json::value value = std::move(found->value());
  members_.erase(found);
  return value;
}

Result<std::string> JsonMembers::TakeText(std::string_view name) {
  TRY(const boost::json::value value, Take(name));
  const boost::json::string* text = value.if_string();
  if (text == nullptr) return Wrong(name, "a string");
  return std::string(text->data(), text->size());
}

Result<std::int64_t> JsonMembers::TakeInteger(std::string_view name) {
  TRY(const boost::json::value value, Take(name));
  if (!value.is_int64()) return Wrong(name, "an integer");
  return value.get_int64();
}

Result<Guid> JsonMembers::TakeGuid(std::string_view name) {
  TRY(const std::string text, TakeText(name));
  const auto guid = Guid::Parse(text);
  if (!guid) return Wrong(name, "a GUID");
  return *guid;
}

Result<ResourceId> JsonMembers::TakeId(std::string_view name) {
  TRY(const boost::json::value value, Take(name));
  auto id = FindId(value);
  if (!id) return Wrong(name, "a resource id");
  return *std::move(id);
}

Result<std::vector<ResourceId>> JsonMembers::TakeIds(std::string_view name) {
  TRY(const boost::json::value value, Take(name));
  const boost::json::array* array = value.if_array();
  if (array == nullptr) return Wrong(name, "an array of resource ids");
  std::vector<ResourceId> ids;
  ids.reserve(array->size());
  for (const boost::json::value& element : *array) {
    auto id = FindId(element);
    if (!id) return Wrong(name, "an array of resource ids");
    ids.push_back(*std::move(id));
  }
  return ids;
}

Result<std::optional<boost::json::object>> JsonMembers::TakeObjectIfThere(std::string_view name) {
  if (!members_.contains({name.data(), name.size()})) return std::optional<boost::json::object>();
  TRY(boost::json::value value, Take(name));
  if (!value.is_object()) return Wrong(name, "an object");
  return std::optional(std::move(value.get_object()));
}

Result<std::optional<JsonMembers>> JsonMembers::TakeObjectOrNull(std::string_view name) {
  TRY(boost::json::value value, Take(name));
  if (value.is_null()) return std::optional<JsonMembers>();
  boost::json::object* members = value.if_object();
  if (members == nullptr) return Wrong(name, "an object or null");
  return std::optional(
      JsonMembers(kind_, key_, path_ + std::string(name) + ".", std::move(*members)));
}

Result<std::vector<JsonMembers>> JsonMembers::TakeObjects(std::string_view name) {
  TRY(boost::json::value value, Take(name));
  boost::json::array* array = value.if_array();
  if (array == nullptr) return Wrong(name, "an array of objects");
  std::vector<JsonMembers> objects;
  for (boost::json::value& element : *array) {
    if (!element.is_object()) return Wrong(name, "an array of objects");
    const std::string place = path_ + std::string(name) + "[" + std::to_string(objects.size());
    objects.push_back(JsonMembers(kind_, key_, place + "].", std::move(element.get_object())));
  }
  return objects;
}

Result<std::map<std::string, std::string, std::less<>>> JsonMembers::TakeTexts(
    std::string_view name) {
  TRY(const boost::json::value value, Take(name));
  const boost::json::object* members = value.if_object();
  if (members == nullptr) return Wrong(name, "an object of strings");
  std::map<std::string, std::string, std::less<>> texts;
  for (const auto& [key, text] : *members) {
    if (!text.is_string()) return Wrong(name, "an object of strings");
    texts.emplace(key, text.get_string());
  }
  return texts;
}

Result<void> JsonMembers::CheckNoneLeft() const {
  if (members_.empty()) return {};
  const auto key = members_.begin()->key();
  return DamagedRecord(kind_, key_,
                       "member '" + path_ + std::string(key.data(), key.size()) + "' is unknown");
}

tl::unexpected<Error> JsonMembers::Damaged(std::string_view what) const {
  return DamagedRecord(kind_, key_, what);
}

tl::unexpected<Error> JsonMembers::Wrong(std::string_view name, std::string_view expected) const {
  return DamagedRecord(
      kind_, key_,
      "expected member '" + path_ + std::string(name) + "' to be " + std::string(expected));
}

}  // namespace openimds
