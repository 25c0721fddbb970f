// SPDX-License-Identifier: Apache-2.0
#include "registry/administrators.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/secret_hash.h"

namespace openimds {
namespace {

constexpr std::size_t kSecretBytes = 30;  // 40 characters
constexpr std::chrono::hours kSecretLife{24 * 730};

// Never one that begins with a dash: command lines would take it for an option.
Secret MakeAdministratorSecret() {
  while (true) {
    Secret secret(Base64UrlEncode(RandomBytes(kSecretBytes)));
    if (secret.RevealSecret().front() != '-') return secret;
  }
}

PasswordCredential CredentialFor(const Secret& secret, Time now) {
  return {Guid::Random(),
          "openimds admin",
          std::string(secret.RevealSecret().substr(0, 3)),
          HashSecret(secret),
          now,
          now + kSecretLife};
}

Result<ResourceId> IdFor(const Snapshot& snapshot, std::string_view name) {
  if (snapshot.subscriptions.empty()) {
    return Fail(ErrorKind::kNotFound, reasons::kNotFound, "there is no subscription yet");
  }
  if (name.find('/') != std::string_view::npos) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kNameInvalid,
                "expected an administrator's name without '/'");
  }
  return ResourceId::ForAdministrator(snapshot.subscriptions.begin()->second.id.subscription(),
                                      name);
}

}  // namespace

Result<AdministratorCredential> MakeAdministrator(
    Registry& registry, std::string_view name, const Guid& role, std::string_view scope, Time now,
    const std::function<Result<void>(const AdministratorCredential&)>& keep) {
  TRY(const ResourceId id, IdFor(*registry.Read(), name));
  AdministratorCredential made{{IdentityKind::kAdministrator, id, "", Guid(), Guid(), Guid()},
                               MakeAdministratorSecret()};
  const PasswordCredential password = CredentialFor(made.secret, now);
  TRY_VOID(registry.Edit([&](Draft& draft) -> Result<void> {
    TRY(made.administrator,
        draft.AddAdministrator({IdentityKind::kAdministrator, id, "", Guid(), Guid(), Guid()}));
    TRY_VOID(draft.EditClient(id, [&](ClientRegistration& client) -> Result<void> {
      client.passwords.push_back(password);
      return {};
    }));
    TRY_VOID(draft.AddRoleAssignment({Guid::Random(), std::string(scope), role,
                                      made.administrator.principal_id, "ServicePrincipal"}));
    return keep ? keep(made) : Result<void>();
  }));
  return made;
}

Result<AdministratorCredential> RotateAdministrator(Registry& registry, std::string_view name,
                                                    Time now) {
  TRY(const auto administrator, FindAdministrator(*registry.Read(), name));
  AdministratorCredential made{*administrator, MakeAdministratorSecret()};
  const PasswordCredential password = CredentialFor(made.secret, now);
  TRY_VOID(registry.EditClient(administrator->id, [&](ClientRegistration& client) -> Result<void> {
    client.passwords = {password};
    return {};
  }));
  return made;
}

Result<std::shared_ptr<const Identity>> FindAdministrator(const Snapshot& snapshot,
                                                          std::string_view name) {
  for (const auto& [key, administrator] : snapshot.administrators) {
    if (EqualsIgnoringCase(administrator->id.name(), name)) return administrator;
  }
  return Fail(ErrorKind::kNotFound, reasons::kNotFound,
              "no administrator is named '" + std::string(name.substr(0, 100)) + "'");
}

}  // namespace openimds
