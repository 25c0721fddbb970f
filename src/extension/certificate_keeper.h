// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <memory>
#include <mutex>

#include "base/result.h"
#include "crypto/client_certificate.h"
#include "extension/daemon_settings.h"
#include "telemetry/log.h"

namespace openimds::extension {

// The certificate of an identity, in memory: read when it is first wanted, and again when one of
// its files has changed. A new one that is not good (half written, a key of another certificate)
// is logged and the old one kept, so that a rotation drops no request. Every thread may call Get().
class CertificateKeeper {
 public:
  // `log` must outlive it.
  CertificateKeeper(CertificateFiles files, Log& log) : files_(std::move(files)), log_(log) {}

  // Fails with kCredentialUnreadable or kCredentialInvalid if there is none that is good.
  Result<std::shared_ptr<const ClientCertificate>> Get();

 private:
  struct Stamp {  // of a file, as far as it can be told from another of that name
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    timespec changed{};
    bool operator==(const Stamp& other) const;
  };
  struct Stamps {
    Stamp certificate;
    Stamp key;
    bool operator==(const Stamps&) const = default;
  };
  static Stamp StampOf(const std::filesystem::path& path);

  const CertificateFiles files_;
  Log& log_;
  std::mutex mutex_;
  std::shared_ptr<const ClientCertificate> kept_;  // these three under mutex_
  Stamps seen_;
  bool looked_ = false;
};

// Both files as one certificate. The key's file must be closed to other users, or its folder: the
// agent of the guest keeps open files in a closed folder for a while. Fails as Get().
Result<std::shared_ptr<const ClientCertificate>> ReadCertificate(const CertificateFiles& files);

}  // namespace openimds::extension
