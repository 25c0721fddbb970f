// SPDX-License-Identifier: Apache-2.0
#include "authority/ring_file.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "crypto/digest.h"
#include "crypto/json_object.h"

namespace openimds {
namespace {

namespace json = boost::json;

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kThumbprintBytes = 20;
constexpr std::int64_t kLastSecond = 9'223'372'036;  // what Time can hold

using Parsed = tl::expected<RingEntry, std::string>;

json::object ToJson(const RingEntry& entry) {
  json::object object;
  object["kid"] = entry.kid;
  object["created"] = ToUnixSeconds(entry.created);
  if (entry.publish_until) object["publish_until"] = ToUnixSeconds(*entry.publish_until);
  return object;
}

std::optional<Time> FindTime(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  const std::int64_t seconds = value->get_int64();
  if (seconds < 0 || seconds > kLastSecond) return std::nullopt;
  return FromUnixSeconds(seconds);
}

std::optional<std::string> FindKid(const json::object& object) {
  const json::value* value = object.if_contains("kid");
  if (value == nullptr || !value->is_string()) return std::nullopt;
  std::string kid(value->get_string().data(), value->get_string().size());
  std::string thumbprint;
  if (!Base64UrlDecode(kid, &thumbprint) || thumbprint.size() != kThumbprintBytes) {
    return std::nullopt;
  }
  return kid;
}

Parsed ParseEntry(const json::value& value, bool retired) {
  const auto wrong = [&](const char* expected) -> Parsed {
    const std::string which = retired ? "each retired key" : "the active key";
    return tl::unexpected("expected " + which + " " + expected);
  };
  if (!value.is_object()) return wrong("to be an object");
  const json::object& object = value.get_object();
  const auto kid = FindKid(object);
  const auto created = FindTime(object, "created");
  const auto publish_until = FindTime(object, "publish_until");
  if (!kid) return wrong("to have a thumbprint as 'kid'");
  if (!created) return wrong("to have Unix seconds as 'created'");
  if (retired && !publish_until) return wrong("to have Unix seconds as 'publish_until'");
  if (object.size() != (retired ? 3U : 2U)) return wrong("to have no other member");
  return RingEntry{*kid, *created, publish_until};
}

bool NamesAKeyTwice(const std::vector<RingEntry>& entries) {
  std::vector<std::string> kids;
  kids.reserve(entries.size());
  for (const auto& entry : entries) kids.push_back(entry.kid);
  std::sort(kids.begin(), kids.end());
  return std::adjacent_find(kids.begin(), kids.end()) != kids.end();
}

}  // namespace

std::string RenderRingFile(const std::vector<RingEntry>& entries) {
  json::array retired;
  for (std::size_t i = 1; i < entries.size(); ++i) retired.push_back(ToJson(entries[i]));
  json::object file;
  file["version"] = kVersion;
  file["active"] = ToJson(entries.front());
  file["retired"] = std::move(retired);
  return json::serialize(file) + "\n";
}

tl::expected<std::vector<RingEntry>, std::string> ParseRingFile(std::string_view text) {
  const auto file = ParseJsonObject(text);
  if (!file) return tl::unexpected(file.error());
  const json::value* version = file->if_contains("version");
  if (version == nullptr || *version != kVersion) {
    return tl::unexpected<std::string>("expected 'version' to be 1");
  }
  const json::value* active = file->if_contains("active");
  const json::value* retired = file->if_contains("retired");
  if (active == nullptr || retired == nullptr || !retired->is_array() || file->size() != 3) {
    return tl::unexpected<std::string>(
        "expected 'version', 'active', an array 'retired' and no other member");
  }
  std::vector<RingEntry> entries;
  const auto add = [&](Parsed entry) -> tl::expected<void, std::string> {
    if (!entry) return tl::unexpected(std::move(entry.error()));
    entries.push_back(*std::move(entry));
    return {};
  };
  auto added = add(ParseEntry(*active, false));
  for (const json::value& value : retired->get_array()) {
    if (added) added = add(ParseEntry(value, true));
  }
  if (!added) return tl::unexpected(std::move(added.error()));
  if (NamesAKeyTwice(entries)) return tl::unexpected<std::string>("expected no key to occur twice");
  return entries;
}

}  // namespace openimds
