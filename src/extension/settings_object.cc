// SPDX-License-Identifier: Apache-2.0
#include "extension/settings_object.h"

#include <algorithm>
#include <vector>

#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::extension {
namespace {

constexpr std::size_t kMaxText = 2048;
constexpr std::size_t kMaxShown = 80;

bool IsVisible(std::string_view text) {
  return !text.empty() && text.size() <= kMaxText &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string Shown(const boost::json::value& value) {
  std::string text = boost::json::serialize(value);
  if (text.size() > kMaxShown) text = text.substr(0, kMaxShown) + "…";
  return text;
}

}  // namespace

bool SettingsObject::Has(std::string_view name) const {
  const boost::json::value* value = object_.if_contains({name.data(), name.size()});
  return value != nullptr && !value->is_null();
}

std::string SettingsObject::Place(std::string_view name) const {
  return where_.empty() ? std::string(name) : where_ + "." + std::string(name);
}

void SettingsObject::Refuse(std::string_view name, std::string_view expected,
                            std::string_view came) {
  if (wrong_) return;
  wrong_ =
      Error{ErrorKind::kInvalidRequest, reasons::kConfigInvalid,
            Place(name) + ": expected " + std::string(expected) + ", got " + std::string(came)};
}

const boost::json::value* SettingsObject::Any(std::string_view name) {
  known_.emplace(name);
  const boost::json::value* value = object_.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_null() ? nullptr : value;
}

std::string SettingsObject::Text(std::string_view name, std::string_view otherwise) {
  const boost::json::value* value = Any(name);
  if (value == nullptr) return std::string(otherwise);
  const auto* text = value->if_string();
  if (text != nullptr && IsVisible({text->data(), text->size()})) {
    return {text->data(), text->size()};
  }
  Refuse(name, "a text of 1 to 2048 visible characters", Shown(*value));
  return {};
}

std::filesystem::path SettingsObject::Path(std::string_view name) {
  const std::string text = Text(name);
  if (text.empty() || text.front() == '/') return text;
  Refuse(name, "an absolute path", "'" + text + "'");
  return {};
}

std::optional<Guid> SettingsObject::Id(std::string_view name) {
  const std::string text = Text(name);
  if (text.empty()) return std::nullopt;
  auto id = Guid::Parse(text);
  if (id && *id != Guid()) return id;
  Refuse(name, "a GUID", "'" + text + "'");
  return std::nullopt;
}

bool SettingsObject::Flag(std::string_view name, bool otherwise) {
  const boost::json::value* value = Any(name);
  if (value == nullptr) return otherwise;
  if (const bool* flag = value->if_bool()) return *flag;
  Refuse(name, "true or false", Shown(*value));
  return otherwise;
}

std::uint64_t SettingsObject::Number(std::string_view name, std::uint64_t least, std::uint64_t most,
                                     std::uint64_t otherwise) {
  const boost::json::value* value = Any(name);
  if (value == nullptr) return otherwise;
  boost::json::error_code failed;
  const auto number = value->is_number() ? value->to_number<std::uint64_t>(failed) : 0;
  if (value->is_number() && !value->is_double() && !failed && number >= least && number <= most) {
    return number;
  }
  Refuse(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most),
         Shown(*value));
  return otherwise;
}

const boost::json::object* SettingsObject::Object(std::string_view name) {
  const boost::json::value* value = Any(name);
  if (value == nullptr) return nullptr;
  if (!value->is_object()) Refuse(name, "an object", Shown(*value));
  return value->if_object();
}

const boost::json::array* SettingsObject::List(std::string_view name) {
  const boost::json::value* value = Any(name);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) Refuse(name, "a list", Shown(*value));
  return value->if_array();
}

Result<void> SettingsObject::Finish() {
  for (const auto& [key, value] : object_) {
    const std::string_view name(key.data(), key.size());
    if (known_.contains(name)) continue;
    const std::vector<std::string_view> names(known_.begin(), known_.end());
    const auto nearest = FindNearest(name, names);
    Refuse(name.substr(0, kMaxShown), "no such member",
           nearest ? "one; did you mean '" + std::string(*nearest) + "'?" : "one");
  }
  if (wrong_) return tl::unexpected<Error>(*std::move(wrong_));
  return {};
}

}  // namespace openimds::extension
