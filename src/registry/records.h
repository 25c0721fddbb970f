// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/entities.h"
#include "store/store.h"

// The registry's entities as records of the store: one JSON object each, under a key that is the
// entity's ResourceId::key() or GUID.
//
// Reading is strict: a member that is missing, unknown or of another shape fails with
// reasons::kStoreFailed, naming record and member. Nothing is guessed about who may have which
// identity.
namespace openimds {

inline constexpr std::string_view kTenantKind = "tenant";
inline constexpr std::string_view kSubscriptionKind = "subscription";
inline constexpr std::string_view kResourceGroupKind = "resource_group";
inline constexpr std::string_view kMachineKind = "machine";
inline constexpr std::string_view kIdentityKind = "identity";

// Changes that write an entity, whatever stood there before.
Change RenderChange(const Tenant& tenant);
Change RenderChange(const Subscription& subscription);
Change RenderChange(const ResourceGroup& group);
Change RenderChange(const Machine& machine);
Change RenderChange(const Identity& identity);  // a user-assigned one; others are in their machine

Result<Tenant> ParseTenant(const Record& record);
Result<Subscription> ParseSubscription(const Record& record);
Result<ResourceGroup> ParseResourceGroup(const Record& record);
Result<Machine> ParseMachine(const Record& record);
Result<Identity> ParseIdentity(const Record& record);

// The registry's mark: written with every change, expecting the revision that the writer last saw,
// so that two writers cannot both act on the same picture.
inline constexpr std::string_view kMarkKind = "registry";
Change RenderMark(std::int64_t expected);
Result<void> CheckMark(const Record& record);

}  // namespace openimds
