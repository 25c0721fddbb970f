// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/state.h"
#include "authority/private_folder.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/certificate_maker.h"
#include "crypto/tls_session.h"

namespace openimds {

// The certificate that listeners with TLS show: the configured one, or one of our own under a
// private authority that is made at the first start and kept in the state folder's `tls/`
// (ca.pem, ca.key, server.pem, server.key; closed to others).
// One thread at a time; the context that listeners read may be read by all.
class TlsIdentity {
 public:
  // Makes what is missing, and a new server certificate where the old one lacks a name or ends
  // within 30 days. Fails with kStateModes, kStateFailed, kCryptoFailed, or kConfigInvalid for
  // configured files that cannot be used.
  static Result<std::unique_ptr<TlsIdentity>> Open(const Config& config, const StateFolder& folder,
                                                   const Clock& clock);

  // Reads the configured files again, or renews the own certificate if it is time; connections that
  // begin from now on see it. After a failure the old one stays.
  Result<void> Refresh();

  std::shared_ptr<const TlsContextSource> context() const { return context_; }
  // PEM; empty if what listeners show is configured and so none of ours.
  std::string ca_certificate() const {
    return config_.certificate_file.empty() ? ca_.certificate_pem : std::string();
  }

 private:
  TlsIdentity(const Config& config, PrivateFolder folder, const Clock& clock)
      : config_(config.tls), names_(NamesOf(config)), folder_(std::move(folder)), clock_(clock) {}

  static std::vector<std::string> NamesOf(const Config& config);
  Result<void> OpenCa();
  Result<std::shared_ptr<const TlsContext>> Load();
  Result<std::shared_ptr<const TlsContext>> LoadConfigured() const;
  Result<std::shared_ptr<const TlsContext>> LoadOwn();
  bool IsGood(const std::string& certificate) const;

  const TlsSettings config_;
  const std::vector<std::string> names_;
  PrivateFolder folder_;
  const Clock& clock_;
  MadeCertificate ca_;
  std::shared_ptr<TlsContextSource> context_;
};

}  // namespace openimds
