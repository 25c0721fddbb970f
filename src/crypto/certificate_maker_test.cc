// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_maker.h"

#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/reasons.h"
#include "crypto/openssl_ptr.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Time kNow = FromUnixSeconds(1'764'000'000);

OpenSslPtr<X509> Parse(const std::string& pem) {
  const OpenSslPtr<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return OpenSslPtr<X509>(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

// What `openssl verify -x509_strict -purpose sslserver -verify_hostname …` says: 0 is good.
int Verify(const MadeCertificate& ca, const MadeCertificate& server, const char* host, Time at) {
  const auto root = Parse(ca.certificate_pem), leaf = Parse(server.certificate_pem);
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                      X509_STORE_free);
  X509_STORE_add_cert(store.get(), root.get());
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(
      X509_STORE_CTX_new(), X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
  X509_VERIFY_PARAM* const rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
  X509_VERIFY_PARAM_set_time(rules, ToUnixSeconds(at));
  X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_SERVER);
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, host) != 1) X509_VERIFY_PARAM_set1_host(rules, host, 0);
  X509_verify_cert(context.get());
  ERR_clear_error();
  return X509_STORE_CTX_get_error(context.get());
}

class CertificateMakerTest : public testing::Test {
 protected:
  MadeCertificate Issue(const std::vector<std::string>& names) {
    auto made = IssueServerCertificate(ca_, names, kNow);
    EXPECT_THAT(made, IsOk());
    return *std::move(made);
  }

  const MadeCertificate ca_ = *MakeCa("OpenIMDS test authority", kNow);
};

TEST_F(CertificateMakerTest, AServerPassesTheStrictChecksForEachOfItsNames) {
  const auto server = Issue({"localhost", "idp.example.org", "127.0.0.1", "[::1]"});
  for (const char* host : {"localhost", "idp.example.org", "127.0.0.1", "::1"}) {
    EXPECT_EQ(Verify(ca_, server, host, kNow), X509_V_OK) << host;
  }
  EXPECT_EQ(Verify(ca_, server, "other.example.org", kNow), X509_V_ERR_HOSTNAME_MISMATCH);
  EXPECT_EQ(Verify(ca_, server, "127.0.0.2", kNow), X509_V_ERR_IP_ADDRESS_MISMATCH);
}

TEST_F(CertificateMakerTest, ItHoldsFromAnHourAgoFor397Days) {
  const auto server = Issue({"localhost"});
  using std::chrono::hours;
  EXPECT_EQ(Verify(ca_, server, "localhost", kNow - hours(1)), X509_V_OK);
  EXPECT_EQ(Verify(ca_, server, "localhost", kNow - hours(2)), X509_V_ERR_CERT_NOT_YET_VALID);
  EXPECT_EQ(Verify(ca_, server, "localhost", kNow + hours(24 * 397 - 1)), X509_V_OK);
  EXPECT_EQ(Verify(ca_, server, "localhost", kNow + hours(24 * 397 + 1)),
            X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_F(CertificateMakerTest, AnotherAuthorityOfTheSameNameIsNotBelieved) {
  const auto other = *MakeCa("OpenIMDS test authority", kNow);
  EXPECT_NE(Verify(other, Issue({"localhost"}), "localhost", kNow), X509_V_OK);
}

TEST_F(CertificateMakerTest, AServersKeyIsNoAuthority) {
  const auto server = Issue({"localhost"});
  const auto below = IssueServerCertificate(server, {"victim.example"}, kNow);
  ASSERT_THAT(below, IsOk());
  EXPECT_NE(Verify(server, *below, "victim.example", kNow), X509_V_OK);
}

TEST_F(CertificateMakerTest, TheFactsAreThoseItWasIssuedWith) {
  const auto server = Issue({"idp.example.org", "127.0.0.1", "[0:0::1]"});
  const auto facts = ReadCertificate(server.certificate_pem);
  ASSERT_THAT(facts, IsOk());
  EXPECT_THAT(facts->names, ElementsAre("idp.example.org", "127.0.0.1", "::1"));
  EXPECT_EQ(facts->not_before, kNow - std::chrono::hours(1));
  EXPECT_EQ(facts->not_after, kNow + std::chrono::hours(24 * 397));
}

TEST_F(CertificateMakerTest, AnAuthoritysFactsHaveNoNames) {
  const auto facts = ReadCertificate(ca_.certificate_pem);
  ASSERT_THAT(facts, IsOk());
  EXPECT_TRUE(facts->names.empty());
  EXPECT_GT(facts->not_after, kNow + std::chrono::hours(24 * 365 * 9));
}

TEST_F(CertificateMakerTest, NamesThatAreNoneAreRefused) {
  for (const std::string name :
       {"", "two words", "a,DNS:victim.example", "https://x", "::1]", "x\n", "bücher.example"}) {
    EXPECT_THAT(IssueServerCertificate(ca_, {"localhost", name}, kNow),
                FailsWith(reasons::kCryptoFailed))
        << name;
  }
  EXPECT_THAT(IssueServerCertificate(ca_, {}, kNow), FailsWith(reasons::kCryptoFailed));
}

TEST_F(CertificateMakerTest, WhatIsNoCertificateIsRefusedWithoutQuotingIt) {
  const auto facts = ReadCertificate("secret words");
  EXPECT_THAT(facts, FailsWith(reasons::kCryptoFailed));
  EXPECT_THAT(facts.error().message, Not(HasSubstr("secret words")));
  const MadeCertificate mixed{ca_.certificate_pem, MakeCa("other", kNow)->key_pem};
  EXPECT_THAT(IssueServerCertificate(mixed, {"localhost"}, kNow),
              FailsWith(reasons::kCryptoFailed));
}

TEST_F(CertificateMakerTest, ALongNameFitsTheCertificate) {
  const std::string label(60, 'a');
  const std::string name = label + "." + label + "." + label + ".example";
  EXPECT_EQ(Verify(ca_, Issue({name}), name.c_str(), kNow), X509_V_OK);
}

}  // namespace
}  // namespace openimds
