// SPDX-License-Identifier: Apache-2.0
#include "extension/certificate_keeper.h"

#include <string>
#include <utility>

#include "base/reasons.h"
#include "credentials/secret_file.h"
#include "telemetry/events.h"

namespace openimds::extension {
namespace {

bool IsClosed(const std::filesystem::path& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 && (facts.st_mode & 07U) == 0;
}

Secret Joined(const Secret& first, const Secret& second) {
  std::string both;
  both.reserve(first.RevealSecret().size() + second.RevealSecret().size() + 1);
  both.append(first.RevealSecret()).append("\n").append(second.RevealSecret());
  return Secret(std::move(both));
}

}  // namespace

Result<std::shared_ptr<const ClientCertificate>> ReadCertificate(const CertificateFiles& files) {
  const bool folder_is_closed = IsClosed(files.key.parent_path());
  TRY(const Secret key,
      ReadSecretFile(files.key, folder_is_closed ? FileAccess::kAny : FileAccess::kPrivate));
  if (files.certificate == files.key) return ParseClientCertificate(key, Secret());
  TRY(const Secret certificate, ReadSecretFile(files.certificate, FileAccess::kAny));
  return ParseClientCertificate(Joined(certificate, key), Secret());
}

bool CertificateKeeper::Stamp::operator==(const Stamp& other) const {
  return device == other.device && inode == other.inode && size == other.size &&
         changed.tv_sec == other.changed.tv_sec && changed.tv_nsec == other.changed.tv_nsec;
}

CertificateKeeper::Stamp CertificateKeeper::StampOf(const std::filesystem::path& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return {};
  return {facts.st_dev, facts.st_ino, facts.st_size, facts.st_ctim};
}

Result<std::shared_ptr<const ClientCertificate>> CertificateKeeper::Get() {
  std::lock_guard lock(mutex_);
  // Before the files are read: what changes while they are is seen the next time.
  const Stamps now{StampOf(files_.certificate), StampOf(files_.key)};
  if (kept_ && looked_ && now == seen_) return kept_;
  auto read = ReadCertificate(files_);
  seen_ = now;
  looked_ = true;
  if (read) return kept_ = *std::move(read);
  if (!kept_) return read;
  log_.Write(LogLevel::kWarn, events::kGuestCertificateKept,
             {{"path", files_.certificate.native()},
              {"reason", read.error().reason},
              {"message", read.error().message}});
  return kept_;
}

}  // namespace openimds::extension
