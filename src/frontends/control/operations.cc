// SPDX-License-Identifier: Apache-2.0
#include "frontends/control/operations.h"

#include <string>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::control {
namespace {

std::vector<Operation> AllOperations() {
  std::vector<Operation> all;
  for (auto group : {AdministratorOperations, IdentityOperations, MachineOperations,
                     AssignmentOperations, AttachmentOperations, EventOperations,
                     ExtensionOperations, ScaleSetOperations, RoleOperations, AuthorityOperations,
                     AttestationOperations, CredentialOperations, ClientOperations,
                     DeploymentOperations, CacheOperations, TokenOperations, ServiceOperations}) {
    for (Operation& operation : group()) all.push_back(std::move(operation));
  }
  return all;
}

const std::vector<Operation>& Table() {
  static const std::vector<Operation> table = AllOperations();
  return table;
}

}  // namespace

Result<boost::json::value> Operations::Run(std::string_view name,
                                           const boost::json::object& arguments,
                                           std::string_view caller) const {
  for (const Operation& operation : Table()) {
    if (operation.name != name) continue;
    TRY(const auto checked, Arguments::Read(arguments, operation.arguments));
    return operation.run(workplace_, checked, caller);
  }
  const auto nearest = FindNearest(name, Names());
  return Fail(ErrorKind::kNotFound, reasons::kArgumentInvalid,
              "unknown operation '" + std::string(name.substr(0, 60)) + "'" +
                  (nearest ? "; did you mean '" + std::string(*nearest) + "'?" : ""));
}

std::vector<std::string_view> Operations::Names() {
  std::vector<std::string_view> names;
  for (const Operation& operation : Table()) names.push_back(operation.name);
  return names;
}

bool Operations::Changes(std::string_view name) {
  for (const Operation& operation : Table()) {
    if (operation.name == name) return operation.effect == Effect::kChanges;
  }
  return false;
}

}  // namespace openimds::control
