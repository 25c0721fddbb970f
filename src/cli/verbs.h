// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "cli/invocation.h"

// Each adds one verb, with the verbs under it, and is in the file of its name.
namespace openimds::cli {

void AddServe(CLI::App& app, Invocation& invocation);
void AddToken(CLI::App& app, Invocation& invocation);
void AddEnv(CLI::App& app, Invocation& invocation);
void AddIdentity(CLI::App& app, Invocation& invocation);
// Under `identity`.
void AddIdentityCredentials(CLI::App& identity, Invocation& invocation);
void AddCache(CLI::App& app, Invocation& invocation);
void AddMachine(CLI::App& app, Invocation& invocation);
// Under `machine`.
void AddMachineImport(CLI::App& machine, Invocation& invocation);
void AddMachineAttachments(CLI::App& machine, Invocation& invocation);
void AddExtension(CLI::App& app, Invocation& invocation);
void AddScaleSet(CLI::App& app, Invocation& invocation);
void AddRole(CLI::App& app, Invocation& invocation);
void AddWhois(CLI::App& app, Invocation& invocation);
void AddEvent(CLI::App& app, Invocation& invocation);
void AddAuthority(CLI::App& app, Invocation& invocation);
void AddAttestation(CLI::App& app, Invocation& invocation);
void AddHost(CLI::App& app, Invocation& invocation);
void AddDeployment(CLI::App& app, Invocation& invocation);
// Under `deployment`.
void AddDeploymentServiceVerbs(CLI::App& deployment, Invocation& invocation);
void AddConfig(CLI::App& app, Invocation& invocation);
void AddMigrate(CLI::App& app, Invocation& invocation);
// Under `migrate`.
void AddMigrateVerify(CLI::App& migrate, Invocation& invocation);
void AddMigrateWatch(CLI::App& migrate, Invocation& invocation);
void AddAdmin(CLI::App& app, Invocation& invocation);
void AddVersion(CLI::App& app, Invocation& invocation);

}  // namespace openimds::cli
