// SPDX-License-Identifier: Apache-2.0
#include "frontends/control/profile_arguments.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"

namespace openimds::control {
namespace {

struct ProfileValue {
  std::string_view argument;
  std::string_view path;
};

constexpr ProfileValue kValues[] = {
    {"size", "compute.vmSize"},
    {"zone", "compute.zone"},
    {"osType", "compute.osType"},
    {"scaleSet", "compute.vmScaleSetName"},
    {"userData", "compute.userData"},
    {"customData", "compute.customData"},
    {"privateIp", "network.interface.0.ipv4.ipAddress.0.privateIpAddress"},
    {"publicIp", "network.interface.0.ipv4.ipAddress.0.publicIpAddress"},
    {"mac", "network.interface.0.macAddress"},
};

constexpr std::string_view kImageParts[] = {"compute.publisher", "compute.offer", "compute.sku",
                                            "compute.version"};

Result<void> SetImage(std::string_view image, MachineProfile* profile) {
  const auto parts = Split(image, ':');
  const bool whole =
      parts.size() == std::size(kImageParts) &&
      std::none_of(parts.begin(), parts.end(), [](std::string_view part) { return part.empty(); });
  if (!whole) {
    return BadArgument("image",
                       "expected publisher:offer:sku:version, got '" + std::string(image) + "'");
  }
  for (std::size_t i = 0; i < parts.size(); ++i) TRY_VOID(profile->Set(kImageParts[i], parts[i]));
  return {};
}

Result<void> SetTags(const std::vector<std::string>& tags, MachineProfile* profile) {
  for (const std::string_view tag : tags) {
    const std::size_t equals = tag.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      return BadArgument("tags", "expected name=value, got '" + std::string(tag) + "'");
    }
    TRY_VOID(profile->SetTag(tag.substr(0, equals), tag.substr(equals + 1)));
  }
  return {};
}

}  // namespace

std::vector<ArgumentRule> ProfileArguments() {
  std::vector<ArgumentRule> rules{{"profile", ArgumentType::kText},
                                  {"patch", ArgumentType::kText},
                                  {"image", ArgumentType::kText},
                                  {"tags", ArgumentType::kTexts}};
  for (const ProfileValue& value : kValues) rules.push_back({value.argument, ArgumentType::kText});
  return rules;
}

bool HasProfileArguments(const Arguments& arguments) {
  const auto is_given = [&](const ProfileValue& value) {
    return arguments.FindText(value.argument).has_value();
  };
  return arguments.FindText("profile") || arguments.FindText("patch") ||
         arguments.FindText("image") || !arguments.Texts("tags").empty() ||
         std::any_of(std::begin(kValues), std::end(kValues), is_given);
}

Result<void> EditProfile(const Arguments& arguments, MachineProfile* profile) {
  if (const auto whole = arguments.FindText("profile")) {
    TRY(*profile, MachineProfile::Parse(*whole));
  }
  if (const auto patch = arguments.FindText("patch")) TRY_VOID(profile->Patch(*patch));
  for (const ProfileValue& value : kValues) {
    const auto text = arguments.FindText(value.argument);
    if (text) TRY_VOID(profile->Set(value.path, *text));
  }
  if (const auto image = arguments.FindText("image")) TRY_VOID(SetImage(*image, profile));
  return SetTags(arguments.Texts("tags"), profile);
}

}  // namespace openimds::control
