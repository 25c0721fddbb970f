// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authority/authority.h"
#include "base/clock.h"
#include "base/result.h"
#include "frontends/arm/answer.h"
#include "frontends/arm/call.h"
#include "model/resource_id.h"
#include "registry/registry.h"
#include "telemetry/log.h"

namespace openimds::arm {

// An extension of a machine, as it is to be served.
struct ServedExtension {
  ResourceId id;
  ResourceId machine;
  std::uint16_t port;
  std::string force_update_tag;  // another one than before: begin anew
};

// Where a machine's extension is served on this host. Every thread may call everything.
class ExtensionHost {
 public:
  virtual ~ExtensionHost() = default;
  // Makes the endpoint of its machine answer on localhost, at the port; what it had for that
  // extension before ends. Fails with kInUse where another machine of ours has the port, else with
  // kProvisioningFailed, saying why; what it had on another port goes on then.
  virtual Result<void> Serve(const ServedExtension& wanted) = 0;
  // Ends what is not there any more. Who waited for a port that is free now gets it.
  virtual void EndOthers(const Registry& registry) = 0;
  // Since when the extension is answered for; nothing if it is not.
  virtual std::optional<Time> ServedSince(const ResourceId& extension) const = 0;
};

class LongRunning;

// What routes work on. Everything must outlive it.
struct Workplace {
  Registry& registry;
  Authority& authority;
  const Clock& clock;
  Log& log;
  ExtensionHost& extensions;
  LongRunning* long_running = nullptr;  // null: every answer is the last one
};

using HandleCall = Result<Answer> (*)(const Workplace& at, const Call& call);

// Who may call a route at all.
enum class Rule {
  kAction,        // whom a role lets do `action` in the route's scope
  kAnyPrincipal,  // every principal; the route shows each one only what it may see
};

// What a route takes as its body.
enum class Body {
  kObject,  // JSON, in Call::body
  kText,    // whatever is in Call::text: templates come as no JSON
};

// One way of calling. In `path`, `{name}` is one segment and `{scope...}`, at its start, any number
// of them; all else is compared without case, and spelt as here in ids. What stands before `|`
// (everything, if there is none) is the scope. `action` may name variables as well.
//
// There is no route without a rule: a role's action, or kAnyPrincipal and no action.
struct Route {
  std::string_view method;
  std::string_view path;
  Rule rule;
  std::string_view action;
  HandleCall handle;
  Body body = Body::kObject;
};

// In the order in which they are tried: the first whose path fits is meant.
const std::vector<Route>& Routes();

// Each in the file of its subject.
void AddGroupRoutes(std::vector<Route>* routes);
void AddIdentityRoutes(std::vector<Route>* routes);
void AddFederatedRoutes(std::vector<Route>* routes);
void AddMachineRoutes(std::vector<Route>* routes);
void AddScaleSetRoutes(std::vector<Route>* routes);
void AddScaleSetExtensionRoutes(std::vector<Route>* routes);
void AddScaleSetInstanceRoutes(std::vector<Route>* routes);
void AddScaleSetActionRoutes(std::vector<Route>* routes);
void AddExtensionRoutes(std::vector<Route>* routes);
void AddTagRoutes(std::vector<Route>* routes);
void AddCatalogueRoutes(std::vector<Route>* routes);
void AddDeploymentRoutes(std::vector<Route>* routes);
void AddExportRoutes(std::vector<Route>* routes);
void AddOperationRoutes(std::vector<Route>* routes);
void AddRoleRoutes(std::vector<Route>* routes);
void AddStoredRoutes(std::vector<Route>* routes);  // the generic ones: last

// Finds the route and fills in what it says about the call. Fails with kNoSuchPath or
// kMethodNotAllowed. Pure.
Result<const Route*> FindRoute(const std::vector<Route>& routes, Call* call);

}  // namespace openimds::arm
