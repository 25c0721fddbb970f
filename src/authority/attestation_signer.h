// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "authority/private_folder.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/certificate_maker.h"
#include "crypto/cms.h"

namespace openimds {

// Who signs attested documents: a certificate for `<name>` and `*.<name>`, under a root of its own.
// Both are kept in one folder (ca.pem, ca.key, signer.pem, signer.key; closed to others).
//
// The root is made when it is first needed (half a second), and is then the same for ten years. The
// signer is made under it, and again when it has 30 days left, lacks a name, or is not (or no
// longer) what the root stands for. Every thread may call every function; while something is being
// made, all wait.
class AttestationSigner {
 public:
  // Reads and makes nothing yet, so that a start costs nothing; the folder itself is made. Fails
  // with kStateModes, kStateFailed or kStateInUse. `clock` must outlive it.
  static Result<std::unique_ptr<AttestationSigner>> Open(const std::filesystem::path& folder,
                                                         std::string_view name, const Clock& clock);

  // The signed message in DER. Fails with kCryptoFailed; with kStateModes or kStateFailed if what
  // is kept cannot be read, or a root's certificate has lost its key: we make no second root behind
  // the back of those who trust the first. A signer that could not be renewed serves to its end.
  Result<std::string> Sign(std::string_view content);

  // Renews the signer if there is one and it is time. Fails as above.
  Result<void> Refresh();

  // The root's certificate in PEM. Fails as above.
  Result<std::string> CaCertificate();

 private:
  static constexpr std::chrono::hours kRenewBefore{24 * 30};

  AttestationSigner(PrivateFolder folder, std::string_view name, const Clock& clock)
      : names_{std::string(name), "*." + std::string(name)},
        folder_(std::move(folder)),
        clock_(clock) {}

  // Under mutex_.
  Result<void> NeedCa();
  Result<void> NeedSigner();
  Result<void> LoadSigner();
  Result<void> MakeSigner();
  bool IsTime() const { return clock_.Now() >= signer_end_ - kRenewBefore; }

  const std::vector<std::string> names_;
  std::mutex mutex_;
  PrivateFolder folder_;
  const Clock& clock_;
  MadeCertificate ca_;  // empty until it is needed
  std::shared_ptr<const CmsSigner> signer_;
  Time signer_end_;
};

}  // namespace openimds
