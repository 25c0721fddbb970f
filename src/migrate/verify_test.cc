// SPDX-License-Identifier: Apache-2.0
#include "migrate/verify.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/reasons.h"

namespace openimds::migrate {
namespace {

constexpr std::string_view kOld = "http://old/oauth2/token";
constexpr std::string_view kNew = "http://new/metadata/identity/oauth2/token";

std::string Base64Url(std::string_view bytes) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  unsigned bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) text.push_back(kLetters[(bits >> (count - 6)) & 63U]);
  }
  if (count > 0) text.push_back(kLetters[(bits << (6 - count)) & 63U]);
  return text;
}

std::string AnswerWith(const std::string& claims) {
  return "{\"access_token\":\"" + Base64Url(R"({"typ":"JWT","alg":"RS256","kid":"k"})") + "." +
         Base64Url(claims) + "." + Base64Url("signature") + "\"}";
}

// Answers by the beginning of the URL, and remembers what was asked.
class FakeEndpoints {
 public:
  std::map<std::string, std::string, std::less<>> answers;  // empty: refused
  std::vector<std::string> asked;

  AskEndpoint Ask() {
    return [this](const std::string& url) -> Result<Secret> {
      asked.push_back(url);
      const auto found = answers.find(url.substr(0, url.find('?')));
      if (found == answers.end()) {
        return Fail(ErrorKind::kUnavailable, reasons::kUpstreamRefused, "it said no");
      }
      return Secret(found->second);
    };
  }
};

constexpr char kClaims[] = R"({"aud":"a","sub":"s","tid":"t","exp":1})";

TEST(VerifyEndpoints, TakesTokensForEquivalentThatDifferInTimeOnly) {
  FakeEndpoints endpoints;
  endpoints.answers[std::string(kOld)] = AnswerWith(kClaims);
  endpoints.answers[std::string(kNew)] = AnswerWith(R"({"aud":"a","sub":"s","tid":"t","exp":2})");
  const auto result = VerifyEndpoints({"a", "", ""}, kOld, kNew, endpoints.Ask());
  EXPECT_TRUE(result.is_equivalent()) << result.problem;
  EXPECT_EQ(result.new_token->subject, "s");
}

TEST(VerifyEndpoints, AsksBothForTheSameIdentityAndTheNewOneWithAVersion) {
  FakeEndpoints endpoints;
  VerifyEndpoints({"https://a b/", "client_id", "c"}, kOld, kNew, endpoints.Ask());
  EXPECT_EQ(endpoints.asked,
            (std::vector<std::string>{
                std::string(kOld) + "?resource=https%3A%2F%2Fa+b%2F&client_id=c",
                std::string(kNew) +
                    "?api-version=2018-02-01&resource=https%3A%2F%2Fa+b%2F&client_id=c"}));
}

TEST(VerifyEndpoints, NamesWhatDiffers) {
  for (const auto& [claims, word] :
       std::map<std::string, std::string>{{R"({"aud":"b","sub":"s","tid":"t"})", "audiences"},
                                          {R"({"aud":"a","sub":"x","tid":"t"})", "identities"},
                                          {R"({"aud":"a","sub":"s","tid":"x"})", "tenants"}}) {
    FakeEndpoints endpoints;
    endpoints.answers[std::string(kOld)] = AnswerWith(kClaims);
    endpoints.answers[std::string(kNew)] = AnswerWith(claims);
    const auto result = VerifyEndpoints({"a", "", ""}, kOld, kNew, endpoints.Ask());
    EXPECT_NE(result.problem.find(word), std::string::npos) << result.problem;
  }
}

TEST(VerifyEndpoints, TwoRefusalsAreNotEquivalent) {
  FakeEndpoints endpoints;
  const auto result = VerifyEndpoints({"a", "", ""}, kOld, kNew, endpoints.Ask());
  EXPECT_EQ(result.problem, "no token from the new endpoint: it said no");
}

TEST(VerifyEndpoints, NonsenseIsNoToken) {
  for (const std::string body : {"", "[]", "{}", "{\"access_token\":\"a.b.c\"}"}) {
    FakeEndpoints endpoints;
    endpoints.answers[std::string(kOld)] = AnswerWith(kClaims);
    endpoints.answers[std::string(kNew)] = body;
    EXPECT_FALSE(VerifyEndpoints({"a", "", ""}, kOld, kNew, endpoints.Ask()).is_equivalent());
  }
}

}  // namespace
}  // namespace openimds::migrate
