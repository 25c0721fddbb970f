// SPDX-License-Identifier: Apache-2.0
#include "extension/counted_reply.h"

#include <gmock/gmock.h>

#include <future>

#include "testing/answers.h"

namespace openimds::extension {
namespace {

class CountedReplyTest : public testing::Test {
 protected:
  // The answer, and what was noted before it.
  http::Response Ask(http::WorkerPool& pool, const http::Handler& answer) {
    Peer peer;
    peer.port = 4711;
    auto query = std::make_unique<std::string>("resource=x");
    const std::vector<http::Header> headers{{"Metadata", "true"}};
    auto reply = CountedReply(pool, [this](const Peer& caller) { noted_ = caller.port; }, answer,
                              {.method = "GET",
                               .path = "/oauth2/token",
                               .query = *query,
                               .headers = headers,
                               .body = {},
                               .peer = peer});
    query->assign("resource=y");  // the connection's buffer goes on to the next request
    auto answered = std::make_shared<std::promise<http::Response>>();
    std::get<http::Awaited>(reply).begin(
        [answered](http::Response response) { answered->set_value(std::move(response)); });
    return answered->get_future().get();
  }

  static http::Response Echo(const http::Request& request) {
    return http::Response::Json(
        200, std::string(request.query) + " " + std::string(*request.FindHeader("Metadata")));
  }

  std::uint16_t noted_ = 0;
  http::WorkerPool pool_{1, 8};
};

TEST_F(CountedReplyTest, NotesTheCallerAndAnswersWithACopyOfTheRequest) {
  const auto response = Ask(pool_, [this](const http::Request& request) -> http::Reply {
    EXPECT_EQ(noted_, 4711);
    return Echo(request);
  });
  EXPECT_EQ(BodyOf(response), "resource=x true");
}

TEST_F(CountedReplyTest, PassesOnEveryKindOfAnswer) {
  const auto deferred = Ask(pool_, [](const http::Request& request) -> http::Reply {
    return http::Deferred{[text = std::string(request.query)] {
                            return http::Response::Json(200, "deferred " + text);
                          },
                          http::Response::Json(503, "busy")};
  });
  EXPECT_EQ(BodyOf(deferred), "deferred resource=x");
  const auto awaited = Ask(pool_, [](const http::Request&) -> http::Reply {
    return http::Awaited{
        [](const http::Responder& respond) { respond(http::Response::Json(200, "awaited")); }};
  });
  EXPECT_EQ(BodyOf(awaited), "awaited");
}

TEST_F(CountedReplyTest, WhoCannotBeCountedIsAnsweredAllTheSame) {
  http::WorkerPool full{1, 0};
  EXPECT_EQ(
      BodyOf(Ask(full, [](const http::Request& request) -> http::Reply { return Echo(request); })),
      "resource=x true");
  EXPECT_EQ(noted_, 0);
  const auto busy = Ask(full, [](const http::Request&) -> http::Reply {
    return http::Deferred{[] { return http::Response::Json(200, "blocked the thread"); },
                          http::Response::Json(503, "busy")};
  });
  EXPECT_EQ(busy.status, 503);
}

}  // namespace
}  // namespace openimds::extension
