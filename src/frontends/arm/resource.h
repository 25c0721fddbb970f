// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "frontends/arm/answer.h"
#include "frontends/arm/call.h"
#include "frontends/arm/catalogue.h"
#include "frontends/arm/route.h"
#include "model/resource_id.h"
#include "registry/draft.h"
#include "registry/snapshot.h"

// What resources look like, and what all routes do with them. Pure but for what a Scene looks at.
namespace openimds::arm {

// What exists, and what of it is answered for right now.
struct Scene {
  const Snapshot& snapshot;
  const ExtensionHost& extensions;
};

// Any resource, or nothing if there is none of that id.
std::optional<boost::json::object> RenderResource(const Scene& scene, const ResourceId& id);

// The resources in a group or subscription, by key, in order; `scope_key` is its id in lower case.
// Instances of scale sets and deployments are none.
std::map<std::string, ResourceId, std::less<>> ResourceIdsIn(const Snapshot& snapshot,
                                                             std::string_view scope_key);
// Whether the caller may read one, which `shown` is.
bool MayReadResource(const Snapshot& snapshot, const Call& call, const boost::json::object& shown,
                     const ResourceId& id);

// What stands between quotes behind `name eq ` in a filter; empty if it says nothing of that.
std::string QuotedIn(std::string_view filter, std::string_view name);

// The types of a provider as its list shows them: `{"resourceType","locations","apiVersions"}`.
boost::json::array RenderProviderTypes(const Snapshot& snapshot, const Provider& provider);

boost::json::object RenderGroup(const Scene& scene, const ResourceGroup& group);
boost::json::object RenderIdentity(const Scene& scene, const Identity& identity);
boost::json::object RenderMachine(const Scene& scene, const MachineEntry& entry);
boost::json::object RenderInstanceView(const Scene& scene, const MachineEntry& entry);
// A scale set, and one machine of it.
boost::json::object RenderScaleSet(const Scene& scene, const ScaleSet& scale_set);
boost::json::object RenderInstance(const Scene& scene, const MachineEntry& entry);
boost::json::object RenderExtension(const Scene& scene, const ResourceDocument& extension);
boost::json::object RenderStored(const ResourceDocument& document);

// Changes whenever what is shown of the resource does, but for how it goes.
std::string ETagOf(const boost::json::object& resource);

// `If-Match` and `If-None-Match` of a call that is about to change what now looks like `current`.
// Fails with kPreconditionFailed (412).
Result<void> CheckPreconditions(const Call& call,
                                const std::optional<boost::json::object>& current);

// The answer with a resource, and its ETag.
Answer Show(int status, boost::json::object resource);
// `{"value": […]}`, a page of it: `$top` and `$skiptoken` say which, `nextLink` where the rest is.
Answer ShowList(const Call& call, boost::json::array all);

// What the caller's roles say; the operator may do everything.
bool Permits(const Snapshot& snapshot, const Call& call, std::string_view action,
             std::string_view scope);
// 403 `AuthorizationFailed`, in the words that the portal and the CLI look for.
Result<void> RequireAction(const Snapshot& snapshot, const Call& call, std::string_view action,
                           std::string_view scope);

// The resource that a call's path names, in the spelling of the group that it is in. Fails with
// kResourceIdInvalid, or kNotFound for a subscription or group that is not there.
Result<ResourceId> TargetOf(const Snapshot& snapshot, const Call& call);
// The same call about the resource that its child or action belongs to.
Call OnResource(const Call& call);
Result<ResourceId> ExistingGroup(const Snapshot& snapshot, const Call& call);
Result<ResourceId> ExistingSubscription(const Snapshot& snapshot, const Call& call);
tl::unexpected<Error> ResourceNotFound(const ResourceId& id);
tl::unexpected<Error> GroupNotFound(std::string_view name);

// Takes away the resource that `target` names, by `remove`: 200, or 204 and nothing done if it is
// not there. As one batch, under the call's preconditions.
Result<Answer> DeleteResource(const Workplace& at, const Call& call,
                              Result<ResourceId> (*target)(const Snapshot&, const Call&),
                              Result<void> (*remove)(Draft&, const ResourceId&));

// Members of a body, checked. Absent (or null) is nothing; of another type is kContentInvalid.
Result<std::optional<std::string>> TextMember(const boost::json::object& body,
                                              std::string_view name);
Result<std::optional<boost::json::object>> ObjectMember(const boost::json::object& body,
                                                        std::string_view name);
// At most 50 tags of texts, as ARM allows.
Result<std::optional<boost::json::object>> TagsIn(const boost::json::object& body);

// The location that a body gives, as ARM compares it: `West Europe` is `westeurope`. Of a resource
// that exists it must be the same. Fails with kContentInvalid if there is none to be had.
Result<std::string> LocationIn(const boost::json::object& body,
                               const std::optional<std::string>& existing);

}  // namespace openimds::arm
