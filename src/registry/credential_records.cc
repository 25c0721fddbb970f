// SPDX-License-Identifier: Apache-2.0
#include "registry/credential_records.h"

#include <utility>

#include <boost/json.hpp>

#include "registry/damaged_record.h"
#include "registry/json_members.h"

namespace openimds {
namespace {

namespace json = boost::json;

json::object ToObject(const PasswordCredential& one) {
  return {{"key_id", one.key_id.ToString()},
          {"display_name", one.display_name},
          {"hint", one.hint},
          {"hash", one.hash},
          {"created", ToUnixSeconds(one.created)},
          {"expires_on", ToUnixSeconds(one.expires_on)}};
}

json::object ToObject(const KeyCredential& one) {
  return {{"key_id", one.key_id.ToString()},
          {"display_name", one.display_name},
          {"certificate", one.certificate}};
}

json::object ToObject(const FederatedCredential& one) {
  return {{"name", one.name},
          {"issuer", one.issuer},
          {"subject", one.subject},
          {"audience", one.audience},
          {"keys_file", one.keys_file}};
}

template <class T>
json::array ToArray(const std::vector<T>& all) {
  json::array array;
  for (const T& one : all) array.push_back(ToObject(one));
  return array;
}

Result<PasswordCredential> TakePassword(JsonMembers& members) {
  PasswordCredential one;
  TRY(one.key_id, members.TakeGuid("key_id"));
  TRY(one.display_name, members.TakeText("display_name"));
  TRY(one.hint, members.TakeText("hint"));
  TRY(one.hash, members.TakeText("hash"));
  TRY(const std::int64_t created, members.TakeInteger("created"));
  TRY(const std::int64_t expires_on, members.TakeInteger("expires_on"));
  const auto begin = TimeFromNumber(created);
  const auto end = TimeFromNumber(expires_on);
  if (!begin || !end) return members.Damaged("its times are none");
  one.created = *begin;
  one.expires_on = *end;
  return one;
}

Result<KeyCredential> TakeKey(JsonMembers& members) {
  KeyCredential one;
  TRY(one.key_id, members.TakeGuid("key_id"));
  TRY(one.display_name, members.TakeText("display_name"));
  TRY(one.certificate, members.TakeText("certificate"));
  return one;
}

Result<FederatedCredential> TakeFederated(JsonMembers& members) {
  FederatedCredential one;
  TRY(one.name, members.TakeText("name"));
  TRY(one.issuer, members.TakeText("issuer"));
  TRY(one.subject, members.TakeText("subject"));
  TRY(one.audience, members.TakeText("audience"));
  TRY(one.keys_file, members.TakeText("keys_file"));
  return one;
}

template <class T>
Result<std::vector<T>> TakeAll(JsonMembers& members, std::string_view name,
                               Result<T> (*take)(JsonMembers&)) {
  TRY(auto objects, members.TakeObjects(name));
  std::vector<T> all;
  for (JsonMembers& object : objects) {
    TRY(T one, take(object));
    TRY_VOID(object.CheckNoneLeft());
    all.push_back(std::move(one));
  }
  return all;
}

Result<void> CheckKey(const Record& record, const ResourceId& identity) {
  if (record.key == identity.key()) return {};
  return DamagedRecord(record.kind, record.key, "it is for '" + identity.key() + "'");
}

}  // namespace

Change RenderCredential(const ResourceId& identity, const CredentialSettings& settings) {
  json::object options;
  for (const auto& [name, value] : settings.options) options[name] = value;
  const json::object body{{"identity", identity.text()},
                          {"kind", std::string(ToText(settings.kind))},
                          {"options", std::move(options)}};
  return {std::string(kCredentialKind), identity.key(), json::serialize(body), std::nullopt};
}

Result<CredentialSettings> ParseCredential(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  TRY(const ResourceId identity, members.TakeId("identity"));
  TRY(const std::string kind, members.TakeText("kind"));
  TRY(auto options, members.TakeTexts("options"));
  TRY_VOID(members.CheckNoneLeft());
  TRY_VOID(CheckKey(record, identity));
  auto settings = MakeCredentialSettings(kind, std::move(options));
  if (settings) return settings;
  return DamagedRecord(record.kind, record.key, settings.error().message);
}

Change RenderClient(const ClientRegistration& client) {
  const json::object body{{"identity", client.identity.text()},
                          {"client_id", client.client_id.ToString()},
                          {"passwords", ToArray(client.passwords)},
                          {"keys", ToArray(client.keys)},
                          {"federated", ToArray(client.federated)}};
  return {std::string(kClientKind), client.identity.key(), json::serialize(body), std::nullopt};
}

Result<ClientRegistration> ParseClient(const Record& record) {
  TRY(JsonMembers members, JsonMembers::Parse(record));
  TRY(ResourceId identity, members.TakeId("identity"));
  TRY(const Guid client_id, members.TakeGuid("client_id"));
  ClientRegistration client{std::move(identity), client_id, {}, {}, {}};
  TRY(client.passwords, TakeAll<PasswordCredential>(members, "passwords", TakePassword));
  TRY(client.keys, TakeAll<KeyCredential>(members, "keys", TakeKey));
  TRY(client.federated, TakeAll<FederatedCredential>(members, "federated", TakeFederated));
  TRY_VOID(members.CheckNoneLeft());
  TRY_VOID(CheckKey(record, client.identity));
  return client;
}

}  // namespace openimds
