// SPDX-License-Identifier: Apache-2.0
// The part of Draft that is about credentials.
#include <memory>
#include <string>
#include <utility>

#include "base/reasons.h"
#include "registry/credential_records.h"
#include "registry/draft.h"
#include "registry/resource_records.h"

namespace openimds {

Result<std::shared_ptr<const Identity>> Draft::GetAnyIdentity(const ResourceId& id) const {
  auto identity = next_->FindAnyIdentity(id.key());
  if (identity) return identity;
  return Fail(ErrorKind::kNotFound, reasons::kNotFound, "there is no identity '" + id.text() + "'");
}

Result<void> Draft::SetCredential(const ResourceId& identity, CredentialSettings settings) {
  TRY(const auto whose, GetAnyIdentity(identity));
  Write(RenderCredential(whose->id, settings));
  next_->credentials.insert_or_assign(
      whose->id.key(), std::make_shared<const CredentialSettings>(std::move(settings)));
  return {};
}

Result<void> Draft::ResetCredential(const ResourceId& identity) {
  TRY(const auto whose, GetAnyIdentity(identity));
  if (next_->credentials.erase(whose->id.key()) > 0) Delete(kCredentialKind, whose->id.key());
  return {};
}

Result<void> Draft::EditClient(const ResourceId& identity,
                               const std::function<Result<void>(ClientRegistration&)>& edit) {
  TRY(const auto whose, GetAnyIdentity(identity));
  const auto found = next_->clients.find(whose->client_id);
  ClientRegistration client = found != next_->clients.end()
                                  ? *found->second
                                  : ClientRegistration{whose->id, whose->client_id, {}, {}, {}};
  TRY_VOID(edit(client));
  if (client.empty()) {
    Delete(kClientKind, whose->id.key());
    next_->clients.erase(whose->client_id);
    return {};
  }
  Write(RenderClient(client));
  next_->clients.insert_or_assign(whose->client_id,
                                  std::make_shared<const ClientRegistration>(std::move(client)));
  return {};
}

// With the identity goes everything that was said about it: one that is made again under the same
// name begins with nothing.
void Draft::ForgetCredentials(const Identity& identity) {
  if (next_->credentials.erase(identity.id.key()) > 0) Delete(kCredentialKind, identity.id.key());
  if (next_->clients.erase(identity.client_id) > 0) Delete(kClientKind, identity.id.key());
  std::erase_if(next_->role_assignments, [&](const auto& one) {
    const bool its = one.second->principal_id == identity.principal_id;
    if (its) Delete(kRoleAssignmentKind, one.first.ToString());
    return its;
  });
}

}  // namespace openimds
