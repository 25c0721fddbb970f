// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <gmock/gmock.h>

#include <thread>

#include "base/reasons.h"
#include "http/server_test_fixture.h"
#include "testing/matchers.h"

namespace openimds::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  Start({});
  RawClient client(address_);
  client.Send(Get("/hello?1") + Get("/hello?2") + Get("/hello?3", "Connection: close\r\n"));
  const std::string all = client.ReadToEnd();
  const auto first = all.find("hello 1"), second = all.find("hello 2"), third = all.find("hello 3");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos);
}

TEST_F(ServerTest, RequestsThatArriveInPiecesAndStraddleTheBufferAreServed) {
  Start({.max_header_bytes = 512});
  RawClient client(address_);
  // Many small requests in sends that cut them anywhere: the buffer's end falls inside headers.
  std::string bytes;
  for (int i = 0; i < 400; ++i) bytes += Get("/hello?" + std::to_string(i));
  bytes += Get("/hello?last", "Connection: close\r\n");
  std::thread sender([&] {
    for (std::size_t at = 0; at < bytes.size(); at += 97) client.Send(bytes.substr(at, 97));
  });
  const std::string all = client.ReadToEnd();
  sender.join();
  for (int i = 0; i < 400; ++i) {
    ASSERT_THAT(all, HasSubstr("hello " + std::to_string(i)));
  }
  EXPECT_THAT(all, HasSubstr("hello last"));
}

TEST_F(ServerTest, ABodyLargerThanTheBufferIsReadWhole) {
  Start({.max_header_bytes = 512, .max_body_bytes = 100'000});
  RawClient client(address_);
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
      "90000\r\n\r\n");
  client.Send(std::string(90'000, 'b'));
  EXPECT_THAT(client.ReadToEnd(), HasSubstr("<" + std::string(90'000, 'b') + ">"));
}

TEST_F(ServerTest, AnAnswerLargerThanTheSocketsBufferArrivesWhole) {
  Start({});
  RawClient client(address_);
  client.Send(Get("/large") + Get("/large", "Connection: close\r\n"));
  const std::string all = client.ReadToEnd();
  EXPECT_GT(all.size(), 2'000'000U);
  EXPECT_EQ(all.substr(all.size() - 3), "END");
}

TEST_F(ServerTest, HeadSaysTheLengthAndSendsNoBody) {
  Start({});
  RawClient client(address_);
  client.Send("HEAD /hello?x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string all = client.ReadToEnd();
  EXPECT_THAT(all, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_EQ(all.substr(all.size() - 4), "\r\n\r\n");
}

TEST_F(ServerTest, Http10EndsUnlessAskedToStay) {
  Start({});
  RawClient client(address_);
  client.Send(
      "GET /hello?1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /hello?2 HTTP/1.0\r\n\r\n");
  const std::string all = client.ReadToEnd();
  EXPECT_THAT(all, HasSubstr("hello 1"));
  EXPECT_THAT(all, HasSubstr("hello 2"));
}

TEST_F(ServerTest, Attack25AClientThatWaitsForContinueIsToldTo) {
  Start({});
  RawClient client(address_);
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
      "2\r\n\r\n");
  EXPECT_THAT(client.ReadUntil("100 Continue\r\n\r\n"), StartsWith("HTTP/1.1 100 Continue"));
  client.Send("ab");
  EXPECT_THAT(client.ReadUntil("<ab>"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(ServerTest, ARefusalEndsTheConnectionAndWhatFollowsIsNotServed) {
  Start({});
  RawClient client(address_);
  client.Send("GET /hello HTTP/1.1\r\nHost: localhost\r\nA : b\r\n\r\n" + Get("/hello?smuggled"));
  const std::string all = client.ReadToEnd();
  EXPECT_THAT(all, StartsWith("HTTP/1.1 400 Bad Request"));
  EXPECT_THAT(all, HasSubstr("Connection: close"));
  EXPECT_THAT(all, Not(HasSubstr("smuggled")));
}

TEST_F(ServerTest, AForeignHostOrAuthorityIsRefused) {
  Start({});
  RawClient rebound(address_);
  rebound.Send("GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_THAT(rebound.ReadToEnd(), StartsWith("HTTP/1.1 400"));
  RawClient proxied(address_);
  proxied.Send("GET http://evil.example/hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(proxied.ReadToEnd(), StartsWith("HTTP/1.1 421"));
  RawClient tunnel(address_);
  tunnel.Send("CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(tunnel.ReadToEnd(), StartsWith("HTTP/1.1 405"));
}

TEST_F(ServerTest, AHandlerThatThrowsIsAnsweredForWithoutDetails) {
  Start({});
  RawClient client(address_);
  client.Send(Get("/throws", "Connection: close\r\n"));
  const std::string all = client.ReadToEnd();
  EXPECT_THAT(all, StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(all, Not(HasSubstr("on purpose")));
}

TEST_F(ServerTest, WhatWaitsDoesNotHoldUpOthersAndKeepsItsPlaceInThePipeline) {
  Start({.io_threads = 1});
  RawClient slow(address_);
  slow.Send(Get("/later?a") + Get("/hello?after", "Connection: close\r\n"));
  entered_.get_future().wait();
  RawClient other(address_);
  other.Send(Get("/hello?other", "Connection: close\r\n"));
  EXPECT_THAT(other.ReadToEnd(), HasSubstr("hello other"));
  gate_.set_value();
  const std::string all = slow.ReadToEnd();
  EXPECT_LT(all.find("late a"), all.find("hello after"));
  EXPECT_NE(all.find("hello after"), std::string::npos);
}

TEST_F(ServerTest, AFullQueueIsAnsweredAtOnce) {
  Start({.worker_threads = 1, .worker_queue = 0});
  RawClient client(address_);
  client.Send(Get("/later?a", "Connection: close\r\n"));
  EXPECT_THAT(client.ReadToEnd(), HasSubstr("busy"));
}

TEST_F(ServerTest, StoppingFinishesWhatBeganAndEndsWhatIsIdle) {
  Start({.io_threads = 2});
  RawClient idle(address_);
  idle.Send(Get("/hello?idle"));
  idle.ReadUntil("hello idle");
  RawClient busy(address_);
  busy.Send(Get("/later?busy"));
  entered_.get_future().wait();
  std::thread stopper([&] { server_->Stop(); });
  EXPECT_EQ(idle.ReadToEnd(), "");
  gate_.set_value();
  EXPECT_THAT(busy.ReadToEnd(), HasSubstr("late busy"));
  stopper.join();
}

TEST_F(ServerTest, Attack26OnePeerCannotTakeAllConnections) {
  Start({.io_threads = 1, .max_connections_per_peer = 2});
  RawClient one(address_), two(address_);
  one.Send(Get("/hello?1"));
  one.ReadUntil("hello 1");
  two.Send(Get("/hello?2"));
  two.ReadUntil("hello 2");
  RawClient three(address_);
  EXPECT_EQ(three.ReadToEnd(), "");
}

TEST_F(ServerTest, ASecondServerOnTheSameAddressIsRefused) {
  Start({});
  Server second({}, log_);
  EXPECT_THAT(second.Listen({address_, nullptr, {}}), FailsWith(reasons::kAddressInUse));
}

}  // namespace
}  // namespace openimds::http
