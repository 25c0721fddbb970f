// SPDX-License-Identifier: Apache-2.0
#include "crypto/secret_hash.h"

#include <gmock/gmock.h>

namespace openimds {
namespace {

TEST(SecretHashTest, MatchesTheSecretAndNothingElse) {
  const std::string hash = HashSecret(Secret("correct horse"));
  EXPECT_THAT(hash, testing::Not(testing::HasSubstr("correct")));
  EXPECT_TRUE(SecretMatches(Secret("correct horse"), hash));
  EXPECT_FALSE(SecretMatches(Secret("correct horse "), hash));
  EXPECT_FALSE(SecretMatches(Secret(""), hash));
}

TEST(SecretHashTest, TwoHashesOfOneSecretDiffer) {
  EXPECT_NE(HashSecret(Secret("x")), HashSecret(Secret("x")));
}

TEST(SecretHashTest, ATextThatIsNoHashMatchesNothing) {
  const std::string hash = HashSecret(Secret(""));
  for (const std::string& text :
       {std::string(), std::string("scrypt$16384$8$1$$"), std::string("x"),
        hash.substr(0, hash.size() - 1), "scrypt$1048576$8$1$" + hash.substr(17), hash + "$"}) {
    EXPECT_FALSE(SecretMatches(Secret(""), text)) << text;
  }
  EXPECT_TRUE(SecretMatches(Secret(""), hash));
}

}  // namespace
}  // namespace openimds
