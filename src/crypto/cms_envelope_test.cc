// SPDX-License-Identifier: Apache-2.0
#include "crypto/cms_envelope.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/cms_envelope_maker.h"
#include "testing/matchers.h"
#include "testing/sample_certificate.h"

namespace openimds {
namespace {

constexpr char kPlain[] = R"({"secret":"s3cr3t"})";

const SampleCertificate& Ours() {
  static const SampleCertificate made = MakeSampleCertificate();
  return made;
}

auto Open(std::string_view der) {
  return OpenCmsEnvelope(der, Ours().certificate, Secret(Ours().key));
}

TEST(CmsEnvelopeTest, TheOwnerOfTheKeyReadsWhatIsInside) {
  const auto opened = Open(MakeCmsEnvelope(Ours().certificate, kPlain));
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(opened->RevealSecret(), kPlain);
}

TEST(CmsEnvelopeTest, EveryByteOfTheContentComesBack) {
  std::string bytes = "\n\r\n.\n";
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  const auto opened = Open(MakeCmsEnvelope(Ours().certificate, bytes));
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(opened->RevealSecret(), bytes);
}

TEST(CmsEnvelopeTest, AnEnvelopeForAnotherIsRefused) {
  const SampleCertificate other = MakeSampleCertificate();
  EXPECT_THAT(Open(MakeCmsEnvelope(other.certificate, kPlain)),
              FailsWith(reasons::kCredentialInvalid));
}

TEST(CmsEnvelopeTest, WhatIsNoEnvelopeIsRefused) {
  const std::string good = MakeCmsEnvelope(Ours().certificate, kPlain);
  for (const std::string& bytes : {std::string(), std::string("x"), good.substr(0, good.size() - 1),
                                   good + "x", good.substr(1), std::string(1 << 20, '\x30')}) {
    EXPECT_THAT(Open(bytes), FailsWith(reasons::kCredentialInvalid)) << bytes.size();
  }
}

TEST(CmsEnvelopeTest, WithoutAKeyOrACertificateNothingIsOpened) {
  const std::string good = MakeCmsEnvelope(Ours().certificate, kPlain);
  EXPECT_THAT(OpenCmsEnvelope(good, Ours().certificate, Secret("no key")),
              FailsWith(reasons::kCredentialInvalid));
  EXPECT_THAT(OpenCmsEnvelope(good, "no certificate", Secret(Ours().key)),
              FailsWith(reasons::kCredentialInvalid));
}

}  // namespace
}  // namespace openimds
