// SPDX-License-Identifier: Apache-2.0
#include "crypto/cms.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/certificate_maker.h"
#include "crypto/digest.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using std::chrono::hours;

const Time kNow = FromUnixSeconds(1'780'000'000);
constexpr char kContent[] = R"({"nonce":"1234567890"})";

// A root and what it issued: RSA keys take a while, so they are made once.
struct Issued {
  MadeCertificate root, signer, server;

  static Issued Make() {
    Issued made;
    made.root = *MakeDocumentCa("root", kNow);
    made.signer = *IssueDocumentSigner(made.root, {"metadata.example", "*.metadata.example"}, kNow);
    made.server = *IssueServerCertificate(made.root, {"localhost"}, kNow);
    return made;
  }
};

const Issued& Ours() {
  static const Issued issued = Issued::Make();
  return issued;
}
const Issued& Theirs() {
  static const Issued issued = Issued::Make();
  return issued;
}

std::string SignedBy(const MadeCertificate& signer, const MadeCertificate& root,
                     std::string_view content = kContent) {
  const auto made = CmsSigner::Parse(signer.certificate_pem + root.certificate_pem, signer.key_pem);
  return *(*made)->Sign(content);
}

std::string DerOf(const std::string& pem) {
  std::string base64, der;
  for (const std::string_view line : Split(pem, '\n')) {
    if (!line.starts_with('-')) base64.append(line);
  }
  return Base64Decode(base64, &der) ? der : std::string();
}

auto Verify(std::string_view der, Time now = kNow) {
  return VerifyCms(der, Ours().root.certificate_pem, now);
}

TEST(CmsTest, WhatWasSignedIsBelievedAndGivenBack) {
  const auto verified = Verify(SignedBy(Ours().signer, Ours().root));
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->content, kContent);
  EXPECT_EQ(verified->signer, "CN=metadata.example");
}

TEST(CmsTest, NoByteOfTheMessageCanBeChangedUnnoticed) {
  const std::string der = SignedBy(Ours().signer, Ours().root);
  for (std::size_t i = 0; i < der.size(); ++i) {
    std::string changed = der;
    changed[i] = static_cast<char>(changed[i] ^ 0x01);
    const auto verified = Verify(changed);
    // A byte that nothing depends on (in the copy of the root) may go unnoticed; then all that is
    // believed is what was signed.
    if (verified) {
      EXPECT_EQ(verified->content, kContent) << i;
    }
  }
  std::string changed = der;
  changed.replace(changed.find("1234567890"), 1, "9");
  EXPECT_THAT(Verify(changed), FailsWith(reasons::kAttestationSignature));
}

TEST(CmsTest, AnotherRootsSignerIsNotBelieved) {
  EXPECT_THAT(Verify(SignedBy(Theirs().signer, Theirs().root)),
              FailsWith(reasons::kAttestationChain));
  // Not even with our root, and our own signer, in the message (attacks.md 37).
  const auto swapped = CmsSigner::Parse(
      Theirs().signer.certificate_pem + Ours().signer.certificate_pem + Ours().root.certificate_pem,
      Theirs().signer.key_pem);
  ASSERT_THAT(swapped, IsOk());
  EXPECT_THAT(Verify(*(*swapped)->Sign(kContent)), FailsWith(reasons::kAttestationChain));
}

TEST(CmsTest, OurOwnServerIsNoSignerOfDocuments) {
  EXPECT_THAT(Verify(SignedBy(Ours().server, Ours().root)), FailsWith(reasons::kAttestationSigner));
}

TEST(CmsTest, ASignerIsBelievedOnlyWhileItsCertificateIsGood) {
  const std::string der = SignedBy(Ours().signer, Ours().root);
  EXPECT_THAT(Verify(der, kNow + hours{24 * 89}), IsOk());
  EXPECT_THAT(Verify(der, kNow + hours{24 * 91}), FailsWith(reasons::kAttestationSignerTime));
  EXPECT_THAT(Verify(der, kNow - hours{2}), FailsWith(reasons::kAttestationSignerTime));
}

TEST(CmsTest, WhatIsNoMessageIsRefused) {
  const std::string der = SignedBy(Ours().signer, Ours().root);
  for (const std::string& bad :
       {std::string(), std::string("x"), der + "x", der.substr(0, der.size() - 1),
        std::string(2 << 20, '0'), std::string("\x30\x80", 2)}) {
    EXPECT_THAT(Verify(bad), FailsWith(reasons::kAttestationMalformed)) << bad.size();
  }
  EXPECT_THAT(VerifyCms(der, "no certificate", kNow), FailsWith(reasons::kArgumentInvalid));
}

TEST(CmsTest, TheSignerStandsFirstAmongTheCertificates) {
  // DER sorts them, and recipes for Azure's documents look at the first one.
  const std::string der = SignedBy(Ours().signer, Ours().root);
  const std::size_t signer = der.find(DerOf(Ours().signer.certificate_pem));
  const std::size_t root = der.find(DerOf(Ours().root.certificate_pem));
  ASSERT_NE(root, std::string::npos);
  EXPECT_LT(signer, root);
}

TEST(CmsTest, AKeyMustBeThatOfTheCertificate) {
  EXPECT_THAT(CmsSigner::Parse(Ours().signer.certificate_pem, Theirs().signer.key_pem),
              FailsWith(reasons::kCryptoFailed));
  EXPECT_THAT(CmsSigner::Parse("", Ours().signer.key_pem), FailsWith(reasons::kCryptoFailed));
}

}  // namespace
}  // namespace openimds
