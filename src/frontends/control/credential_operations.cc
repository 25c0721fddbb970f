// SPDX-License-Identifier: Apache-2.0
// How identities get their tokens.
#include <map>
#include <set>
#include <string>
#include <utility>

#include <boost/json/object.hpp>

#include "base/reasons.h"
#include "frontends/control/lookup.h"
#include "model/credential_settings.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

// Every option of every kind, once.
std::set<std::string_view> OptionNames() {
  std::set<std::string_view> names;
  for (std::size_t kind = 0; kind < kCredentialKindNames.size(); ++kind) {
    for (const CredentialOption& option : OptionsOf(static_cast<CredentialKind>(kind))) {
      names.insert(option.name);
    }
  }
  return names;
}

json::object Describe(const Workplace& at, const Identity& identity) {
  const auto settings = at.credentials.SettingsFor(identity);
  json::object options;
  for (const auto& [name, value] : settings.options) options[name] = value;
  const bool kept = at.registry.Read()->credentials.contains(identity.id.key());
  return {{"identity", identity.id.text()},
          {"kind", std::string(ToText(settings.kind))},
          {"options", std::move(options)},
          {"source", at.credentials.IsConfigured(identity) ? "configuration"
                     : kept                                ? "registry"
                                                           : "default"}};
}

// What the file says cannot be changed from here, and must not seem to be.
Result<std::shared_ptr<const Identity>> FindChangeable(const Workplace& at,
                                                       const Arguments& arguments) {
  TRY(auto identity, FindAnyIdentity(*at.registry.Read(), "identity", arguments.Text("identity")));
  if (!at.credentials.IsConfigured(*identity)) return identity;
  return Fail(ErrorKind::kConflict, reasons::kInUse,
              "the credential of '" + identity->id.text() +
                  "' is set in the configuration file; change it there");
}

void Forget(const Workplace& at, const Identity& identity) {
  at.credentials.RetryAtOnce();
  if (at.cache) at.cache->Purge(identity.client_id);
}

Result<json::value> Set(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto identity, FindChangeable(at, arguments));
  std::map<std::string, std::string, std::less<>> options;
  for (const std::string_view name : OptionNames()) {
    if (auto value = arguments.FindText(name)) options.emplace(name, *std::move(value));
  }
  TRY(CredentialSettings settings,
      MakeCredentialSettings(arguments.Text("kind"), std::move(options)));
  TRY_VOID(at.registry.SetCredential(identity->id, std::move(settings)));
  Forget(at, *identity);
  return Describe(at, *identity);
}

Result<json::value> Show(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto identity,
      FindAnyIdentity(*at.registry.Read(), "identity", arguments.Text("identity")));
  return Describe(at, *identity);
}

Result<json::value> Reset(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const auto identity, FindChangeable(at, arguments));
  TRY_VOID(at.registry.ResetCredential(identity->id));
  Forget(at, *identity);
  return Describe(at, *identity);
}

}  // namespace

std::vector<Operation> CredentialOperations() {
  const ArgumentRule identity{"identity", ArgumentType::kText, true};
  std::vector<ArgumentRule> set{identity, {"kind", ArgumentType::kText, true}};
  for (const std::string_view name : OptionNames()) set.push_back({name, ArgumentType::kText});
  return {{"identity.credential.set", Effect::kChanges, std::move(set), Set},
          {"identity.credential.show", Effect::kReads, {identity}, Show},
          {"identity.credential.reset", Effect::kChanges, {identity}, Reset}};
}

}  // namespace openimds::control
