// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/resource.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/json_object.h"
#include "frontends/arm/deployment_record.h"
#include "registry/roles.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

constexpr std::size_t kPage = 1000;
constexpr std::size_t kMostTags = 50;
constexpr std::size_t kMostTagName = 512;
constexpr std::size_t kMostTagValue = 256;

tl::unexpected<Error> PreconditionFailed() {
  return Refuse(ErrorKind::kConflict, reasons::kPreconditionFailed, "PreconditionFailed",
                "The resource has changed, or it is there already: the condition of the request "
                "is not met.");
}

tl::unexpected<Error> WrongMember(std::string_view name, std::string_view expected) {
  return BadContent("The request content was invalid: expected '" + std::string(name) + "' to be " +
                    std::string(expected) + ".");
}

std::string Normalized(std::string_view location) {
  std::string normalized = LowerAscii(location);
  std::erase(normalized, ' ');
  return normalized;
}

// All but the place in the list, for the next page.
std::string NextLink(const Call& call, std::size_t next) {
  std::string link = call.base_url;
  for (const std::string& segment : call.segments) link.append("/").append(segment);
  char separator = '?';
  for (const auto& [name, value] : call.query) {
    if (name == "$skiptoken") continue;
    link.append(1, separator).append(name).append("=").append(EncodeFormComponent(value));
    separator = '&';
  }
  return link + "&$skiptoken=" + std::to_string(next);
}

}  // namespace

std::string ETagOf(const json::object& resource) {
  return "\"" + LowerHex(Sha256(json::serialize(resource)).substr(0, 16)) + "\"";
}

Result<void> CheckPreconditions(const Call& call, const std::optional<json::object>& current) {
  const std::string etag = current ? ETagOf(*current) : std::string();
  if (call.if_match && (!current || (*call.if_match != "*" && *call.if_match != etag))) {
    return PreconditionFailed();
  }
  const bool unwanted =
      call.if_none_match && current && (*call.if_none_match == "*" || *call.if_none_match == etag);
  if (unwanted) return PreconditionFailed();
  return {};
}

Answer Show(int status, json::object resource) {
  Answer answer{status, nullptr};
  answer.headers.emplace_back("ETag", ETagOf(resource));
  answer.body = std::move(resource);
  return answer;
}

Answer ShowList(const Call& call, json::array all) {
  const std::size_t from = ParseDecimal(call.Query("$skiptoken")).value_or(0);
  const std::size_t most = std::min(kPage, ParseDecimal(call.Query("$top")).value_or(kPage));
  json::array page;
  for (std::size_t i = from; i < all.size() && page.size() < std::max<std::size_t>(most, 1); ++i) {
    page.push_back(std::move(all[i]));
  }
  json::object body;
  const std::size_t next = from + page.size();
  if (next < all.size()) body["nextLink"] = NextLink(call, next);
  body["value"] = std::move(page);
  return Answer{200, std::move(body)};
}

Result<void> RequireAction(const Snapshot& snapshot, const Call& call, std::string_view action,
                           std::string_view scope) {
  if (call.is_operator || MayAct(snapshot, call.caller->principal_id, action, scope)) return {};
  return Refuse(ErrorKind::kForbidden, reasons::kNotAuthorized, "AuthorizationFailed",
                "The client '" + call.caller->client_id.ToString() + "' with object id '" +
                    call.caller->principal_id.ToString() +
                    "' does not have authorization to perform action '" + std::string(action) +
                    "' over scope '" + std::string(scope) +
                    "' or the scope is invalid. If access was recently granted, please refresh "
                    "your credentials.");
}

Result<ResourceId> ExistingSubscription(const Snapshot& snapshot, const Call& call) {
  const std::string& name = call.At("subscription");
  auto id = ResourceId::ForSubscription(name);
  if (id) {
    const auto found = snapshot.subscriptions.find(id->key());
    if (found != snapshot.subscriptions.end()) return found->second.id;
  }
  return Refuse(ErrorKind::kNotFound, reasons::kNotFound, "SubscriptionNotFound",
                "The subscription '" + name.substr(0, 100) + "' could not be found.");
}

tl::unexpected<Error> GroupNotFound(std::string_view name) {
  return Refuse(ErrorKind::kNotFound, reasons::kNotFound, "ResourceGroupNotFound",
                "Resource group '" + std::string(name.substr(0, 100)) + "' could not be found.");
}

Result<ResourceId> ExistingGroup(const Snapshot& snapshot, const Call& call) {
  TRY(const ResourceId subscription, ExistingSubscription(snapshot, call));
  const std::string& name = call.At("group");
  auto id = ResourceId::ForResourceGroup(subscription.subscription(), name);
  if (id) {
    const auto found = snapshot.resource_groups.find(id->key());
    if (found != snapshot.resource_groups.end()) return found->second.id;
  }
  return GroupNotFound(name);
}

Result<ResourceId> TargetOf(const Snapshot& snapshot, const Call& call) {
  TRY(const ResourceId group, ExistingGroup(snapshot, call));
  // Both spell the group in the same number of bytes.
  return ResourceId::Parse(group.text() + call.target.substr(group.text().size()));
}

std::map<std::string, ResourceId, std::less<>> ResourceIdsIn(const Snapshot& snapshot,
                                                             std::string_view scope_key) {
  const std::string prefix = std::string(scope_key) + "/";
  std::map<std::string, ResourceId, std::less<>> ids;
  const auto add = [&](const ResourceId& id) {
    if (id.key().starts_with(prefix)) ids.emplace(id.key(), id);
  };
  for (const auto& [key, entry] : snapshot.machines) {
    if (!entry->machine->id.IsInstance()) add(entry->machine->id);
  }
  for (const auto& [key, identity] : snapshot.identities) add(identity->id);
  for (const auto& [key, scale_set] : snapshot.scale_sets) add(scale_set->id);
  for (const auto& [key, document] : snapshot.documents) {
    const bool group = snapshot.resource_groups.contains(key);
    if (!group && !IsOfDeployment(document->id)) add(document->id);
  }
  return ids;
}

bool MayReadResource(const Snapshot& snapshot, const Call& call, const json::object& shown,
                     const ResourceId& id) {
  const std::string action = std::string(TextOf(shown, "type")) + "/read";
  return call.is_operator || MayAct(snapshot, call.caller->principal_id, action, id.text());
}

std::string QuotedIn(std::string_view filter, std::string_view name) {
  const std::string wanted = LowerAscii(name) + " eq '";
  const std::size_t begin = LowerAscii(filter).find(wanted);
  if (begin == std::string::npos) return {};
  const std::string_view rest = filter.substr(begin + wanted.size());
  return std::string(rest.substr(0, rest.find('\'')));
}

Call OnResource(const Call& call) {
  constexpr std::size_t kSegments = 8;  // subscriptions/…/resourceGroups/…/providers/…/…/…
  Call above = call;
  std::size_t end = 0;
  for (std::size_t i = 0; i < kSegments && end != std::string::npos; ++i) {
    end = call.target.find('/', end + 1);
  }
  above.target = call.target.substr(0, end);
  return above;
}

Result<Answer> DeleteResource(const Workplace& at, const Call& call,
                              Result<ResourceId> (*target)(const Snapshot&, const Call&),
                              Result<void> (*remove)(Draft&, const ResourceId&)) {
  int status = 200;
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    const auto snapshot = draft.snapshot();
    TRY(const ResourceId id, target(*snapshot, call));
    const auto existing = RenderResource({*snapshot, at.extensions}, id);
    TRY_VOID(CheckPreconditions(call, existing));
    status = existing ? 200 : 204;
    return existing ? remove(draft, id) : Result<void>();
  }));
  return Answer{status};
}

tl::unexpected<Error> ResourceNotFound(const ResourceId& id) {
  const std::string_view group = id.resource_group();
  const std::string after_providers(id.text().substr(id.text().find("/providers/") + 11));
  return Refuse(ErrorKind::kNotFound, reasons::kNotFound, "ResourceNotFound",
                "The Resource '" + after_providers + "' under resource group '" +
                    std::string(group) + "' was not found.");
}

Result<std::optional<std::string>> TextMember(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  if (!value || value->is_null()) return std::optional<std::string>();
  if (!value->is_string()) return WrongMember(name, "a string");
  return std::optional<std::string>(std::string(value->get_string()));
}

Result<std::optional<json::object>> ObjectMember(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  if (!value || value->is_null()) return std::optional<json::object>();
  if (!value->is_object()) return WrongMember(name, "an object");
  return std::optional<json::object>(value->get_object());
}

Result<std::optional<json::object>> TagsIn(const json::object& body) {
  TRY(auto tags, ObjectMember(body, "tags"));
  if (!tags) return tags;
  if (tags->size() > kMostTags) {
    return BadContent(
        "The resource has " + std::to_string(tags->size()) + " tags; expected at most 50.",
        "InvalidTagCount");
  }
  for (const auto& [name, value] : *tags) {
    const bool good = value.is_string() && !name.empty() && name.size() <= kMostTagName &&
                      value.get_string().size() <= kMostTagValue;
    if (!good) return WrongMember("tags", "texts: names of 1 to 512 bytes, values of at most 256");
  }
  return tags;
}

Result<std::string> LocationIn(const json::object& body,
                               const std::optional<std::string>& existing) {
  TRY(const auto given, TextMember(body, "location"));
  const std::string location = Normalized(given.value_or(""));
  if (location.empty()) {
    if (existing) return *existing;
    return BadContent("The location property is required for this definition.", "LocationRequired");
  }
  if (!existing) return location;
  if (Normalized(*existing) == location) return *existing;
  return Refuse(ErrorKind::kConflict, reasons::kContentInvalid, "InvalidResourceLocation",
                "The resource already exists in location '" + *existing +
                    "'. A resource with the same name cannot be created in location '" + location +
                    "'.");
}

}  // namespace openimds::arm
