// SPDX-License-Identifier: Apache-2.0
#include "authority/attestation_signer.h"

#include <algorithm>
#include <utility>

#include "base/reasons.h"

namespace openimds {
namespace {

constexpr std::chrono::hours kRenewBefore{24 * 30};
constexpr char kCaCertificate[] = "ca.pem";
constexpr char kCaKey[] = "ca.key";
constexpr char kSignerCertificate[] = "signer.pem";
constexpr char kSignerKey[] = "signer.key";

bool HasNames(const CertificateFacts& facts, const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::find(facts.names.begin(), facts.names.end(), name) != facts.names.end();
  });
}

}  // namespace

Result<std::unique_ptr<AttestationSigner>> AttestationSigner::Open(
    const std::filesystem::path& folder, std::string_view name, const Clock& clock) {
  TRY(PrivateFolder files, PrivateFolder::Open(folder));
  return std::unique_ptr<AttestationSigner>(new AttestationSigner(std::move(files), name, clock));
}

bool AttestationSigner::IsFresh(const Kept& kept) const {
  return kept.signer && clock_.Now() < kept.end - kRenewBefore;
}

Result<std::string> AttestationSigner::Sign(std::string_view content) {
  if (!IsFresh(*kept_.Read())) {
    const std::unique_lock lock(making_, std::try_to_lock);
    if (lock) {
      TRY_VOID(NeedSigner());
    } else if (!IsGood(*kept_.Read())) {
      return Fail(ErrorKind::kUnavailable, reasons::kBusy,
                  "the keys for attested documents are being made", std::chrono::seconds{1});
    }
  }
  const auto signer = kept_.Read()->signer;
  return signer->Sign(content);
}

Result<std::string> AttestationSigner::CaCertificate() {
  const std::lock_guard lock(making_);
  TRY_VOID(NeedSigner());
  return ca_.certificate_pem;
}

Result<void> AttestationSigner::Refresh() {
  const std::lock_guard lock(making_);
  const Kept kept = *kept_.Read();
  return kept.signer && !IsFresh(kept) ? MakeSigner() : Result<void>();
}

Result<void> AttestationSigner::NeedCa() {
  if (!ca_.certificate_pem.empty()) return {};
  TRY(const auto certificate, folder_.Read(kCaCertificate));
  TRY(auto key, folder_.Read(kCaKey));
  if (certificate && !key) {
    return Fail(ErrorKind::kInternal, reasons::kStateFailed,
                "expected the key of the attestation's root in '" +
                    (folder_.path() / kCaKey).string() +
                    "': put it back, or remove ca.pem and have everybody trust a new root");
  }
  if (certificate) {
    ca_ = {std::string(certificate->RevealSecret()), *std::move(key)};
    return {};
  }
  TRY(MadeCertificate made, MakeDocumentCa("OpenIMDS attestation root", clock_.Now()));
  TRY_VOID(folder_.Write(kCaKey, made.key_pem.RevealSecret()));
  TRY_VOID(folder_.Write(kCaCertificate, made.certificate_pem));  // last: it makes the key count
  ca_ = std::move(made);
  return {};
}

Result<void> AttestationSigner::NeedSigner() {
  TRY_VOID(NeedCa());
  if (!kept_.Read()->signer) TRY_VOID(LoadSigner());
  const Kept kept = *kept_.Read();
  if (IsFresh(kept)) return {};
  auto made = MakeSigner();
  if (!made && IsGood(kept)) return {};  // Refresh() tells of it
  return made;
}

// Leaves no signer if there is none that is good.
Result<void> AttestationSigner::LoadSigner() {
  TRY(const auto certificate, folder_.Read(kSignerCertificate));
  TRY(const auto key, folder_.Read(kSignerKey));
  if (!certificate || !key) return {};
  const std::string pem(certificate->RevealSecret());
  const auto facts = ReadCertificate(pem);
  if (!facts || !HasNames(*facts, names_)) return {};
  auto signer = CmsSigner::Parse(pem + ca_.certificate_pem, *key);
  if (!signer) return {};  // a crash came between writing the two
  TRY(const std::string probe, (*signer)->Sign("probe"));
  if (!VerifyCms(probe, ca_.certificate_pem, clock_.Now())) return {};
  Keep(*std::move(signer), facts->not_after);
  return {};
}

Result<void> AttestationSigner::MakeSigner() {
  TRY(const MadeCertificate made, IssueDocumentSigner(ca_, names_, clock_.Now()));
  TRY(const CertificateFacts facts, ReadCertificate(made.certificate_pem));
  TRY(auto signer, CmsSigner::Parse(made.certificate_pem + ca_.certificate_pem, made.key_pem));
  TRY_VOID(folder_.Write(kSignerKey, made.key_pem.RevealSecret()));
  TRY_VOID(folder_.Write(kSignerCertificate, made.certificate_pem));
  Keep(std::move(signer), facts.not_after);
  return {};
}

void AttestationSigner::Keep(std::shared_ptr<const CmsSigner> signer, Time end) {
  kept_.Publish(std::make_shared<const Kept>(Kept{std::move(signer), end}));
}

}  // namespace openimds
