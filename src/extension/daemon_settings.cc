// SPDX-License-Identifier: Apache-2.0
#include "extension/daemon_settings.h"

#include <array>
#include <utility>

#include <boost/json.hpp>

#include "extension/durable_file.h"

namespace openimds::extension {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxFileBytes = 256 * 1024;
constexpr std::array<std::string_view, 2> kModeNames{"authority", "imds"};

void AddPath(json::object* object, std::string_view name, const std::filesystem::path& path) {
  if (!path.empty()) (*object)[{name.data(), name.size()}] = path.string();
}

json::object RenderIdentity(const DaemonIdentity& identity) {
  json::object object{{"clientId", identity.client_id.ToString()}};
  if (identity.object_id) object["objectId"] = identity.object_id->ToString();
  if (!identity.resource_id.empty()) object["resourceId"] = identity.resource_id;
  object["systemAssigned"] = identity.system_assigned;
  object["certificate"] =
      json::object{{"certificateFile", identity.certificate.certificate.string()},
                   {"keyFile", identity.certificate.key.string()}};
  return object;
}

void RenderAuthorityMode(const DaemonSettings& settings, json::object* object) {
  const UpstreamAuthority& it = settings.authority;
  json::object authority{{"url", it.url},
                         {"tenant", it.tenant},
                         {"protocol", it.protocol},
                         {"algorithm", it.algorithm},
                         {"sendChain", it.send_chain},
                         {"checkAudience", it.check_audience}};
  AddPath(&authority, "caFile", it.ca_file);
  (*object)["authority"] = std::move(authority);
  json::array identities;
  for (const DaemonIdentity& identity : settings.identities) {
    identities.push_back(RenderIdentity(identity));
  }
  (*object)["identities"] = std::move(identities);
}

json::array RenderCallers(const std::vector<LocalUserRule>& rules) {
  json::array callers;
  for (const LocalUserRule& rule : rules) {
    json::object caller;
    caller["uid"] = rule.uid ? json::value(*rule.uid) : json::value("*");
    if (!rule.identities.empty()) caller["identities"] = json::value_from(rule.identities);
    callers.push_back(std::move(caller));
  }
  return callers;
}

// One member a line: people read this file when something is wrong.
std::string RenderLines(const json::object& object) {
  std::string text = "{";
  for (const auto& [name, value] : object) {
    text += text.size() == 1 ? "\n  " : ",\n  ";
    text += json::serialize(json::string(name)) + ": " + json::serialize(value);
  }
  return text + "\n}\n";
}

}  // namespace

std::string_view ToText(DaemonMode mode) { return kModeNames[static_cast<std::size_t>(mode)]; }

CertificateFiles FilesOfThumbprint(const std::filesystem::path& folder,
                                   std::string_view thumbprint) {
  std::string name(thumbprint);
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return {folder / (name + ".crt"), folder / (name + ".prv")};
}

std::string RenderDaemonSettings(const DaemonSettings& settings) {
  json::object object{{"port", settings.port},
                      {"mode", ToText(settings.mode)},
                      {"generation", settings.generation},
                      {"stateDir", settings.state_dir.string()}};
  AddPath(&object, "packageDir", settings.package_dir);
  AddPath(&object, "logDir", settings.log_dir);
  if (settings.mode == DaemonMode::kAuthority) {
    RenderAuthorityMode(settings, &object);
  } else {
    object["imds"] = json::object{{"url", settings.imds_url}};
  }
  if (!settings.callers.empty()) object["callers"] = RenderCallers(settings.callers);
  object["countCallers"] = settings.counts_callers;
  return RenderLines(object);
}

Result<DaemonSettings> ReadDaemonSettings(const std::filesystem::path& file) {
  TRY(const std::string text, ReadGuardedFile(file, kMaxFileBytes));
  auto settings = ParseDaemonSettings(text);
  if (!settings) settings.error().message = file.string() + ": " + settings.error().message;
  return settings;
}

Result<void> WriteDaemonSettings(const DaemonSettings& settings,
                                 const std::filesystem::path& file) {
  const std::string text = RenderDaemonSettings(settings);
  if (auto checked = ParseDaemonSettings(text); !checked) {
    return tl::unexpected<Error>(std::move(checked.error()));
  }
  return WriteDurably(file, text, 0600);
}

}  // namespace openimds::extension
