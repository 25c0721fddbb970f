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
#include "base/published.h"
#include "base/result.h"
#include "crypto/certificate_maker.h"
#include "crypto/cms.h"

namespace openimds {

// Who signs attested documents: a certificate for `<name>` and `*.<name>`, under a root of its own.
// Both are kept in one folder (ca.pem, ca.key, signer.pem, signer.key; closed to others).
//
// Both are made when the root or a signature is first asked for (a second or two, on a small
// machine more), not at the start, which they would hold up. The root is then the same for ten
// years. The signer is made again when it has 30 days left, lacks a name, or is not (or no longer)
// what the root stands for. Every thread may call every function.
class AttestationSigner {
 public:
  // Reads and makes nothing yet but the folder. Fails with kStateModes, kStateFailed or
  // kStateInUse. `clock` must outlive it.
  static Result<std::unique_ptr<AttestationSigner>> Open(const std::filesystem::path& folder,
                                                         std::string_view name, const Clock& clock);

  // The signed message in DER. One caller at a time makes what is missing: nobody else waits for
  // that but fails with kBusy (kUnavailable), unless there is a signer that is still good.
  //
  // Fails with kCryptoFailed; with kStateModes or kStateFailed if what is kept cannot be read, or a
  // root's certificate has lost its key: we make no second root behind the back of those who trust
  // the first. A signer that could not be renewed serves to its end.
  Result<std::string> Sign(std::string_view content);

  // The root's certificate in PEM; makes what is missing, the signer too, and waits for it. Fails
  // as above.
  Result<std::string> CaCertificate();

  // Renews the signer if there is one and it is time. Fails as above.
  Result<void> Refresh();

 private:
  struct Kept {
    std::shared_ptr<const CmsSigner> signer;  // null: not yet looked for
    Time end;
  };

  AttestationSigner(PrivateFolder folder, std::string_view name, const Clock& clock)
      : names_{std::string(name), "*." + std::string(name)},
        clock_(clock),
        folder_(std::move(folder)) {}

  bool IsGood(const Kept& kept) const { return kept.signer && clock_.Now() < kept.end; }
  bool IsFresh(const Kept& kept) const;

  // Under making_.
  Result<void> NeedCa();
  Result<void> NeedSigner();
  Result<void> LoadSigner();
  Result<void> MakeSigner();
  void Keep(std::shared_ptr<const CmsSigner> signer, Time end);

  const std::vector<std::string> names_;
  const Clock& clock_;
  std::mutex making_;
  PrivateFolder folder_;  // under making_
  MadeCertificate ca_;    // under making_; empty until it is needed
  Published<Kept> kept_{std::make_shared<const Kept>()};
};

}  // namespace openimds
