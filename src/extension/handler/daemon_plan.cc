// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/daemon_plan.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/client_certificate.h"
#include "crypto/json_object.h"
#include "extension/handler/agent_json.h"
#include "extension/handler/goal_state_certificate.h"

namespace openimds::extension {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::array<std::string_view, 8> kKnown{
    "port", "mode", "authority", "certificate", "identities", "callers", "imds", "countCallers"};
constexpr std::string_view kTokenTarget =
    "/oauth2/token?resource=https%3A%2F%2Fmanagement.azure.com%2F";

tl::unexpected<Error> WrongSettings(const std::string& what) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kHandlerSettings, "settings: " + what);
}

// ---- public settings -----------------------------------------------------------------------

bool IsKnown(std::string_view name) {
  return std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end();
}

json::object KeepKnown(const json::object& wanted, std::vector<StatusPart>* parts) {
  json::object kept;
  for (const auto& [key, value] : wanted) {
    const std::string_view name(key.data(), key.size());
    if (IsKnown(name)) {
      kept[key] = value;
      continue;
    }
    const auto nearest = FindNearest(name, {kKnown.begin(), kKnown.end()});
    parts->push_back({"settings", StatusKind::kWarning,
                      "the setting '" + std::string(name) + "' is not known and was left out" +
                          (nearest ? "; is it '" + std::string(*nearest) + "'?" : "")});
  }
  return kept;
}

void ReadPortFromText(json::object* wanted) {
  const auto port = ParseDecimal(TextOf(*wanted, "port"));
  if (port) (*wanted)["port"] = *port;
}

bool HasAny(const json::object& wanted, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    const json::value* const value = wanted.if_contains({name.data(), name.size()});
    return value != nullptr && !value->is_null();
  });
}

void ChooseMode(json::object* wanted, bool has_credential) {
  if (HasAny(*wanted, {"mode"})) return;
  const bool authority =
      has_credential || HasAny(*wanted, {"authority", "certificate", "identities"});
  (*wanted)["mode"] = ToText(authority ? DaemonMode::kAuthority : DaemonMode::kImds);
}

// ---- certificates --------------------------------------------------------------------------

json::object ToFiles(const fs::path& certificate, const fs::path& key) {
  return {{"certificateFile", certificate.string()}, {"keyFile", key.string()}};
}

// The one that is named by less than a folder; all others stay for the daemon's parser.
Result<void> FindNamed(json::value* value, const fs::path& agent_folder, Time now) {
  const json::object* const named = value == nullptr ? nullptr : value->if_object();
  if (named == nullptr || named->size() != 1) return {};
  const std::string_view thumbprint = TextOf(*named, "thumbprint");
  const std::string_view common_name = TextOf(*named, "commonName");
  if (thumbprint.empty() && common_name.empty()) return {};
  TRY(const GoalStateCertificate found, common_name.empty()
                                            ? FindByThumbprint(agent_folder, thumbprint)
                                            : FindByCommonName(agent_folder, common_name, now));
  *value = ToFiles(found.certificate_file, found.key_file);
  return {};
}

Result<void> FindCertificates(json::object* wanted, const fs::path& agent_folder, Time now) {
  TRY_VOID(FindNamed(wanted->if_contains("certificate"), agent_folder, now));
  json::value* const identities = wanted->if_contains("identities");
  if (identities == nullptr || !identities->is_array()) return {};
  for (json::value& identity : identities->get_array()) {
    if (!identity.is_object()) continue;
    TRY_VOID(FindNamed(identity.get_object().if_contains("certificate"), agent_folder, now));
  }
  return {};
}

// ---- protected settings --------------------------------------------------------------------

Result<std::optional<Secret>> ReadCredential(const json::object& secrets,
                                             std::vector<StatusPart>* parts) {
  for (const auto& [key, value] : secrets) {
    const std::string_view name(key.data(), key.size());
    if (name == "certificate" || name == "key") continue;
    parts->push_back({"protectedSettings", StatusKind::kWarning,
                      "a protected setting is not known and was left out; known are "
                      "'certificate' and 'key'"});
  }
  if (!HasAny(secrets, {"certificate", "key"})) return std::nullopt;
  std::string pem(TextOf(secrets, "key"));
  pem.append("\n").append(TextOf(secrets, "certificate")).append("\n");
  Secret both(std::move(pem));
  const auto parsed = ParseClientCertificate(both, Secret());
  if (parsed) return std::optional(std::move(both));
  return WrongSettings("protected settings: " + parsed.error().message);
}

Result<std::optional<Secret>> OpenCredential(const HandlerSettings& settings,
                                             const fs::path& agent_folder,
                                             std::vector<StatusPart>* parts) {
  if (settings.protected_settings.empty()) return std::nullopt;
  TRY(const Secret plain,
      OpenForThumbprint(agent_folder, settings.thumbprint, settings.protected_settings));
  const auto parsed = ParseAgentJson(plain.RevealSecret());
  if (!parsed || !parsed->is_object()) {
    return WrongSettings("expected an object in the protected settings");
  }
  return ReadCredential(parsed->get_object(), parts);
}

std::string TokenTargetOf(const DaemonSettings& settings) {
  if (!settings.callers.empty()) return {};
  std::string target(kTokenTarget);
  const bool has_default =
      settings.identities.empty() ||
      std::any_of(settings.identities.begin(), settings.identities.end(),
                  [](const DaemonIdentity& identity) { return identity.system_assigned; });
  if (!has_default) target += "&client_id=" + settings.identities.front().client_id.ToString();
  return target;
}

}  // namespace

Result<DaemonPlan> PlanDaemon(const HandlerSettings& settings, const PlanPlaces& places, Time now) {
  const HandlerEnvironment& environment = places.environment;
  DaemonPlan plan;
  TRY(plan.credential, OpenCredential(settings, environment.agent_folder(), &plan.parts));
  json::object wanted = KeepKnown(settings.public_settings, &plan.parts);
  ReadPortFromText(&wanted);
  ChooseMode(&wanted, plan.credential.has_value());
  if (plan.credential) {
    if (HasAny(wanted, {"certificate"})) {
      return WrongSettings("expected one certificate, public or protected, got both");
    }
    wanted["certificate"] = ToFiles(places.credential_file, places.credential_file);
  }
  TRY_VOID(FindCertificates(&wanted, environment.agent_folder(), now));
  wanted["generation"] = places.generation;
  wanted["stateDir"] = StateFolderOf(environment).string();
  wanted["packageDir"] = environment.package_folder.string();
  wanted["logDir"] = environment.log_folder.string();
  TRY(plan.settings, ParseDaemonSettings(json::serialize(wanted)));
  plan.token_target = TokenTargetOf(plan.settings);
  return plan;
}

fs::path StateFolderOf(const HandlerEnvironment& environment) {
  return environment.agent_folder().parent_path() / "managed-identity-extension";
}

void RemoveStateFolder(const HandlerEnvironment& environment) {
  std::error_code ignored;
  fs::remove_all(StateFolderOf(environment), ignored);
}

}  // namespace openimds::extension
