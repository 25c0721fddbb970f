// SPDX-License-Identifier: Apache-2.0
#include "frontends/control/routes.h"

#include <unistd.h>

#include <string>

#include "base/reasons.h"
#include "frontends/control/control_test_fixture.h"
#include "frontends/control/wire.h"
#include "http/error_status.h"

namespace openimds::control {
namespace {

using testing::HasSubstr;

class RoutesTest : public ControlTest {
 protected:
  void SetUp() override {
    ControlTest::SetUp();
    router_ = ControlRoutes(*operations_, log_);
  }

  static Peer UnixPeerWith(uid_t uid) {
    Peer peer;
    peer.unix_peer = UnixPeer{uid, 0, 4711};
    return peer;
  }

  // What the server would send: a deferred answer is worked out here and now.
  http::Response Send(std::string_view method, std::string_view path, std::string_view body,
                      const Peer& peer) {
    const http::Request request{method, path, "", {}, body, peer};
    http::Reply reply = router_->Route(request);
    deferred_ = std::holds_alternative<http::Deferred>(reply);
    return deferred_ ? std::get<http::Deferred>(reply).work() : std::get<http::Response>(reply);
  }
  static std::string BodyOf(const http::Response& response) {
    return std::get<std::string>(response.body);
  }

  Log log_{LogLevel::kError, LogFormat::kText};
  std::shared_ptr<const http::Router> router_;
  bool deferred_ = false;
};

TEST_F(RoutesTest, RunsAnOperationOffTheIoThread) {
  const auto response =
      Send("POST", "/v1/operations/identity.create", R"({"name":"web"})", UnixPeerWith(geteuid()));
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(deferred_);
  EXPECT_EQ(BodyOf(response), Answer("identity.show", R"({"identity":"web"})"));
}

TEST_F(RoutesTest, TakesAnEmptyBodyAsNoArguments) {
  EXPECT_EQ(Send("POST", "/v1/operations/machine.list", "", UnixPeerWith(0)).status, 200);
}

TEST_F(RoutesTest, RefusesOtherUsersAndTcpAndRunsNothing) {
  for (const Peer& peer : {UnixPeerWith(geteuid() + 1), Peer{}}) {
    const auto response = Send("POST", "/v1/operations/identity.create", R"({"name":"web"})", peer);
    EXPECT_EQ(response.status, 403);
    EXPECT_THAT(BodyOf(response), HasSubstr(R"("code":"caller.peer_not_allowed")"));
    EXPECT_FALSE(deferred_);
  }
  EXPECT_THAT(Run("identity.show", R"({"identity":"web"})"), FailsWith(reasons::kNotFound));
}

TEST_F(RoutesTest, AnswersRefusalsWithTheStatusOfTheirKind) {
  const struct {
    const char* path;
    const char* body;
    int status;
    std::string_view code;
  } cases[] = {
      {"/v1/operations/identity.show", R"({"identity":"nobody"})", 404, reasons::kNotFound},
      {"/v1/operations/identity.show", "{}", 400, reasons::kArgumentInvalid},
      {"/v1/operations/identity.show", "[]", 400, reasons::kMalformedRequest},
      {"/v1/operations/identity.show", "{", 400, reasons::kMalformedRequest},
      {"/v1/operations/identity.show", R"({"identity":"a","identity":"b"})", 400,
       reasons::kMalformedRequest},
      {"/v1/operations/identity.create", R"({"name":"openimds-identity"})", 409, reasons::kExists},
      {"/v1/operations/identity.lst", "{}", 404, reasons::kNoSuchPath},
      {"/v1/operations/", "{}", 404, reasons::kNoSuchPath},
      {"/V1/operations/identity.list", "{}", 404, reasons::kNoSuchPath},
  };
  for (const auto& it : cases) {
    const auto response = Send("POST", it.path, it.body, UnixPeerWith(geteuid()));
    EXPECT_EQ(response.status, it.status) << it.path << " " << it.body;
    EXPECT_EQ(ReadError(response.status, BodyOf(response)).reason, it.code);
  }
  EXPECT_EQ(Send("GET", "/v1/operations/identity.list", "", UnixPeerWith(geteuid())).status, 405);
}

TEST(WireTest, ErrorsSurviveTheWay) {
  for (const ErrorKind kind :
       {ErrorKind::kInvalidRequest, ErrorKind::kUnauthorized, ErrorKind::kForbidden,
        ErrorKind::kNotFound, ErrorKind::kConflict, ErrorKind::kThrottled, ErrorKind::kUnavailable,
        ErrorKind::kInternal}) {
    const Error sent{kind, reasons::kExists, "a \"quoted\"\nmessage"};
    const Error got = ReadError(http::StatusOf(kind), RenderError(sent));
    EXPECT_EQ(got.kind, kind);
    EXPECT_EQ(got.reason, sent.reason);
    EXPECT_EQ(got.message, sent.message);
  }
}

TEST(WireTest, WhatIsNotOfThisProtocolIsNoServiceOfOurs) {
  for (const char* body :
       {"", "<html>", "[]", "{}", R"({"error":"x"})", R"({"error":{"code":1}})"}) {
    EXPECT_EQ(ReadError(404, body).reason, reasons::kNoService) << body;
  }
}

}  // namespace
}  // namespace openimds::control
