// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <utility>

#include <boost/json.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/json_object.h"
#include "extension/daemon_settings.h"
#include "extension/settings_object.h"
#include "model/credential_settings.h"
#include "model/resource_id.h"

namespace openimds::extension {
namespace {

namespace json = boost::json;

tl::unexpected<Error> Invalid(std::string message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kConfigInvalid, std::move(message));
}

Result<CertificateFiles> ParseCertificate(const json::object& object, const std::string& where) {
  SettingsObject reader(object, where);
  CertificateFiles files;
  files.certificate = reader.Path("certificateFile");
  files.key = reader.Path("keyFile");
  const std::filesystem::path folder = reader.Path("directory");
  const std::string thumbprint = reader.Text("thumbprint");
  TRY_VOID(reader.Finish());
  const bool by_files =
      !files.certificate.empty() && !files.key.empty() && folder.empty() && thumbprint.empty();
  if (by_files) return files;
  const bool by_name = files.certificate.empty() && files.key.empty() && !folder.empty();
  if (!by_name || thumbprint.empty()) {
    return Invalid(where +
                   ": expected either certificateFile and keyFile, or directory and thumbprint");
  }
  const bool hexadecimal =
      std::all_of(thumbprint.begin(), thumbprint.end(), [](char c) { return HexValue(c) >= 0; });
  if (thumbprint.size() != 40 || !hexadecimal) {
    return Invalid(where + ".thumbprint: expected 40 hexadecimal digits, got '" + thumbprint + "'");
  }
  return FilesOfThumbprint(folder, thumbprint);
}

Result<CertificateFiles> FindCertificate(SettingsObject& reader, const std::string& where) {
  const json::object* object = reader.Object("certificate");
  if (object == nullptr) return CertificateFiles{};
  return ParseCertificate(*object, where + "certificate");
}

Result<DaemonIdentity> ParseIdentity(const json::object& object, const std::string& where,
                                     const CertificateFiles& common) {
  SettingsObject reader(object, where);
  DaemonIdentity identity;
  const auto client_id = reader.Id("clientId");
  if (!reader.Has("clientId")) reader.Refuse("clientId", "a GUID", "none");
  identity.object_id = reader.Id("objectId");
  identity.resource_id = reader.Text("resourceId");
  identity.system_assigned = reader.Flag("systemAssigned", false);
  TRY(identity.certificate, FindCertificate(reader, where + "."));
  TRY_VOID(reader.Finish());
  if (!client_id) return Invalid(where + ".clientId: expected a GUID, got none");
  identity.client_id = *client_id;
  if (!identity.resource_id.empty()) {
    if (auto id = ResourceId::Parse(identity.resource_id); !id) {
      return Invalid(where + ".resourceId: " + id.error().message);
    }
  }
  if (identity.certificate == CertificateFiles{}) identity.certificate = common;
  if (identity.certificate == CertificateFiles{}) {
    return Invalid(where + ": expected a certificate, of its own or for all, got none");
  }
  return identity;
}

Result<void> CheckIdentities(const std::vector<DaemonIdentity>& identities) {
  if (identities.empty()) {
    return Invalid("identities: expected at least one in mode authority, got none");
  }
  std::set<Guid> client_ids;
  std::set<Guid> object_ids;
  std::size_t system_assigned = 0;
  for (const DaemonIdentity& it : identities) {
    const bool is_new = client_ids.insert(it.client_id).second &&
                        (!it.object_id || object_ids.insert(*it.object_id).second);
    if (!is_new) {
      return Invalid("identities: expected each id once, got '" + it.client_id.ToString() +
                     "' or its objectId twice");
    }
    if (it.system_assigned) ++system_assigned;
  }
  if (system_assigned > 1) {
    return Invalid("identities: expected at most one that is systemAssigned, got " +
                   std::to_string(system_assigned));
  }
  if (identities.size() - system_assigned > kMaxUserAssigned) {
    return Invalid("identities: expected at most " + std::to_string(kMaxUserAssigned) +
                   " user-assigned ones, as the extension always had, got " +
                   std::to_string(identities.size() - system_assigned) +
                   "; for more let IMDS serve this machine (mode imds)");
  }
  return {};
}

Result<std::vector<DaemonIdentity>> ParseIdentities(const json::array& list,
                                                    const CertificateFiles& common) {
  std::vector<DaemonIdentity> identities;
  for (const json::value& item : list) {
    const std::string where = "identities[" + std::to_string(identities.size()) + "]";
    if (!item.is_object()) return Invalid(where + ": expected an object");
    TRY(DaemonIdentity identity, ParseIdentity(item.get_object(), where, common));
    identities.push_back(std::move(identity));
  }
  return identities;
}

// By the checks of the credential that it becomes.
Result<void> CheckAuthority(const UpstreamAuthority& authority) {
  if (authority.tenant.empty()) {
    return Invalid("authority.tenant: expected a GUID or a domain name, got none");
  }
  auto checked = MakeCredentialSettings("certificate", {{"certificate_file", "/any"},
                                                        {"authority_host", authority.url},
                                                        {"tenant_id", authority.tenant},
                                                        {"protocol", authority.protocol},
                                                        {"algorithm", authority.algorithm}});
  if (!checked) return Invalid("authority: " + checked.error().message);
  return {};
}

Result<UpstreamAuthority> ParseAuthority(const json::object& object) {
  SettingsObject reader(object, "authority");
  UpstreamAuthority authority;
  authority.url = reader.Text("url", authority.url);
  authority.tenant = reader.Text("tenant");
  authority.protocol = reader.Text("protocol", authority.protocol);
  authority.algorithm = reader.Text("algorithm", authority.algorithm);
  authority.send_chain = reader.Flag("sendChain", authority.send_chain);
  authority.check_audience = reader.Flag("checkAudience", authority.check_audience);
  authority.ca_file = reader.Path("caFile");
  TRY_VOID(reader.Finish());
  TRY_VOID(CheckAuthority(authority));
  return authority;
}

// `http://169.254.169.254`, perhaps with a port: no path, no user, nothing to be mistaken for one.
Result<std::string> ParseImds(const json::object& object) {
  SettingsObject reader(object, "imds");
  std::string url = reader.Text("url", kDefaultImdsUrl);
  constexpr std::string_view kScheme = "http://";
  const std::string_view host = std::string_view(url).substr(std::min(url.size(), kScheme.size()));
  const bool good = url.starts_with(kScheme) && !host.empty() &&
                    host.find_first_of("/?#@ ") == std::string_view::npos;
  if (!good) {
    reader.Refuse("url", "http:// with an address and perhaps a port", "'" + url + "'");
  }
  TRY_VOID(reader.Finish());
  return url;
}

Result<LocalUserRule> ParseCaller(const json::object& object, const std::string& where) {
  SettingsObject reader(object, where);
  LocalUserRule rule;
  const json::value* uid = reader.Any("uid");
  if (uid == nullptr) reader.Refuse("uid", "a user's number or \"*\"", "none");
  const bool any = uid != nullptr && uid->is_string() && uid->get_string() == "*";
  if (uid != nullptr && !any) rule.uid = reader.Number("uid", 0, 0xfffffffeULL, 0);
  if (const json::array* list = reader.List("identities")) {
    if (list->empty()) reader.Refuse("identities", "one name at least, or no list", "none");
    for (const json::value& name : *list) {
      if (name.is_string() && !name.get_string().empty()) {
        rule.identities.emplace_back(name.get_string().c_str());
      } else {
        reader.Refuse("identities", "`system` or resource ids", "something else");
      }
    }
  }
  TRY_VOID(reader.Finish());
  return rule;
}

Result<std::vector<LocalUserRule>> ParseCallers(const json::array& list) {
  std::vector<LocalUserRule> rules;
  for (const json::value& item : list) {
    const std::string where = "callers[" + std::to_string(rules.size()) + "]";
    if (!item.is_object()) return Invalid(where + ": expected an object");
    TRY(LocalUserRule rule, ParseCaller(item.get_object(), where));
    rules.push_back(std::move(rule));
  }
  if (rules.empty()) return Invalid("callers: expected one rule at least, or no list");
  return rules;
}

Result<DaemonMode> ParseMode(SettingsObject& reader) {
  const std::string name = reader.Text("mode");
  for (const DaemonMode mode : {DaemonMode::kAuthority, DaemonMode::kImds}) {
    if (name == ToText(mode)) return mode;
  }
  return Invalid("mode: expected authority or imds, got " +
                 (name.empty() ? std::string("none") : "'" + name + "'"));
}

Result<void> ParseAuthorityMode(SettingsObject& reader, DaemonSettings* settings) {
  if (reader.Has("imds")) reader.Refuse("imds", "it in mode imds only", "it in mode authority");
  TRY(const CertificateFiles common, FindCertificate(reader, ""));
  const json::array* identities = reader.List("identities");
  TRY(settings->identities, ParseIdentities(identities ? *identities : json::array(), common));
  const json::object* authority = reader.Object("authority");
  TRY(settings->authority, ParseAuthority(authority ? *authority : json::object()));
  return CheckIdentities(settings->identities);
}

Result<void> ParseImdsMode(SettingsObject& reader, DaemonSettings* settings) {
  for (const char* name : {"authority", "certificate", "identities"}) {
    if (reader.Has(name)) {
      reader.Refuse(name, "nothing that is a credential in mode imds", "it");
    }
  }
  const json::object* imds = reader.Object("imds");
  TRY(settings->imds_url, ParseImds(imds ? *imds : json::object()));
  return {};
}

}  // namespace

Result<DaemonSettings> ParseDaemonSettings(std::string_view text) {
  const auto object = ParseJsonObject(text);
  if (!object) return Invalid("expected a JSON object: " + object.error());
  SettingsObject reader(*object, "");
  DaemonSettings settings;
  TRY(settings.mode, ParseMode(reader));
  settings.port = static_cast<std::uint16_t>(reader.Number("port", 1, 65535, kDefaultPort));
  settings.generation = reader.Number("generation", 0, INT64_MAX, 0);
  settings.state_dir = reader.Path("stateDir");
  if (settings.state_dir.empty()) reader.Refuse("stateDir", "an absolute path", "none");
  settings.package_dir = reader.Path("packageDir");
  settings.log_dir = reader.Path("logDir");
  settings.counts_callers = reader.Flag("countCallers", settings.mode == DaemonMode::kImds);
  if (settings.mode == DaemonMode::kImds) {
    TRY_VOID(ParseImdsMode(reader, &settings));
  } else {
    TRY_VOID(ParseAuthorityMode(reader, &settings));
  }
  if (const json::array* callers = reader.List("callers")) {
    TRY(settings.callers, ParseCallers(*callers));
  }
  TRY_VOID(reader.Finish());
  return settings;
}

}  // namespace openimds::extension
