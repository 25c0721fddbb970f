// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "arm/function_groups.h"
#include "arm/scope.h"
#include "base/text.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

Result<Value> Reference(FunctionCall& call) {
  TRY(const std::string_view target, call.Text(0));
  std::string_view api_version, full;
  if (call.size() > 1) {
    TRY(api_version, call.Text(1));
  }
  if (call.size() > 2) {
    TRY(full, call.Text(2));
  }
  if (!full.empty() && !EqualsIgnoringCase(full, "Full")) {
    return call.FailCall("expected 'Full' as the last argument, got '" +
                         std::string(full.substr(0, 100)) + "'");
  }
  ReferenceLookup* lookup = call.context().lookup;
  if (!lookup) {
    return call.FailCall(
        "expected only in properties and outputs: what it gives is known when the "
        "resource is deployed");
  }
  auto found = lookup->FindReference(target, api_version, !full.empty());
  if (!found) return call.FailCall(found.error().message);
  TRY_VOID(call.budget().Grow(MeasureValue(**found)));
  return found;
}

Result<Value> Providers(FunctionCall& call) {
  TRY(const std::string_view provider, call.Text(0));
  TRY(const std::string_view type, call.Text(1));
  const auto& find = call.context().scope->surroundings().find_provider;
  auto found = find ? find(provider, type) : std::nullopt;
  if (found) return call.Give(*std::move(found));
  return call.FailCall("expected a type that is served, got '" +
                       std::string(provider.substr(0, 100)) + "/" +
                       std::string(type.substr(0, 100)) + "'");
}

constexpr TemplateFunction kFunctions[] = {
    {"providers", 2, 2, Providers},
    {"reference", 1, 3, Reference},
};

}  // namespace

std::span<const TemplateFunction> ResourceFunctions() { return kFunctions; }

}  // namespace openimds::templates
