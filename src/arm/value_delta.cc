// SPDX-License-Identifier: Apache-2.0
#include "arm/value_delta.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "arm/value.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

// Says no more than its absence: `{"networkInterfaces": []}`.
bool IsNothing(const json::value* value) {
  if (!value || value->is_null()) return true;
  if (value->is_array()) return value->get_array().empty();
  if (!value->is_object()) return false;
  const json::object& members = value->get_object();
  return std::all_of(members.begin(), members.end(),
                     [](const auto& member) { return IsNothing(&member.value()); });
}

std::string WithoutSpaces(std::string_view text) {
  std::string left = LowerAscii(text);
  left.erase(std::remove(left.begin(), left.end(), ' '), left.end());
  return left;
}

bool IsSameText(std::string_view path, std::string_view before, std::string_view after) {
  if (before == after) return true;
  if (path == "location") return WithoutSpaces(before) == WithoutSpaces(after);
  const bool is_id = StartsWithIgnoringCase(before, "/subscriptions/");
  return is_id && EqualsIgnoringCase(before, after);
}

json::object Change(const std::string& path, const char* type, const json::value* before,
                    const json::value* after) {
  return {{"path", path},
          {"propertyChangeType", type},
          {"before", before ? *before : json::value()},
          {"after", after ? *after : json::value()}};
}

void Compare(const std::string& path, const json::value* before, const json::value* after,
             json::array* delta);

void CompareObjects(const std::string& path, const json::object& before, const json::object& after,
                    json::array* delta) {
  const auto inner = [&](json::string_view name) {
    return (path.empty() ? "" : path + ".") + std::string(name.data(), name.size());
  };
  for (const auto& member : before) {
    const std::string_view name(member.key().data(), member.key().size());
    Compare(inner(member.key()), &member.value(), FindMember(after, name), delta);
  }
  for (const auto& member : after) {
    const std::string_view name(member.key().data(), member.key().size());
    if (!FindMember(before, name)) Compare(inner(member.key()), nullptr, &member.value(), delta);
  }
}

bool HasNames(const json::array& array) {
  return std::all_of(array.begin(), array.end(), [](const json::value& element) {
    return element.is_object() && !TextMember(element.get_object(), "name").empty();
  });
}

// How many elements the two have to be matched by something else than their places.
using Matches = bool (*)(const json::value&, const json::value&);

bool HasSameName(const json::value& left, const json::value& right) {
  return EqualsIgnoringCase(TextMember(left.get_object(), "name"),
                            TextMember(right.get_object(), "name"));
}

// Each element of `before` with the first one of `after` that it matches and nobody else has.
std::vector<std::optional<std::size_t>> MatchElements(const json::array& before,
                                                      const json::array& after, Matches matches) {
  std::vector<std::optional<std::size_t>> partners(before.size());
  std::vector<bool> taken(after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    for (std::size_t j = 0; j < after.size() && !partners[i]; ++j) {
      if (taken[j] || !matches(before[i], after[j])) continue;
      partners[i] = j;
      taken[j] = true;
    }
  }
  return partners;
}

void CompareElement(std::size_t index, const json::value& before, const json::value& after,
                    json::array* children) {
  json::array inner;
  Compare("", &before, &after, &inner);
  if (inner.empty()) return;
  json::object change = Change(std::to_string(index), "Modify", &before, &after);
  if (before.is_object() && after.is_object()) change["children"] = std::move(inner);
  children->push_back(std::move(change));
}

// REQUIRES: both have the same size.
void CompareByPlace(const json::array& before, const json::array& after, json::array* children) {
  for (std::size_t i = 0; i < before.size(); ++i) CompareElement(i, before[i], after[i], children);
}

json::array CompareArrays(const json::array& before, const json::array& after) {
  const bool named = HasNames(before) && HasNames(after);
  const auto partners = MatchElements(before, after, named ? HasSameName : IsSame);
  json::array children;
  std::vector<bool> matched(after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (partners[i]) {
      matched[*partners[i]] = true;
      CompareElement(*partners[i], before[i], after[*partners[i]], &children);
    } else {
      children.push_back(Change(std::to_string(i), "Delete", &before[i], nullptr));
    }
  }
  for (std::size_t j = 0; j < after.size(); ++j) {
    if (!matched[j]) children.push_back(Change(std::to_string(j), "Create", nullptr, &after[j]));
  }
  // The same elements in another order: of named ones the order means nothing.
  for (std::size_t i = 0; children.empty() && !named && i < before.size(); ++i) {
    if (*partners[i] != i) CompareByPlace(before, after, &children);
  }
  return children;
}

void Compare(const std::string& path, const json::value* before, const json::value* after,
             json::array* delta) {
  if (IsNothing(before) && IsNothing(after)) return;
  if (IsNothing(before) || IsNothing(after)) {
    delta->push_back(IsNothing(before) ? Change(path, "Create", nullptr, after)
                                       : Change(path, "Delete", before, nullptr));
  } else if (before->is_object() && after->is_object()) {
    CompareObjects(path, before->get_object(), after->get_object(), delta);
  } else if (before->is_array() && after->is_array()) {
    json::array children = CompareArrays(before->get_array(), after->get_array());
    if (children.empty()) return;
    json::object change = Change(path, "Array", before, after);
    change["children"] = std::move(children);
    delta->push_back(std::move(change));
  } else {
    const bool texts = before->is_string() && after->is_string();
    const bool same =
        texts ? IsSameText(path, ViewOf(before->get_string()), ViewOf(after->get_string()))
              : IsSame(*before, *after);
    if (!same) delta->push_back(Change(path, "Modify", before, after));
  }
}

}  // namespace

json::array FindDelta(const json::object& before, const json::object& after) {
  json::array delta;
  CompareObjects("", before, after, &delta);
  return delta;
}

}  // namespace openimds::templates
