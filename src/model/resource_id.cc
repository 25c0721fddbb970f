// SPDX-License-Identifier: Apache-2.0
#include "model/resource_id.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/guid.h"
#include "base/reasons.h"
#include "base/text.h"

namespace openimds {
namespace {

constexpr std::size_t kMaxIdBytes = 1024;
constexpr std::size_t kMaxNameBytes = 90;

tl::unexpected<Error> Invalid(std::string message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kResourceIdInvalid, std::move(message));
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '(' || c == ')';
}

Result<void> CheckName(std::string_view what, std::string_view name) {
  const bool good = !name.empty() && name.size() <= kMaxNameBytes && name.back() != '.' &&
                    std::all_of(name.begin(), name.end(), IsNameCharacter);
  if (good) return {};
  return Invalid("expected the " + std::string(what) +
                 " to be 1 to 90 letters, digits or -_.() not ending with a dot, got '" +
                 std::string(name.substr(0, 100)) + "'");
}

// The segments of an id, the leading slash gone: `subscriptions`, guid, `resourceGroups`, name, …
Result<void> CheckSegments(const std::vector<std::string_view>& segments) {
  if (segments.size() < 2 || !EqualsIgnoringCase(segments[0], "subscriptions")) {
    return Invalid("expected a resource id to begin with /subscriptions/{guid}");
  }
  if (!Guid::Parse(segments[1])) {
    return Invalid("expected a GUID after /subscriptions/, got '" + std::string(segments[1]) + "'");
  }
  if (segments.size() == 2) return {};
  if (segments.size() == 3 || !EqualsIgnoringCase(segments[2], "resourceGroups")) {
    return Invalid("expected /resourceGroups/{name} after the subscription");
  }
  TRY_VOID(CheckName("resource group's name", segments[3]));
  if (segments.size() == 4) return {};
  const bool whole = segments.size() >= 8 && segments.size() % 2 == 0;
  if (!whole || !EqualsIgnoringCase(segments[4], "providers")) {
    return Invalid("expected /providers/{namespace}/{type}/{name} after the resource group");
  }
  for (std::size_t i = 5; i < segments.size(); ++i) {
    TRY_VOID(CheckName(i == 5 ? "provider" : i % 2 == 0 ? "resource type" : "name", segments[i]));
  }
  return {};
}

}  // namespace

ResourceId::ResourceId(std::string text) : text_(std::move(text)), key_(LowerAscii(text_)) {}

Result<ResourceId> ResourceId::Parse(std::string_view text) {
  if (text.size() > kMaxIdBytes) return Invalid("expected a resource id of at most 1,024 bytes");
  if (text.empty() || text.front() != '/') {
    return Invalid("expected a resource id to begin with '/', got '" + std::string(text) + "'");
  }
  TRY_VOID(CheckSegments(Split(text.substr(1), '/')));
  return ResourceId(std::string(text));
}

Result<ResourceId> ResourceId::ForSubscription(std::string_view subscription) {
  return Parse("/subscriptions/" + std::string(subscription));
}

Result<ResourceId> ResourceId::ForResourceGroup(std::string_view subscription,
                                                std::string_view group) {
  return Parse("/subscriptions/" + std::string(subscription) + "/resourceGroups/" +
               std::string(group));
}

Result<ResourceId> ResourceId::ForMachine(const ResourceId& group, std::string_view name) {
  return Parse(group.text() + "/providers/" + std::string(kVirtualMachineType) + "/" +
               std::string(name));
}

Result<ResourceId> ResourceId::ForUserAssignedIdentity(const ResourceId& group,
                                                       std::string_view name) {
  return Parse(group.text() + "/providers/" + std::string(kUserAssignedIdentityType) + "/" +
               std::string(name));
}

Result<ResourceId> ResourceId::ForAdministrator(std::string_view subscription,
                                                std::string_view name) {
  return Parse("/subscriptions/" + std::string(subscription) +
               "/resourceGroups/administrators/providers/" + std::string(kAdministratorType) + "/" +
               std::string(name));
}

std::string_view ResourceId::subscription() const {
  return Split(std::string_view(text_).substr(1), '/')[1];
}

std::string_view ResourceId::resource_group() const {
  const auto segments = Split(std::string_view(text_).substr(1), '/');
  return segments.size() < 4 ? std::string_view{} : segments[3];
}

std::string_view ResourceId::type() const {
  const auto segments = Split(std::string_view(text_).substr(1), '/');
  if (segments.size() < 8) return {};
  // Namespace and first type stand side by side; a child's type has names in between and is cut.
  const char* begin = segments[5].data();
  return {begin, static_cast<std::size_t>(segments[6].data() + segments[6].size() - begin)};
}

std::string_view ResourceId::name() const {
  return std::string_view(text_).substr(text_.rfind('/') + 1);
}

bool ResourceId::IsInstance() const {
  if (!EqualsIgnoringCase(type(), kScaleSetType)) return false;
  const auto segments = Split(std::string_view(text_).substr(1), '/');
  return segments.size() == 10 && EqualsIgnoringCase(segments[8], "virtualMachines");
}

ResourceId ResourceId::ScaleSetId() const {
  return ResourceId(text_.substr(0, text_.rfind('/', text_.rfind('/') - 1)));
}

ResourceId ResourceId::ResourceGroupId() const {
  const std::string_view group = resource_group();
  return ResourceId(
      text_.substr(0, static_cast<std::size_t>(group.data() + group.size() - text_.data())));
}

}  // namespace openimds
