// SPDX-License-Identifier: Apache-2.0
#include "broker/token_question.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/guid.h"
#include "base/reasons.h"
#include "base/text.h"

namespace openimds {
namespace {

constexpr std::size_t kMaxResourceBytes = 2048;
constexpr std::array<std::string_view, 4> kSelectors = {"client_id", "object_id", "msi_res_id",
                                                        "mi_res_id"};
// Every request has these, so they are not measured for likeness.
constexpr std::array<std::string_view, 3> kOtherNames = {"resource", "api-version", "bypass_cache"};

template <std::size_t size>
bool IsOneOf(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsVisible(char c) { return c > ' ' && c <= '~'; }

// RFC 3986, 3.1: a scheme and a colon, with something behind it.
bool IsUri(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == text.size()) return false;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_scheme = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  return is_letter(text.front()) && std::all_of(text.begin(), text.begin() + colon, is_scheme);
}

bool BeginsWithGuid(std::string_view text) {
  return Guid::Parse(text.substr(0, Guid::kTextSize)).has_value() &&
         (text.size() == Guid::kTextSize || text[Guid::kTextSize] == '/');
}

// Letter case and punctuation apart, or one typing error away.
bool LooksLike(std::string_view name, std::string_view selector) {
  const auto bare = [](std::string_view text) {
    std::string letters;
    for (const char c : text) {
      if (c != '_' && c != '-' && c != '.') letters.push_back(ToLowerAscii(c));
    }
    return letters;
  };
  return bare(name) == bare(selector) || EditDistance(LowerAscii(name), selector) <= 1;
}

Result<void> CheckMisspelt(std::string_view name) {
  // Another dialect's word for object_id (App Service).
  if (LooksLike(name, "principal_id")) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kMisspeltSelector,
                "Unsupported query variable '" + std::string(name) + "', use 'object_id'");
  }
  for (const std::string_view selector : kSelectors) {
    if (!LooksLike(name, selector)) continue;
    return Fail(ErrorKind::kInvalidRequest, reasons::kMisspeltSelector,
                "Unsupported query variable '" + std::string(name) + "', did you mean '" +
                    std::string(selector) + "'?");
  }
  return {};
}

Result<std::optional<std::string>> FindSelector(const http::Form& form, std::string_view name,
                                                EmptySelector empty) {
  const auto value = form.Find(name);
  if (!value || (value->empty() && empty == EmptySelector::kAbsent)) {
    return std::optional<std::string>();
  }
  if (value->empty()) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kEmptySelector,
                "Query variable '" + std::string(name) + "' is empty");
  }
  return std::optional<std::string>(*value);
}

}  // namespace

Result<std::string> ParseResource(const http::Form& form) {
  const auto resource = form.Find("resource");
  if (!resource || resource->empty()) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kResourceMissing,
                "Required query variable 'resource' is missing");
  }
  TRY_VOID(CheckResource(*resource));
  return std::string(*resource);
}

Result<void> CheckResource(std::string_view resource) {
  const bool good = resource.size() <= kMaxResourceBytes &&
                    std::all_of(resource.begin(), resource.end(), IsVisible) &&
                    (IsUri(resource) || BeginsWithGuid(resource));
  if (good) return {};
  return Fail(ErrorKind::kInvalidRequest, reasons::kResourceInvalid,
              "Query variable 'resource' must be a URI or an application id of at most 2048 "
              "visible ASCII characters");
}

Result<IdentitySelector> ParseSelector(const http::Form& form, EmptySelector empty) {
  for (const http::Parameter& parameter : form.all()) {
    if (IsOneOf(kSelectors, parameter.name) || IsOneOf(kOtherNames, parameter.name)) continue;
    TRY_VOID(CheckMisspelt(parameter.name));
  }
  IdentitySelector selector;
  TRY(selector.client_id, FindSelector(form, "client_id", empty));
  TRY(selector.object_id, FindSelector(form, "object_id", empty));
  TRY(selector.resource_id, FindSelector(form, "msi_res_id", empty));
  TRY(auto synonym, FindSelector(form, "mi_res_id", empty));
  if (!synonym) return selector;
  if (selector.resource_id && ResourceIdKey(*selector.resource_id) != ResourceIdKey(*synonym)) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kSelectorConflict,
                "Query variables 'msi_res_id' and 'mi_res_id' name different identities");
  }
  selector.resource_id = std::move(synonym);
  return selector;
}

}  // namespace openimds
