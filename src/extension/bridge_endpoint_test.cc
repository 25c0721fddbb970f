// SPDX-License-Identifier: Apache-2.0
#include "extension/bridge_endpoint.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/answers.h"
#include "testing/matchers.h"

namespace openimds::extension {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// IMDS as a test wants it; keeps what it was asked.
class FakeImds final : public http::Outbound {
 public:
  Result<http::OutboundResponse> Send(const http::OutboundRequest& request) override {
    urls.push_back(request.url);
    headers = request.headers;
    if (failure) return tl::unexpected<Error>(*failure);
    return http::OutboundResponse{status, "application/json", std::nullopt, Secret(body)};
  }

  int status = 200;
  std::string body = R"({"access_token":"eyJ0","client_id":"c","expires_in":"5","expires_on":"17",)"
                     R"("not_before":"11","resource":"https://r","token_type":"Bearer"})";
  std::optional<Error> failure;
  std::vector<std::string> urls;
  std::vector<std::pair<std::string, std::string>> headers;
};

Peer LocalPeer(std::optional<uid_t> user = std::nullopt) {
  Peer peer;
  peer.address = *IpAddress::Parse("127.0.0.1");
  peer.local_user = user;
  return peer;
}

class BridgeEndpointTest : public testing::Test {
 protected:
  http::Response Ask(std::string_view query, std::string_view method = "GET",
                     std::string_view body = "", std::optional<uid_t> user = std::nullopt) {
    const Peer peer = LocalPeer(user);
    const std::vector<http::Header> headers{{"Metadata", "true"}};
    http::Reply reply = endpoint_.HandleToken({.method = method,
                                               .path = "/oauth2/token",
                                               .query = query,
                                               .headers = headers,
                                               .body = body,
                                               .peer = peer});
    if (auto* deferred = std::get_if<http::Deferred>(&reply)) return deferred->work();
    return std::get<http::Response>(std::move(reply));
  }
  void AllowOnly(std::vector<LocalUserRule> rules) {
    target_.Publish(std::make_shared<const BridgeTarget>(
        BridgeTarget{"http://169.254.169.254", imds_, std::move(rules)}));
  }

  Log log_{LogLevel::kError, LogFormat::kJson};
  AuditTrail audit_{log_};
  const std::shared_ptr<FakeImds> imds_ = std::make_shared<FakeImds>();
  Published<BridgeTarget> target_{
      std::make_shared<const BridgeTarget>(BridgeTarget{"http://169.254.169.254", imds_, {}})};
  const BridgeEndpoint endpoint_{target_, audit_};
};

TEST_F(BridgeEndpointTest, AnswersInTheOldShape) {
  const auto response = Ask("resource=https://r");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(BodyOf(response), R"({"access_token":"eyJ0","refresh_token":"","expires_in":"5",)"
                              R"("expires_on":"17","not_before":"11","resource":"https://r",)"
                              R"("token_type":"Bearer"})");
  EXPECT_THAT(imds_->urls, ElementsAre("http://169.254.169.254/metadata/identity/oauth2/token"
                                       "?api-version=2018-02-01&resource=https%3A%2F%2Fr"));
  EXPECT_THAT(imds_->headers, testing::Contains(Pair("Metadata", "true")));
}

TEST_F(BridgeEndpointTest, AFormBecomesAQueryAndAnEmptySelectorNone) {
  EXPECT_EQ(Ask("", "POST", "resource=https://r&client_id=&authority=x").status, 200);
  EXPECT_EQ(Ask("", "POST", "resource=https://r,client_id=c1").status, 200);
  EXPECT_THAT(imds_->urls,
              ElementsAre(HasSubstr("resource=https%3A%2F%2Fr"), HasSubstr("&client_id=c1")));
}

TEST_F(BridgeEndpointTest, RefusesByTheOldRulesWithoutAskingAnybody) {
  EXPECT_EQ(Ask("").status, 400);
  EXPECT_EQ(Ask("resource=https://r&clientid=x").status, 400);
  EXPECT_EQ(Ask("resource=https://r&client_id=x&object_id=y").status, 400);
  EXPECT_THAT(imds_->urls, ElementsAre());
}

TEST_F(BridgeEndpointTest, WordsRefusalsOfImdsAsTheExtensionDid) {
  imds_->status = 400;
  imds_->body = R"({"error":"invalid_resource","error_description":)"
                R"("AADSTS500011: The resource principal named https://r was not found"})";
  const auto response = Ask("resource=https://r");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(BodyOf(response), HasSubstr(R"("error":"invalid_resource")"));
  EXPECT_THAT(BodyOf(response), HasSubstr("AADSTS50001: The application named https://r"));
}

TEST_F(BridgeEndpointTest, TroubleOfImdsIsSaidToPass) {
  imds_->status = 410;
  EXPECT_EQ(Ask("resource=https://r").status, 503);
  imds_->status = 429;
  EXPECT_EQ(Ask("resource=https://r").status, 429);
  imds_->failure = Error{ErrorKind::kUnavailable, reasons::kUpstreamConnect, "169.254.169.254: no"};
  const auto response = Ask("resource=https://r");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.headers, testing::Contains(Pair("Retry-After", "1")));
}

TEST_F(BridgeEndpointTest, AUserWithoutARuleGetsNothing) {
  AllowOnly({{33, {}}});
  EXPECT_EQ(Ask("resource=https://r", "GET", "", 33).status, 200);
  EXPECT_EQ(Ask("resource=https://r", "GET", "", 34).status, 400);
  EXPECT_EQ(Ask("resource=https://r").status, 400);  // the kernel does not say who
  EXPECT_EQ(imds_->urls.size(), 1U);
}

TEST(CallerRulesTest, AnIdentityIsWhatTheQuestionNames) {
  const std::vector<LocalUserRule> rules{{33, {"system", "/subscriptions/S/x", "c1"}}};
  const auto check = [&](const IdentitySelector& selector) {
    return CheckRules(rules, LocalPeer(33), selector);
  };
  EXPECT_THAT(check({}), IsOk());
  EXPECT_THAT(check({.client_id = "C1"}), IsOk());
  EXPECT_THAT(check({.object_id = "c1"}), IsOk());
  EXPECT_THAT(check({.resource_id = "subscriptions/s/X"}), IsOk());
  EXPECT_THAT(check({.client_id = "c2"}), FailsWith(reasons::kIdentityNotFound));
  EXPECT_THAT(check({.client_id = "system"}), IsOk());  // no identity has that client id
  EXPECT_THAT(CheckRules({{33, {"c1"}}}, LocalPeer(33), {}), FailsWith(reasons::kIdentityNotFound));
}

TEST(CallerRulesTest, TheFirstRuleThatFitsCounts) {
  const std::vector<LocalUserRule> rules{{33, {"c1"}}, {std::nullopt, {}}};
  EXPECT_THAT(CheckRules(rules, LocalPeer(33), {}), FailsWith(reasons::kIdentityNotFound));
  EXPECT_THAT(CheckRules(rules, LocalPeer(34), {}), IsOk());
}

}  // namespace
}  // namespace openimds::extension
