// SPDX-License-Identifier: Apache-2.0
#include "app/tls_identity.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/reasons.h"
#include "base/text.h"
#include "base/url.h"
#include "credentials/secret_file.h"

namespace openimds {
namespace {

constexpr std::chrono::hours kRenewBefore{24 * 30};
constexpr char kCaCertificate[] = "ca.pem";
constexpr char kCaKey[] = "ca.key";
constexpr char kServerCertificate[] = "server.pem";
constexpr char kServerKey[] = "server.key";

std::string WithoutBrackets(std::string name) {
  if (name.size() > 2 && name.front() == '[') return name.substr(1, name.size() - 2);
  return name;
}

Result<Secret> ReadConfigured(const std::filesystem::path& path, FileAccess access) {
  auto bytes = ReadSecretFile(path.string(), access);
  if (bytes) return bytes;
  return Fail(ErrorKind::kInvalidRequest, reasons::kConfigInvalid, "tls: " + bytes.error().message);
}

}  // namespace

std::vector<std::string> TlsIdentity::NamesOf(const Config& config) {
  std::set<std::string> names{"localhost", "127.0.0.1", "::1"};
  for (const std::string& host : config.allowed_hosts) names.insert(WithoutBrackets(host));
  const std::string own = WithoutBrackets(std::string(HostOfUrl(config.authority.public_url)));
  if (!own.empty()) names.insert(LowerAscii(own));
  for (const ListenerSettings& listener : config.listeners) {
    const bool one = listener.tls && listener.address.family == ListenAddress::Family::kTcp &&
                     !listener.address.ip.is_unspecified();
    if (one) names.insert(listener.address.ip.ToString());
  }
  return {names.begin(), names.end()};
}

Result<std::unique_ptr<TlsIdentity>> TlsIdentity::Open(const Config& config,
                                                       const StateFolder& folder,
                                                       const Clock& clock) {
  TRY(PrivateFolder files, PrivateFolder::Open(folder.tls()));
  std::unique_ptr<TlsIdentity> identity(new TlsIdentity(config, std::move(files), clock));
  TRY_VOID(identity->OpenCa());
  TRY(auto context, identity->Load());
  identity->context_ = std::make_shared<TlsContextSource>(std::move(context));
  return identity;
}

Result<void> TlsIdentity::Refresh() {
  TRY(auto context, Load());
  context_->Publish(std::move(context));
  return {};
}

Result<void> TlsIdentity::OpenCa() {
  TRY(const auto certificate, folder_.Read(kCaCertificate));
  TRY(auto key, folder_.Read(kCaKey));
  if (certificate && key) {
    ca_ = {std::string(certificate->RevealSecret()), *std::move(key)};
    return {};
  }
  TRY(ca_, MakeCa("OpenIMDS local authority", clock_.Now()));
  TRY_VOID(folder_.Write(kCaKey, ca_.key_pem.RevealSecret()));
  return folder_.Write(kCaCertificate, ca_.certificate_pem);
}

Result<std::shared_ptr<const TlsContext>> TlsIdentity::Load() {
  return config_.certificate_file.empty() ? LoadOwn() : LoadConfigured();
}

Result<std::shared_ptr<const TlsContext>> TlsIdentity::LoadConfigured() const {
  TRY(const Secret chain, ReadConfigured(config_.certificate_file, FileAccess::kAny));
  TRY(const Secret key, ReadConfigured(config_.key_file, FileAccess::kPrivate));
  auto context = TlsContext::ForServer(chain.RevealSecret(), key);
  if (context) return context;
  return Fail(ErrorKind::kInvalidRequest, reasons::kConfigInvalid,
              "tls: " + context.error().message);
}

bool TlsIdentity::IsGood(const std::string& certificate) const {
  const auto facts = ReadCertificate(certificate);
  if (!facts || facts->not_after < clock_.Now() + kRenewBefore) return false;
  return std::all_of(names_.begin(), names_.end(), [&](const std::string& name) {
    return std::find(facts->names.begin(), facts->names.end(), name) != facts->names.end();
  });
}

Result<std::shared_ptr<const TlsContext>> TlsIdentity::LoadOwn() {
  TRY(const auto kept, folder_.Read(kServerCertificate));
  TRY(const auto kept_key, folder_.Read(kServerKey));
  if (kept && kept_key && IsGood(std::string(kept->RevealSecret()))) {
    auto context = TlsContext::ForServer(kept->RevealSecret(), *kept_key);
    if (context) return context;  // else they do not fit: a crash came between writing the two
  }
  TRY(const MadeCertificate made, IssueServerCertificate(ca_, names_, clock_.Now()));
  TRY_VOID(folder_.Write(kServerKey, made.key_pem.RevealSecret()));
  TRY_VOID(folder_.Write(kServerCertificate, made.certificate_pem));
  return TlsContext::ForServer(made.certificate_pem, made.key_pem);
}

}  // namespace openimds
