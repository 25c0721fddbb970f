// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "authority/authority.h"
#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "credentials/credential_router.h"
#include "frontends/control/arguments.h"
#include "frontends/control/documents.h"
#include "registry/administrators.h"
#include "registry/registry.h"
#include "telemetry/audit.h"
#include "tokens/access_token.h"
#include "tokens/token_cache.h"

namespace openimds::control {

// What an operation does without being told.
struct OperationDefaults {
  std::string machine;         // whose token `token.get` gets; empty: the only machine
  std::string resource_group;  // of what is created
  std::string location;        // of what is created, if its resource group is new
};

// Gets a token: from the cache in a service, from the authority itself without one.
using TokenSource = std::function<Result<AccessToken>(const TokenRequest&)>;

// Asks the core of the resource manager as an operator: a method, a path and a body, as its clients
// do, and who asks.
using AskResources = std::function<Result<boost::json::value>(
    std::string_view method, std::string_view path, std::string text, std::string_view caller)>;

// What operations work on. Everything that is referred to must outlive it.
struct Workplace {
  Registry& registry;
  Authority& authority;
  CredentialRouter& credentials;
  const Clock& clock;
  TokenSource tokens;
  OperationDefaults defaults;
  // What `service.show` shows; null where no service runs, and then it fails with kNoService.
  std::function<ServiceFacts()> service = nullptr;
  std::function<std::string()> ca_certificate = nullptr;  // PEM, for clients of our own HTTPS
  // PEM of the root of attested documents; made if it is missing.
  std::function<Result<std::string>()> attestation_ca = nullptr;
  TokenCache* cache = nullptr;  // null where no service runs
  // Hears of an administrator's new secret before it is told; null: nobody does.
  std::function<Result<void>(const AdministratorCredential&)> keep_administrator = nullptr;
  // For what the resource manager's clients can do as well: one core for both.
  AskResources resources = nullptr;
  AuditTrail* audit = nullptr;  // hears of each token given out or refused; null: nobody does
  // Makes the doors of guests what the registry says now, or only if it says something new; null
  // where no service runs.
  std::function<void(bool only_changes)> settle_guests = nullptr;
  // What an attached place waits for; empty: it listens.
  std::function<std::string(std::string_view claim)> guest_waits_for = nullptr;
};

enum class Effect { kReads, kChanges };

// One thing that can be done: its arguments as data, and the function that does it with arguments
// that were checked against them.
struct Operation {
  std::string_view name;
  Effect effect;
  std::vector<ArgumentRule> arguments;
  Result<boost::json::value> (*run)(const Workplace& at, const Arguments& arguments,
                                    std::string_view caller);
};

// Each in the file of its name.
std::vector<Operation> AdministratorOperations();
std::vector<Operation> IdentityOperations();
std::vector<Operation> MachineOperations();
std::vector<Operation> ExtensionOperations();
std::vector<Operation> ScaleSetOperations();
std::vector<Operation> RoleOperations();
std::vector<Operation> AssignmentOperations();
std::vector<Operation> AttachmentOperations();
std::vector<Operation> AuthorityOperations();
std::vector<Operation> AttestationOperations();
std::vector<Operation> CredentialOperations();
std::vector<Operation> ClientOperations();
std::vector<Operation> DeploymentOperations();
std::vector<Operation> EventOperations();
std::vector<Operation> CacheOperations();
std::vector<Operation> TokenOperations();
std::vector<Operation> ServiceOperations();

}  // namespace openimds::control
