// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "base/reasons.h"
#include "frontends/control/operation.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

Result<json::value> Show(const Workplace& at, const Arguments&, std::string_view) {
  return ToJson(at.authority, at.authority.keys().Keys());
}

Result<json::value> Rotate(const Workplace& at, const Arguments& arguments,
                           std::string_view caller) {
  // Not the lifetime that is configured now: tokens may be out there from when it was longer.
  TRY(const RingKey active, at.authority.keys().Rotate(kRotationOverlap));
  // Whoever rotates wants the next token signed with the new key, not in half a day.
  // Tokens from elsewhere stay: they bridge the time until a published issuer has the new key.
  if (at.cache) {
    at.cache->Purge([&](const Identity& identity, const std::string&) {
      return at.credentials.SettingsFor(identity).kind == CredentialKind::kEmbedded;
    });
  }
  return Show(at, arguments, caller);
}

// The one that was named, or the only one there is.
Result<Guid> ChooseTenant(const Workplace& at, const Arguments& arguments) {
  const auto& tenants = at.registry.Read()->tenants;
  const auto given = arguments.FindGuid("tenant");
  if (given && tenants.contains(*given)) return *given;
  if (given) return BadArgument("tenant", "there is no such tenant");
  if (tenants.size() == 1) return tenants.begin()->first;
  return BadArgument(
      "tenant", "there are " + std::to_string(tenants.size()) + " of them; expected the id of one");
}

Result<json::value> ShowCa(const Workplace& at, const Arguments&, std::string_view) {
  std::string certificate = at.ca_certificate ? at.ca_certificate() : std::string();
  if (!certificate.empty()) return json::object{{"certificate", std::move(certificate)}};
  return Fail(ErrorKind::kNotFound, reasons::kNotFound,
              "the certificate that is shown comes from [tls] in the configuration, not from an "
              "authority of ours");
}

// What a web host has to serve so that others can believe this issuer.
Result<json::value> Publish(const Workplace& at, const Arguments& arguments, std::string_view) {
  TRY(const Guid tenant, ChooseTenant(at, arguments));
  const PublishedIssuer published = at.authority.RenderPublishedIssuer(tenant);
  return json::object{{"issuer", published.issuer},
                      {"files", json::object{{published.discovery_path, published.discovery},
                                             {published.keys_path, published.keys}}}};
}

}  // namespace

std::vector<Operation> AuthorityOperations() {
  return {{"authority.show", Effect::kReads, {}, Show},
          {"authority.rotate", Effect::kChanges, {}, Rotate},
          {"authority.ca", Effect::kReads, {}, ShowCa},
          {"authority.publish", Effect::kReads, {{"tenant", ArgumentType::kGuid}}, Publish}};
}

}  // namespace openimds::control
