// SPDX-License-Identifier: Apache-2.0
// Virtual machines. The registry has what means something here: the identities, and what the
// machine shows of itself; the document keeps the rest for whoever asks.
#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "frontends/arm/machine_body.h"
#include "frontends/arm/network_interfaces.h"
#include "frontends/arm/page.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

Result<std::shared_ptr<const MachineEntry>> FindEntry(const Snapshot& snapshot, const Call& call) {
  TRY(const ResourceId id, TargetOf(snapshot, call));
  const auto found = snapshot.machines.find(id.key());
  if (found == snapshot.machines.end()) return ResourceNotFound(id);
  return found->second;
}

// With the instance view where `$expand=instanceView` (or a list's `statusOnly=true`) asks for it.
json::object Rendered(const Scene& scene, const Call& call, const MachineEntry& entry) {
  json::object shown = RenderMachine(scene, entry);
  const bool wanted = EqualsIgnoringCase(call.Query("$expand"), "instanceView") ||
                      EqualsIgnoringCase(call.Query("statusonly"), "true");
  if (wanted) {
    shown["properties"].as_object()["instanceView"] = RenderInstanceView(scene, entry);
  }
  return shown;
}

Result<Answer> ListMachines(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  const bool in_group = call.captures.contains("group");
  TRY(const ResourceId scope,
      in_group ? ExistingGroup(*snapshot, call) : ExistingSubscription(*snapshot, call));
  const std::string prefix = scope.key() + "/";
  Page page(call);
  for (auto one = snapshot->machines.lower_bound(page.From(prefix));
       one != snapshot->machines.end() && one->first.starts_with(prefix); ++one) {
    if (one->second->machine->id.IsInstance()) continue;
    if (!page.Takes(one->first)) break;
    page.Add(Rendered({*snapshot, at.extensions}, call, *one->second));
  }
  return page.Show();
}

Result<Answer> ShowMachine(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto entry, FindEntry(*snapshot, call));
  const Scene scene{*snapshot, at.extensions};
  Answer answer = Show(200, RenderMachine(scene, *entry));  // the ETag is that of the plain view
  answer.body = Rendered(scene, call, *entry);
  return answer;
}

Result<Answer> ShowInstanceView(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const auto entry, FindEntry(*snapshot, call));
  return Answer{200, RenderInstanceView({*snapshot, at.extensions}, *entry)};
}

WantedIdentities IdentitiesOf(const MachineEntry* entry) {
  if (!entry) return {};
  return {entry->system_assigned != nullptr, entry->machine->user_assigned};
}

// One transaction for PUT and PATCH: preconditions, rights and limits are judged on what is
// changed.
Result<Answer> WriteMachine(const Workplace& at, const Call& call, bool replaces) {
  int status = 200;
  std::optional<ResourceId> id;
  TRY(const MachineBody body, ReadMachineBody(call.body, replaces));
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    const auto snapshot = draft.snapshot();
    TRY(id, TargetOf(*snapshot, call));
    const auto found = snapshot->machines.find(id->key());
    const auto now = found == snapshot->machines.end() ? nullptr : found->second;
    if (!now && !replaces) return ResourceNotFound(*id);
    TRY_VOID(CheckPreconditions(call, RenderResource({*snapshot, at.extensions}, *id)));
    TRY(const std::string location,
        LocationIn(call.body, now ? std::optional(now->machine->location) : std::nullopt));
    TRY(const WantedIdentities wanted, WantedBy(body, IdentitiesOf(now.get())));
    TRY_VOID(CheckMayAssign(*snapshot, call, *id, IdentitiesOf(now.get()), wanted));
    const auto document = snapshot->FindDocument(id->key());
    // Judged; from here on it is written.
    status = now ? 200 : 201;
    if (now) id = now->machine->id;
    if (!now) TRY_VOID(draft.AddMachine({*id, location, Guid(), std::nullopt, {}}));
    TRY_VOID(draft.SetIdentities(*id, wanted.system_assigned, wanted.user_assigned));
    TRY_VOID(draft.EditProfile(
        *id, [&](MachineProfile& profile) { return ApplyToProfile(body, &profile); }));
    const json::object before = document ? document->body : json::object{};
    json::object after = MergedDocument(body, before, at.clock.Now());
    TRY_VOID(LinkInterfaces(draft, call, *id, before, after));
    return draft.PutDocument({*id, std::move(after)});
  }));
  return Show(status, *RenderResource({*at.registry.Read(), at.extensions}, *id));
}

Result<Answer> PutMachine(const Workplace& at, const Call& call) {
  return WriteMachine(at, call, true);
}

Result<Answer> PatchMachine(const Workplace& at, const Call& call) {
  return WriteMachine(at, call, false);
}

Result<void> RemoveMachine(Draft& draft, const ResourceId& id) {
  if (const auto document = draft.snapshot()->FindDocument(id.key())) {
    TRY_VOID(FreeInterfaces(draft, document->body));
  }
  return draft.RemoveMachine(id);
}

Result<Answer> DeleteMachine(const Workplace& at, const Call& call) {
  return DeleteResource(at, call, TargetOf, RemoveMachine);
}

Result<Answer> SetPower(const Workplace& at, const Call& call) {
  TRY_VOID(at.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY(const auto entry, FindEntry(*draft.snapshot(), OnResource(call)));
    return SetPowerState(draft, entry->machine->id, call.segments.back());
  }));
  return Answer{200};
}

Result<Answer> ShowInstanceViewOf(const Workplace& at, const Call& call) {
  return ShowInstanceView(at, OnResource(call));
}

}  // namespace

void AddMachineRoutes(std::vector<Route>* routes) {
  constexpr std::string_view kOne =
      "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/"
      "virtualMachines/{name}";
  constexpr std::string_view kRead = "Microsoft.Compute/virtualMachines/read";
  constexpr std::string_view kWrite = "Microsoft.Compute/virtualMachines/write";
#define OPENIMDS_OF_MACHINE(rest)                                                     \
  "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/" \
  "virtualMachines/{name}|/" rest
  const std::vector<Route> all{
      {"GET", "/subscriptions/{subscription}|/providers/Microsoft.Compute/virtualMachines",
       Rule::kAction, kRead, ListMachines},
      {"GET",
       "/subscriptions/{subscription}/resourceGroups/{group}|/providers/Microsoft.Compute/"
       "virtualMachines",
       Rule::kAction, kRead, ListMachines},
      {"GET", kOne, Rule::kAction, kRead, ShowMachine},
      {"PUT", kOne, Rule::kAction, kWrite, PutMachine},
      {"PATCH", kOne, Rule::kAction, kWrite, PatchMachine},
      {"DELETE", kOne, Rule::kAction, "Microsoft.Compute/virtualMachines/delete", DeleteMachine},
      {"GET", OPENIMDS_OF_MACHINE("instanceView"), Rule::kAction,
       "Microsoft.Compute/virtualMachines/instanceView/read", ShowInstanceViewOf},
      {"POST", OPENIMDS_OF_MACHINE("start"), Rule::kAction,
       "Microsoft.Compute/virtualMachines/start/action", SetPower},
      {"POST", OPENIMDS_OF_MACHINE("restart"), Rule::kAction,
       "Microsoft.Compute/virtualMachines/restart/action", SetPower},
      {"POST", OPENIMDS_OF_MACHINE("powerOff"), Rule::kAction,
       "Microsoft.Compute/virtualMachines/powerOff/action", SetPower},
      {"POST", OPENIMDS_OF_MACHINE("redeploy"), Rule::kAction,
       "Microsoft.Compute/virtualMachines/redeploy/action", SetPower},
      {"POST", OPENIMDS_OF_MACHINE("reapply"), Rule::kAction,
       "Microsoft.Compute/virtualMachines/reapply/action", SetPower},
      {"POST", OPENIMDS_OF_MACHINE("deallocate"), Rule::kAction,
       "Microsoft.Compute/virtualMachines/deallocate/action", SetPower}};
#undef OPENIMDS_OF_MACHINE
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
