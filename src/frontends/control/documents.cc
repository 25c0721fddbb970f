// SPDX-License-Identifier: Apache-2.0
#include "frontends/control/documents.h"

#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"
#include "model/machine_profile.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

std::string_view TypeOf(const MachineEntry& entry) {
  if (entry.system_assigned) {
    return entry.user_assigned.empty() ? "SystemAssigned" : "SystemAssigned, UserAssigned";
  }
  return entry.user_assigned.empty() ? "None" : "UserAssigned";
}

json::object ToJson(const RingKey& key) {
  json::object document{{"kid", key.key->jwk().kid},
                        {"active", !key.publish_until.has_value()},
                        {"created", FormatIsoTime(ToUnixSeconds(key.created))}};
  if (key.publish_until) {
    document["publishedUntil"] = FormatIsoTime(ToUnixSeconds(*key.publish_until));
  }
  return document;
}

}  // namespace

json::object ToJson(const Identity& identity) {
  return {{"id", identity.id.text()},
          {"name", identity.id.name()},
          {"type", identity.id.type()},
          {"location", identity.location},
          {"tenantId", identity.tenant_id.ToString()},
          {"clientId", identity.client_id.ToString()},
          {"principalId", identity.principal_id.ToString()}};
}

json::object IdentityBlock(const MachineEntry& entry) {
  json::object block{{"type", TypeOf(entry)}};
  if (const auto& own = entry.system_assigned) {
    block["principalId"] = own->principal_id.ToString();
    block["clientId"] = own->client_id.ToString();
    block["tenantId"] = own->tenant_id.ToString();
  }
  json::object assigned;
  for (const auto& identity : entry.user_assigned) {
    assigned[identity->id.text()] =
        json::object{{"clientId", identity->client_id.ToString()},
                     {"principalId", identity->principal_id.ToString()}};
  }
  if (!assigned.empty()) block["userAssignedIdentities"] = std::move(assigned);
  return block;
}

json::object ToJson(const MachineEntry& entry) {
  const Machine& machine = *entry.machine;
  json::object document{{"id", machine.id.text()},
                        {"name", machine.id.name()},
                        {"location", machine.location},
                        {"vmId", machine.vm_id.ToString()},
                        {"identity", IdentityBlock(entry)}};
  if (machine.profile) document["profile"] = machine.profile->json();
  return document;
}

json::object ToJson(const Authority& authority, const std::vector<RingKey>& keys) {
  const std::shared_ptr<const AuthoritySettings> now = authority.settings();
  const AuthoritySettings& settings = *now;
  json::array published;
  for (const RingKey& key : keys) published.push_back(ToJson(key));
  return {
      {"publicUrl", settings.public_url},
      {"issuer", settings.issuer.empty() ? settings.public_url + "/{tenant}/" : settings.issuer},
      {"audiences", json::array(settings.audiences.begin(), settings.audiences.end())},
      {"tokenLifetime", settings.token_lifetime.count()},
      {"keys", std::move(published)}};
}

json::object ToJson(const ServiceFacts& facts) {
  json::array listeners;
  for (const ListenerFacts& listener : facts.listeners) {
    json::object document{{"protocol", listener.protocol}, {"address", listener.address}};
    if (!listener.url.empty()) document["url"] = listener.url;
    if (!listener.machine.empty()) document["machine"] = listener.machine;
    listeners.push_back(std::move(document));
  }
  return {{"pid", facts.pid},
          {"state_dir", facts.state_dir},
          {"control", facts.control},
          {"listeners", std::move(listeners)}};
}

json::object TokenDocument(const AccessToken& token, const Identity& identity,
                           std::string_view resource, Time now) {
  const std::int64_t expires_on = ToUnixSeconds(token.expires_on);
  const std::string expires_in = std::to_string(expires_on - ToUnixSeconds(now));
  return {{"access_token", token.value.RevealSecret()},
          {"client_id", identity.client_id.ToString()},
          {"expires_in", expires_in},
          {"expires_on", std::to_string(expires_on)},
          {"ext_expires_in", expires_in},
          {"not_before", std::to_string(ToUnixSeconds(token.not_before))},
          {"resource", resource},
          {"token_type", "Bearer"}};
}

}  // namespace openimds::control
