// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/entities.h"
#include "registry/registry.h"

// Administrators of the resource manager: principals of our own authority that prove themselves
// with a secret and have roles. May block.
namespace openimds {

struct AdministratorCredential {
  Identity administrator;
  Secret secret;  // kept nowhere but as a hash: this is the only time that it is seen
};

// With a role (a definition's name) in a scope. Fails with kNameInvalid, kExists, or as `keep`
// does: it is called with what will be true, before it is, and may be called twice.
Result<AdministratorCredential> MakeAdministrator(
    Registry& registry, std::string_view name, const Guid& role, std::string_view scope, Time now,
    const std::function<Result<void>(const AdministratorCredential&)>& keep = nullptr);

// A new secret in place of all old ones. Fails with kNotFound.
Result<AdministratorCredential> RotateAdministrator(Registry& registry, std::string_view name,
                                                    Time now);

// By name, without case. Fails with kNotFound.
Result<std::shared_ptr<const Identity>> FindAdministrator(const Snapshot& snapshot,
                                                          std::string_view name);

}  // namespace openimds
