// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <boost/json/array.hpp>

#include "frontends/control/lookup.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

Result<json::value> Create(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto ids, FindGivenIds(arguments));
  TRY(const Place place, FindPlace(at, arguments));
  TRY(const auto id, ResourceId::ForUserAssignedIdentity(place.group, arguments.Text("name")));
  if (!ids) {
    TRY(const Identity identity, at.registry.CreateIdentity(id, place.location));
    return ToJson(identity);
  }
  TRY(const Identity identity,
      at.registry.CreateIdentity(Identity{IdentityKind::kUserAssigned, id, place.location,
                                          place.tenant_id, ids->client_id, ids->principal_id}));
  return ToJson(identity);
}

Result<json::value> List(const Workplace& at, const Arguments&, std::string_view) {
  json::array list;
  for (const auto& [key, identity] : at.registry.Read()->identities) {
    list.push_back(ToJson(*identity));
  }
  return list;
}

Result<json::value> Show(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto identity,
      FindIdentity(*at.registry.Read(), "identity", arguments.Text("identity")));
  return ToJson(*identity);
}

Result<json::value> Delete(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto identity,
      FindIdentity(*at.registry.Read(), "identity", arguments.Text("identity")));
  TRY_VOID(at.registry.DeleteIdentity(identity->id));
  return json::object{{"deleted", identity->id.text()}};
}

}  // namespace

std::vector<Operation> IdentityOperations() {
  return {{"identity.create",
           Effect::kChanges,
           {{"name", ArgumentType::kText, true},
            {"resourceGroup", ArgumentType::kText},
            {"subscription", ArgumentType::kGuid},
            {"location", ArgumentType::kText},
            {"clientId", ArgumentType::kGuid},
            {"objectId", ArgumentType::kGuid}},
           Create},
          {"identity.list", Effect::kReads, {}, List},
          {"identity.show", Effect::kReads, {{"identity", ArgumentType::kText, true}}, Show},
          {"identity.delete", Effect::kChanges, {{"identity", ArgumentType::kText, true}}, Delete}};
}

}  // namespace openimds::control
