// SPDX-License-Identifier: Apache-2.0
#include "app/administrator_file.h"

#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "authority/private_folder.h"
#include "crypto/json_object.h"
#include "registry/roles.h"
#include "telemetry/events.h"

namespace openimds {
namespace {

constexpr char kFile[] = "admin.json";
constexpr std::string_view kFirstName = "admin";

}  // namespace

Result<void> AdministratorFile::MakeFirst(Registry& registry, Time now, Log& log) const {
  if (!registry.Read()->administrators.empty()) return {};
  const Guid owner = *Guid::Parse(FindRoleNamed("Owner")->name);
  TRY(const auto made,
      MakeAdministrator(registry, kFirstName, owner, "/", now,
                        [this](const AdministratorCredential& one) { return Write(one); }));
  const std::string file = (folder_ / kFile).string();
  const std::string client_id = made.administrator.client_id.ToString();
  log.Write(LogLevel::kInfo, events::kAdministratorMade,
            {{"name", kFirstName}, {"client_id", client_id}, {"file", file}});
  return {};
}

Result<void> AdministratorFile::Write(const AdministratorCredential& credential) const {
  TRY(PrivateFolder folder, PrivateFolder::Open(folder_));
  const Identity& administrator = credential.administrator;
  const boost::json::object content{
      {"name", administrator.id.name()},
      {"resourceManager", url_},
      {"tenantId", administrator.tenant_id.ToString()},
      {"subscriptionId", std::string(administrator.id.subscription())},
      {"clientId", administrator.client_id.ToString()},
      {"secret", std::string(credential.secret.RevealSecret())}};
  const Secret text(boost::json::serialize(content) + "\n");
  return folder.Write(kFile, text.RevealSecret());
}

Result<void> AdministratorFile::Replace(const AdministratorCredential& credential) const {
  {
    TRY(const PrivateFolder folder, PrivateFolder::Open(folder_));
    TRY(const auto text, folder.Read(kFile));
    if (!text) return {};
    const auto content = ParseJsonObject(text->RevealSecret());
    if (!content || TextOf(*content, "clientId") != credential.administrator.client_id.ToString()) {
      return {};
    }
  }
  return Write(credential);
}

}  // namespace openimds
