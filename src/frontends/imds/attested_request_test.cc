// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/attested_request.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "frontends/imds/api_version.h"
#include "testing/matchers.h"

namespace openimds::imds {
namespace {

std::string With(const std::string& rest) { return "api-version=2020-09-01" + rest; }

TEST(AttestedRequestTest, ANonceIsUpTo32LettersAndDigits) {
  for (const std::string& nonce : {std::string("1"), std::string("1234567890"),
                                   std::string("abcXYZ09"), std::string(32, 'z')}) {
    const auto question = ParseAttestedRequest(With("&nonce=" + nonce));
    ASSERT_THAT(question, IsOk());
    EXPECT_EQ(question->nonce, nonce);
  }
  EXPECT_EQ(ParseAttestedRequest(With("&nonce=%31%32"))->nonce, "12");
  EXPECT_EQ(ParseAttestedRequest(With("&Nonce=***"))->nonce, std::nullopt);
}

TEST(AttestedRequestTest, AnotherNonceIsRefused) {
  for (const std::string& nonce :
       {std::string(), std::string("***bad***"), std::string("20201130-211924"),
        std::string(33, '1'), std::string("1+2"), std::string("1%002"), std::string("%C3%A4")}) {
    EXPECT_THAT(ParseAttestedRequest(With("&nonce=" + nonce)), FailsWith(reasons::kNonceInvalid))
        << nonce;
  }
}

TEST(AttestedRequestTest, EveryVersionSinceTheFirstIsServed) {
  for (const std::string_view version : ApiVersions()) {
    const auto question = ParseAttestedRequest("api-version=" + std::string(version));
    if (version < "2018-10-01") {
      EXPECT_THAT(question, FailsWith(reasons::kApiVersionUnknown)) << version;
    } else {
      ASSERT_THAT(question, IsOk()) << version;
      EXPECT_EQ(ApiVersions()[question->version], version);
    }
  }
}

TEST(AttestedRequestTest, WhatElseIsWrong) {
  EXPECT_THAT(ParseAttestedRequest("nonce=1"), FailsWith(reasons::kApiVersionMissing));
  EXPECT_THAT(ParseAttestedRequest(With("&format=text")), FailsWith(reasons::kFormatInvalid));
  EXPECT_THAT(ParseAttestedRequest(With("&format=JSON&x=y")), IsOk());
  EXPECT_THAT(ParseAttestedRequest(With("&nonce=1&nonce=1")),
              FailsWith(reasons::kDuplicateParameter));
}

}  // namespace
}  // namespace openimds::imds
