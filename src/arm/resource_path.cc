// SPDX-License-Identifier: Apache-2.0
#include "arm/resource_path.h"

#include <algorithm>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

constexpr std::string_view kGroupType = "Microsoft.Resources/resourceGroups";
constexpr std::string_view kProviders = "/providers/";

std::string_view WithoutLastSlash(std::string_view text) {
  while (!text.empty() && text.back() == '/') text.remove_suffix(1);
  return text;
}

}  // namespace

Result<std::string> ProviderPath(std::string_view type, std::string_view name) {
  type = WithoutLastSlash(type);
  const auto types = Split(type, '/');
  const auto names = Split(name, '/');
  const bool filled =
      std::none_of(names.begin(), names.end(), [](std::string_view part) { return part.empty(); });
  if (types.size() < 2 || types.size() != names.size() + 1 || !filled) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateInvalid,
                "The template resource '" + std::string(name.substr(0, 200)) + "' for type '" +
                    std::string(type.substr(0, 200)) + "' has incorrect segment lengths.");
  }
  std::string path(kProviders);
  path += types[0];
  for (std::size_t i = 0; i < names.size(); ++i) {
    path.append("/").append(types[i + 1]).append("/").append(names[i]);
  }
  return path;
}

Result<std::string> MakeResourceId(std::string_view scope, std::string_view type,
                                   std::string_view name) {
  TRY(const std::string path, ProviderPath(type, name));
  if (EqualsIgnoringCase(type, kGroupType)) {
    return std::string(scope) + "/resourceGroups/" + std::string(name);
  }
  return std::string(WithoutLastSlash(scope)) + path;
}

ResourcePath TakeApart(std::string_view id) {
  const std::string lower = LowerAscii(id);
  const std::size_t at = lower.rfind(kProviders);
  if (at == std::string::npos) {
    const auto parts = Split(id, '/');
    if (parts.size() != 5) return {std::string(id), "", ""};
    return {"/subscriptions/" + std::string(parts[2]), std::string(kGroupType),
            std::string(parts[4])};
  }
  const auto parts = Split(id.substr(at + kProviders.size()), '/');
  ResourcePath path{std::string(id.substr(0, at)), std::string(parts[0]), ""};
  for (std::size_t i = 1; i + 1 < parts.size(); i += 2) {
    path.type.append("/").append(parts[i]);
    path.name.append(i == 1 ? "" : "/").append(parts[i + 1]);
  }
  return path;
}

std::string GroupIdOf(std::string_view id) {
  const auto parts = Split(id, '/');
  if (parts.size() < 5 || !EqualsIgnoringCase(parts[3], "resourceGroups")) return {};
  return std::string(
      id.substr(0, static_cast<std::size_t>(parts[4].data() + parts[4].size() - id.data())));
}

bool IsTopLevel(std::string_view id) {
  return Split(id, '/').size() == 9 && !GroupIdOf(id).empty();
}

}  // namespace openimds::templates
