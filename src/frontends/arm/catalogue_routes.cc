// SPDX-License-Identifier: Apache-2.0
// Providers, and the catalogues of images and extension types that clients look into.
#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "frontends/arm/catalogue.h"
#include "frontends/arm/resource.h"
#include "frontends/arm/route.h"
#include "model/machine_extension.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

constexpr std::string_view kApiVersions[] = {"2022-08-01", "2021-04-01", "2020-06-01", "2019-10-01",
                                             "2018-11-30"};
constexpr std::string_view kExtensionVersions[] = {"1.0.0.0"};

std::vector<std::string> Locations(const Snapshot& snapshot) {
  std::vector<std::string> locations;
  for (const auto& [key, group] : snapshot.resource_groups) {
    const auto& has = locations;
    if (std::find(has.begin(), has.end(), group.location) == has.end()) {
      locations.push_back(group.location);
    }
  }
  return locations;
}

json::object RenderProvider(const Snapshot& snapshot, const ResourceId& subscription,
                            const Provider& provider) {
  return {{"id", subscription.text() + "/providers/" + std::string(provider.name)},
          {"namespace", provider.name},
          {"registrationPolicy", "RegistrationFree"},
          {"registrationState", "Registered"},
          {"resourceTypes", RenderProviderTypes(snapshot, provider)}};
}

Result<Answer> ListProviders(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId subscription, ExistingSubscription(*snapshot, call));
  json::array all;
  for (const Provider& provider : Providers()) {
    all.push_back(RenderProvider(*snapshot, subscription, provider));
  }
  return ShowList(call, std::move(all));
}

// Registering asks for nothing: they all are.
Result<Answer> ShowProvider(const Workplace& at, const Call& call) {
  const auto snapshot = at.registry.Read();
  TRY(const ResourceId subscription, ExistingSubscription(*snapshot, call));
  const Provider* provider = FindProvider(call.At("namespace"));
  if (provider) return Answer{200, RenderProvider(*snapshot, subscription, *provider)};
  return Refuse(ErrorKind::kNotFound, reasons::kTypeUnknown, "InvalidResourceNamespace",
                "The resource namespace '" + call.At("namespace") + "' is invalid.");
}

// ---- catalogues: bare arrays -----------------------------------------------------------------

// `{name, location, id}`, the id that of the list and the name.
json::object Entry(const Call& call, std::string_view name) {
  std::string id;
  for (const std::string& segment : call.segments) id.append("/").append(segment);
  return {{"name", name}, {"location", call.At("location")}, {"id", id + "/" + std::string(name)}};
}

Result<Answer> ListPublishers(const Workplace&, const Call& call) {
  return Answer{200, json::array{Entry(call, kManagedIdentityPublisher)}};
}

Result<Answer> ListExtensionTypes(const Workplace&, const Call& call) {
  json::array all;
  if (EqualsIgnoringCase(call.At("publisher"), kManagedIdentityPublisher)) {
    all.push_back(Entry(call, "ManagedIdentityExtensionForLinux"));
    all.push_back(Entry(call, "ManagedIdentityExtensionForWindows"));
  }
  return Answer{200, std::move(all)};
}

Result<Answer> ListExtensionVersions(const Workplace&, const Call& call) {
  json::array all;
  if (EqualsIgnoringCase(call.At("publisher"), kManagedIdentityPublisher)) {
    for (const std::string_view version : kExtensionVersions) all.push_back(Entry(call, version));
  }
  return Answer{200, std::move(all)};
}

// There are no images here: a machine is what its owner runs. What an image's name says of its
// system is what clients ask for, so every image is there, in one version.
Result<Answer> ListImageVersions(const Workplace&, const Call& call) {
  return Answer{200, json::array{Entry(call, "1.0.0")}};
}

Result<Answer> ShowImageVersion(const Workplace&, const Call& call) {
  const std::string all = LowerAscii(call.At("publisher") + call.At("offer"));
  const bool windows = all.find("windows") != std::string::npos;
  json::object image{
      {"name", call.At("version")}, {"location", call.At("location")}, {"id", call.target}};
  image["properties"] = json::object{
      {"osDiskImage", json::object{{"operatingSystem", windows ? "Windows" : "Linux"}}},
      {"hyperVGeneration", "V1"},
      {"architecture", "x64"},
      {"dataDiskImages", json::array{}},
      {"replicaType", "Unmanaged"}};
  return Answer{200, std::move(image)};
}

}  // namespace

json::array RenderProviderTypes(const Snapshot& snapshot, const Provider& provider) {
  json::array locations;
  for (const std::string& location : Locations(snapshot)) locations.emplace_back(location);
  json::array versions;
  for (const std::string_view version : kApiVersions) versions.emplace_back(version);
  json::array types;
  for (const std::string_view type : provider.types) {
    types.push_back(
        json::object{{"resourceType", type}, {"locations", locations}, {"apiVersions", versions}});
  }
  return types;
}

void AddCatalogueRoutes(std::vector<Route>* routes) {
  constexpr std::string_view kReadProvider = "Microsoft.Resources/subscriptions/providers/read";
  constexpr std::string_view kRead = "Microsoft.Compute/locations/publishers/read";
#define OPENIMDS_PUBLISHERS \
  "/subscriptions/{subscription}|/providers/Microsoft.Compute/locations/{location}/publishers"
#define OPENIMDS_IMAGES \
  OPENIMDS_PUBLISHERS "/{publisher}/artifacttypes/vmimage/offers/{offer}/skus/{sku}/versions"
  const std::vector<Route> all{
      {"GET", "/subscriptions/{subscription}|/providers", Rule::kAction, kReadProvider,
       ListProviders},
      {"GET", "/subscriptions/{subscription}|/providers/{namespace}", Rule::kAction, kReadProvider,
       ShowProvider},
      {"POST", "/subscriptions/{subscription}|/providers/{namespace}/register", Rule::kAction,
       "{namespace}/register/action", ShowProvider},
      {"GET", OPENIMDS_PUBLISHERS, Rule::kAction, kRead, ListPublishers},
      {"GET", OPENIMDS_PUBLISHERS "/{publisher}/artifacttypes/vmextension/types", Rule::kAction,
       kRead, ListExtensionTypes},
      {"GET", OPENIMDS_PUBLISHERS "/{publisher}/artifacttypes/vmextension/types/{type}/versions",
       Rule::kAction, kRead, ListExtensionVersions},
      {"GET", OPENIMDS_IMAGES, Rule::kAction, kRead, ListImageVersions},
      {"GET", OPENIMDS_IMAGES "/{version}", Rule::kAction, kRead, ShowImageVersion}};
#undef OPENIMDS_IMAGES
#undef OPENIMDS_PUBLISHERS
  routes->insert(routes->end(), all.begin(), all.end());
}

}  // namespace openimds::arm
