// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <tuple>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/control/lookup.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

Result<TokenCache*> CacheOf(const Workplace& at) {
  if (at.cache) return at.cache;
  return Fail(ErrorKind::kUnavailable, reasons::kNoService,
              "tokens are kept in the service's memory, and no service is running");
}

json::object ToJson(const CacheEntry& entry) {
  json::object object{
      {"identity", entry.identity},
      {"machine", entry.machine.empty() ? json::value() : json::value(entry.machine)},
      {"resource", entry.resource},
      {"expiresOn", nullptr},
      {"refreshIn", entry.refresh_in.count()},
      {"fetching", entry.fetching},
      {"lastError", nullptr},
      {"retryIn", entry.retry_in.count()}};
  if (entry.expires_on) object["expiresOn"] = FormatIsoTime(ToUnixSeconds(*entry.expires_on));
  if (!entry.last_error.empty()) object["lastError"] = std::string(entry.last_error);
  return object;
}

Result<json::value> List(const Workplace& at, const Arguments&, std::string_view) {
  TRY(const TokenCache* cache, CacheOf(at));
  auto entries = cache->List();
  std::sort(entries.begin(), entries.end(), [](const CacheEntry& a, const CacheEntry& b) {
    return std::tie(a.identity, a.resource, a.machine) <
           std::tie(b.identity, b.resource, b.machine);
  });
  json::array list;
  for (const CacheEntry& entry : entries) list.push_back(ToJson(entry));
  const CacheCounts counts = cache->counts();
  return json::object{
      {"entries", std::move(list)}, {"fetches", counts.fetches}, {"failures", counts.failures}};
}

Result<json::value> Purge(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(TokenCache * cache, CacheOf(at));
  std::optional<Guid> client_id;
  if (const auto name = arguments.FindText("identity")) {
    TRY(const auto identity, FindAnyIdentity(*at.registry.Read(), "identity", *name));
    client_id = identity->client_id;
  }
  const auto resource = arguments.FindText("resource");
  at.credentials.RetryAtOnce();
  const std::size_t purged = cache->Purge([&](const Identity& identity, const std::string& of) {
    return (!client_id || identity.client_id == *client_id) && (!resource || of == *resource);
  });
  return json::object{{"purged", purged}};
}

}  // namespace

std::vector<Operation> CacheOperations() {
  return {{"cache.list", Effect::kReads, {}, List},
          {"cache.purge",
           Effect::kChanges,
           {{"identity", ArgumentType::kText}, {"resource", ArgumentType::kText}},
           Purge}};
}

}  // namespace openimds::control
