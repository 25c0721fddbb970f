// SPDX-License-Identifier: Apache-2.0
// Federated credentials of user-assigned identities: issuers that our authority believes. The same
// records as `openimds identity federated` has.
#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"
#include "model/credential_settings.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

constexpr std::size_t kMost = 20;
constexpr std::string_view kChild = "/federatedIdentityCredentials";

json::object Render(const ResourceId& identity, const FederatedCredential& one) {
  return {{"id", identity.text() + std::string(kChild) + "/" + one.name},
          {"name", one.name},
          {"type", "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"},
          {"properties", json::object{{"issuer", one.issuer},
                                      {"subject", one.subject},
                                      {"audiences", json::array{json::value(one.audience)}}}}};
}

Result<std::shared_ptr<const Identity>> FindOwner(const Snapshot& snapshot, const Call& call) {
  TRY(const ResourceId id, TargetOf(snapshot, OnResource(call)));
  const auto found = snapshot.identities.find(id.key());
  if (found == snapshot.identities.end()) return ResourceNotFound(id);
  return found->second;
}

std::vector<FederatedCredential> CredentialsOf(const Snapshot& snapshot, const Identity& identity) {
  const auto found = snapshot.clients.find(identity.client_id);
  return found == snapshot.clients.end() ? std::vector<FederatedCredential>()
                                         : found->second->federated;
}

Result<Answer> ListFederated(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto identity, FindOwner(*snapshot, call));
  json::array all;
  for (const auto& one : CredentialsOf(*snapshot, *identity)) {
    all.push_back(Render(identity->id, one));
  }
  return ShowList(call, std::move(all));
}

Result<Answer> ShowFederated(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto identity, FindOwner(*snapshot, call));
  for (const auto& one : CredentialsOf(*snapshot, *identity)) {
    if (EqualsIgnoringCase(one.name, call.At("credential"))) {
      return Show(200, Render(identity->id, one));
    }
  }
  TRY(const ResourceId id, TargetOf(*snapshot, call));
  return ResourceNotFound(id);
}

Result<FederatedCredential> ReadFederated(const Call& call) {
  TRY(const auto properties, ObjectMember(call.body, "properties"));
  const json::object said = properties.value_or(json::object{});
  FederatedCredential made;
  made.name = call.At("credential");
  TRY(const auto issuer, TextMember(said, "issuer"));
  TRY(const auto subject, TextMember(said, "subject"));
  made.issuer = issuer.value_or("");
  made.subject = subject.value_or("");
  const json::value* audiences = said.if_contains("audiences");
  const json::array* list = audiences ? audiences->if_array() : nullptr;
  const bool one = list && list->size() == 1 && list->front().is_string();
  if (!one) return BadContent("Expected 'audiences' to hold exactly one audience.");
  made.audience = std::string(list->front().get_string());
  if (made.subject.empty()) return BadContent("Expected a 'subject'.");
  if (IsEncryptedOrLocalUrl(made.issuer) && made.issuer.size() <= 600) return made;
  return BadContent("Expected 'issuer' to be an https URL of at most 600 characters.");
}

Result<Answer> PutFederated(const Workplace& at, const Call& call) {
  TRY(const FederatedCredential made, ReadFederated(call));
  std::optional<ResourceId> owner;
  int status = 201;
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY(const auto identity, FindOwner(*draft.snapshot(), call));
    owner = identity->id;
    return draft.EditClient(identity->id, [&](ClientRegistration& client) -> Result<void> {
      for (FederatedCredential& one : client.federated) {
        if (!EqualsIgnoringCase(one.name, made.name)) continue;
        status = 200;
        one.issuer = made.issuer;
        one.subject = made.subject;
        one.audience = made.audience;
        return {};
      }
      if (client.federated.size() >= kMost) {
        return Fail(ErrorKind::kInvalidRequest, reasons::kLimitReached,
                    "Too many federated identity credentials: an identity may have 20.");
      }
      client.federated.push_back(made);
      return {};
    });
  }));
  return Show(status, Render(*owner, made));
}

Result<Answer> DeleteFederated(const Workplace& at, const Call& call) {
  int status = 204;
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY(const auto identity, FindOwner(*draft.snapshot(), call));
    return draft.EditClient(identity->id, [&](ClientRegistration& client) -> Result<void> {
      const auto erased = std::erase_if(client.federated, [&](const FederatedCredential& one) {
        return EqualsIgnoringCase(one.name, call.At("credential"));
      });
      status = erased > 0 ? 200 : 204;
      return {};
    });
  }));
  return Answer{status};
}

}  // namespace

void AddFederatedRoutes(std::vector<Route>* routes) {
#define OPENIMDS_IDENTITY                                                                     \
  "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/" \
  "userAssignedIdentities/{name}"
#define OPENIMDS_FEDERATED \
  "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/"
  constexpr std::string_view kOne = OPENIMDS_IDENTITY "/federatedIdentityCredentials/{credential}";
  const std::vector<Route> all{
      {"GET", OPENIMDS_IDENTITY "|/federatedIdentityCredentials", Rule::kAction,
       OPENIMDS_FEDERATED "read", ListFederated},
      {"GET", kOne, Rule::kAction, OPENIMDS_FEDERATED "read", ShowFederated},
      {"PUT", kOne, Rule::kAction, OPENIMDS_FEDERATED "write", PutFederated},
      {"DELETE", kOne, Rule::kAction, OPENIMDS_FEDERATED "delete", DeleteFederated}};
#undef OPENIMDS_FEDERATED
#undef OPENIMDS_IDENTITY
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
