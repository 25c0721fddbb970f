// SPDX-License-Identifier: Apache-2.0
// Extensions of virtual machines. That of managed identities is served by this very service.
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "frontends/arm/extension_body.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"
#include "model/machine_extension.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

// The machine must be there; the extension need not be.
Result<ResourceId> ExtensionTarget(const Snapshot& snapshot, const Call& call) {
  TRY(const ResourceId id, TargetOf(snapshot, call));
  const ResourceId machine = MachineOfExtension(id);
  const auto found = snapshot.machines.find(machine.key());
  if (found == snapshot.machines.end()) {
    return Refuse(ErrorKind::kNotFound, reasons::kNotFound, "ParentResourceNotFound",
                  "Failed to perform the operation on resource '" + call.At("extension") +
                      "': the parent resource '" + machine.text() + "' could not be found.");
  }
  return ResourceId::Parse(found->second->machine->id.text() + "/extensions/" +
                           call.At("extension"));
}

Result<Answer> ListExtensions(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId id, TargetOf(*snapshot, OnResource(call)));
  if (!snapshot->machines.contains(id.key())) return ResourceNotFound(id);
  json::array all;
  const std::string prefix = id.key() + "/extensions/";
  for (auto one = snapshot->documents.lower_bound(prefix);
       one != snapshot->documents.end() && one->first.starts_with(prefix); ++one) {
    all.push_back(RenderExtension({*snapshot, at.extensions}, *one->second));
  }
  return ShowList(call, std::move(all));
}

Result<Answer> ShowExtension(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId id, ExtensionTarget(*snapshot, call));
  auto shown = RenderResource({*snapshot, at.extensions}, id);
  if (!shown) return ResourceNotFound(id);
  return Show(200, *std::move(shown));
}

Result<ResourceDocument> ReadExtension(const json::object& body, const ResourceId& id,
                                       const std::string& location) {
  TRY(const auto tags, TagsIn(body));
  TRY(const auto said, ObjectMember(body, "properties"));
  TRY(auto properties, ReadExtensionProperties(said));
  ResourceDocument document{id, json::object{{"location", location}}};
  document.body["tags"] = tags.value_or(json::object{});
  document.body["properties"] = std::move(properties);
  return document;
}

Result<void> Serve(const Workplace& at, const ResourceDocument& extension) {
  const ExtensionFacts facts = FactsOf(extension);
  if (!facts.is_managed_identity) return {};
  return at.extensions.Serve(
      {extension.id, MachineOfExtension(extension.id), facts.port, facts.force_update_tag});
}

// Served before it is written: what cannot be served is refused, and nothing has changed.
Result<Answer> WriteExtension(const Workplace& at, const Call& call, const json::object& body) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId id, ExtensionTarget(*snapshot, call));
  const ResourceId machine = MachineOfExtension(id);
  const Scene before{*snapshot, at.extensions};
  const auto existing = RenderResource(before, id);
  TRY_VOID(CheckPreconditions(call, existing));
  TRY(const std::string location,
      LocationIn(body, snapshot->machines.find(machine.key())->second->machine->location));
  TRY(ResourceDocument document, ReadExtension(body, id, location));
  TRY_VOID(Serve(at, document));
  auto written = at.registry.Edit([&](Draft& draft) -> Result<void> {
    TRY_VOID(ExtensionTarget(*draft.snapshot(), call));
    TRY_VOID(CheckPreconditions(call, RenderResource({*draft.snapshot(), at.extensions}, id)));
    TRY_VOID(draft.PutDocument(document));
    return draft.CheckIdentityLimit(machine);
  });
  if (!written) {
    // As it was: on the old port, or not at all.
    if (const auto old = snapshot->FindDocument(id.key())) static_cast<void>(Serve(at, *old));
    at.extensions.EndOthers(at.registry);
    return tl::unexpected<Error>(std::move(written.error()));
  }
  // Once more: until it was written, somebody else's change may have ended it.
  TRY_VOID(Serve(at, document));
  return Show(existing ? 200 : 201, *RenderResource({*at.registry.Read(), at.extensions}, id));
}

Result<Answer> PutExtension(const Workplace& at, const Call& call) {
  return WriteExtension(at, call, call.body);
}

// What is said, on top of what was.
Result<Answer> PatchExtension(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId id, ExtensionTarget(*snapshot, call));
  const auto document = snapshot->FindDocument(id.key());
  if (!document) return ResourceNotFound(id);
  json::object merged = document->body;
  for (const auto& [name, value] : call.body) {
    json::value* old = merged.if_contains(name);
    if (name == "properties" && old && old->is_object() && value.is_object()) {
      for (const auto& [inner, said] : value.get_object()) old->get_object()[inner] = said;
    } else {
      merged[name] = value;
    }
  }
  return WriteExtension(at, call, merged);
}

Result<Answer> DeleteExtension(const Workplace& at, const Call& call) {
  return DeleteResource(at, call, ExtensionTarget,
                        [](Draft& draft, const ResourceId& id) -> Result<void> {
                          draft.RemoveDocuments(id);
                          return {};
                        });
}

}  // namespace

void AddExtensionRoutes(std::vector<Route>* routes) {
  constexpr std::string_view kAll =
      "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/"
      "virtualMachines/{name}|/extensions";
  constexpr std::string_view kOne =
      "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/"
      "virtualMachines/{name}/extensions/{extension}";
  constexpr std::string_view kRead = "Microsoft.Compute/virtualMachines/extensions/read";
  constexpr std::string_view kWrite = "Microsoft.Compute/virtualMachines/extensions/write";
  const std::vector<Route> all{
      {"GET", kAll, Rule::kAction, kRead, ListExtensions},
      {"GET", kOne, Rule::kAction, kRead, ShowExtension},
      {"PUT", kOne, Rule::kAction, kWrite, PutExtension},
      {"PATCH", kOne, Rule::kAction, kWrite, PatchExtension},
      {"DELETE", kOne, Rule::kAction, "Microsoft.Compute/virtualMachines/extensions/delete",
       DeleteExtension}};
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
