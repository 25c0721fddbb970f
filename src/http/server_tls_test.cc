// SPDX-License-Identifier: Apache-2.0
// The same server over TLS, asked by OpenSSL's own client.
#include <gmock/gmock.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <thread>

#include "http/server_test_fixture.h"

namespace openimds::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Does not verify: the outbound client's tests do.
class TlsClient : private RawClient {
 public:
  explicit TlsClient(const ListenAddress& address, int version = TLS1_3_VERSION)
      : RawClient(address), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_max_proto_version(context_.get(), version);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_.get());
    EXPECT_EQ(SSL_connect(ssl_.get()), 1) << ERR_reason_error_string(ERR_peek_error());
  }

  void Send(std::string_view bytes) {
    ASSERT_EQ(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())),
              static_cast<int>(bytes.size()));
  }

  std::string ReadUntil(std::string_view enough) {
    std::string all;
    char buffer[4096];
    while (enough.empty() || all.find(enough) == std::string::npos) {
      const int size = SSL_read(ssl_.get(), buffer, sizeof buffer);
      if (size <= 0) break;
      all.append(buffer, static_cast<std::size_t>(size));
    }
    return all;
  }
  std::string ReadToEnd() { return ReadUntil({}); }

  // The server said that nothing is missing, and did not just go away.
  bool EndedCleanly() const { return SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN; }
  void SayDone() { SSL_shutdown(ssl_.get()); }
  const ASN1_INTEGER* Serial() const {
    return X509_get0_serialNumber(SSL_get0_peer_certificate(ssl_.get()));
  }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
};

class ServerTlsTest : public ServerTest {
 protected:
  void StartTls(ServerSettings settings = {}) { Start(settings, source_); }

  const TestAuthority authority_{};
  const std::shared_ptr<TlsContextSource> source_ = authority_.Source();
};

TEST_F(ServerTlsTest, OneConnectionServesManyRequestsInBothVersions) {
  StartTls();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(address_, version);
    client.Send(Get("/hello?1"));
    EXPECT_THAT(client.ReadUntil("hello 1"), StartsWith("HTTP/1.1 200 OK"));
    client.Send(Get("/hello?2", "Connection: close\r\n"));
    EXPECT_THAT(client.ReadToEnd(), HasSubstr("hello 2"));
    EXPECT_TRUE(client.EndedCleanly());
  }
}

TEST_F(ServerTlsTest, AnswersPipelinedRequestsInOrder) {
  StartTls();
  TlsClient client(address_);
  client.Send(Get("/hello?1") + Get("/hello?2") + Get("/hello?3", "Connection: close\r\n"));
  const std::string all = client.ReadToEnd();
  const auto first = all.find("hello 1"), second = all.find("hello 2"), third = all.find("hello 3");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos);
}

TEST_F(ServerTlsTest, RequestsThatStraddleRecordsAndTheBufferAreServed) {
  StartTls({.max_header_bytes = 512});
  std::string bytes;
  for (int i = 0; i < 400; ++i) bytes += Get("/hello?" + std::to_string(i));
  bytes += Get("/hello?last", "Connection: close\r\n");
  // Records of 97 bytes, and of all that fits: more plain text than the server's buffer holds.
  for (const std::size_t record : {std::size_t{97}, bytes.size()}) {
    TlsClient client(address_);
    for (std::size_t at = 0; at < bytes.size(); at += record) client.Send(bytes.substr(at, record));
    const std::string all = client.ReadToEnd();
    for (int i = 0; i < 400; ++i) ASSERT_THAT(all, HasSubstr("hello " + std::to_string(i)));
    EXPECT_THAT(all, HasSubstr("hello last"));
    EXPECT_TRUE(client.EndedCleanly());
  }
}

TEST_F(ServerTlsTest, ALargeBodyIsReadWhole) {
  StartTls({.max_header_bytes = 512, .max_body_bytes = 100'000});
  TlsClient client(address_);
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
      "90000\r\n\r\n");
  client.Send(std::string(90'000, 'b'));
  EXPECT_THAT(client.ReadToEnd(), HasSubstr("<" + std::string(90'000, 'b') + ">"));
}

TEST_F(ServerTlsTest, AnAnswerLargerThanTheSocketsBufferArrivesWhole) {
  StartTls();
  TlsClient client(address_);
  client.Send(Get("/large") + Get("/large", "Connection: close\r\n"));
  const std::string all = client.ReadToEnd();
  EXPECT_GT(all.size(), 2'000'000U);
  EXPECT_EQ(all.substr(all.size() - 3), "END");
  EXPECT_TRUE(client.EndedCleanly());
}

TEST_F(ServerTlsTest, WhatWaitsKeepsItsPlaceAndAClientThatIsDoneSendingGetsItsAnswer) {
  StartTls();
  TlsClient client(address_);
  client.Send(Get("/hello?before") + Get("/later?a") + Get("/hello?after"));
  client.SayDone();
  entered_.get_future().wait();
  gate_.set_value();
  const std::string all = client.ReadToEnd();
  EXPECT_LT(all.find("hello before"), all.find("late a"));
  EXPECT_LT(all.find("late a"), all.find("hello after"));
  EXPECT_THAT(all, HasSubstr("hello after"));
  EXPECT_TRUE(client.EndedCleanly());
}

TEST_F(ServerTlsTest, AClientThatWaitsForContinueIsToldTo) {
  StartTls();
  TlsClient client(address_);
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
      "2\r\n\r\n");
  EXPECT_THAT(client.ReadUntil("100 Continue\r\n\r\n"), StartsWith("HTTP/1.1 100 Continue"));
  client.Send("ab");
  EXPECT_THAT(client.ReadUntil("<ab>"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(ServerTlsTest, ARefusalArrivesEncryptedAndEndsTheConnection) {
  StartTls();
  TlsClient client(address_);
  client.Send("GET /hello HTTP/1.1\r\nHost: localhost\r\nA : b\r\n\r\n" + Get("/hello?smuggled"));
  const std::string all = client.ReadToEnd();
  EXPECT_THAT(all, StartsWith("HTTP/1.1 400 Bad Request"));
  EXPECT_THAT(all, Not(HasSubstr("smuggled")));
  EXPECT_TRUE(client.EndedCleanly());
}

TEST_F(ServerTlsTest, PlainHttpIsToldSo) {
  StartTls();
  RawClient client(address_);
  client.Send(Get("/hello?plain"));
  const std::string all = client.ReadToEnd();
  EXPECT_THAT(all, StartsWith("HTTP/1.1 400 Bad Request"));
  EXPECT_THAT(all, Not(HasSubstr("hello")));
}

TEST_F(ServerTlsTest, ForeignBytesEndTheConnection) {
  StartTls();
  RawClient foreign(address_);
  foreign.Send("SSH-2.0-OpenSSH_9.2\r\n");
  EXPECT_EQ(foreign.ReadToEnd(), "");
  RawClient mangled(address_);
  mangled.Send(std::string_view("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10));
  EXPECT_THAT(mangled.ReadToEnd(), StartsWith("\x15"));  // an alert
}

TEST_F(ServerTlsTest, HalfAHandshakeIsNotWaitedForLongerThanAHeader) {
  StartTls({.header_timeout = std::chrono::seconds(1)});
  RawClient client(address_);
  client.Send(std::string_view("\x16\x03\x01\x02\x00\x01\x00", 7));
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST_F(ServerTlsTest, HalfARequestIsAnsweredForWhenItsTimeIsOver) {
  StartTls({.header_timeout = std::chrono::seconds(1)});
  TlsClient client(address_);
  client.Send("GET /hello");
  EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 408"));
  EXPECT_TRUE(client.EndedCleanly());
}

TEST_F(ServerTlsTest, ARestingConnectionIsEndedAsIdleAndNotAsHalfARequest) {
  StartTls({.header_timeout = std::chrono::seconds(30), .idle_timeout = std::chrono::seconds(1)});
  TlsClient silent(address_);
  TlsClient client(address_);
  client.Send(Get("/hello?1"));
  EXPECT_THAT(client.ReadToEnd(), HasSubstr("hello 1"));
  EXPECT_TRUE(client.EndedCleanly());
  EXPECT_EQ(silent.ReadToEnd(), "");
  EXPECT_TRUE(silent.EndedCleanly());
}

TEST_F(ServerTlsTest, ARenewedCertificateIsShownToNewConnectionsAndOldOnesGoOn) {
  StartTls();
  TlsClient before(address_);
  source_->Publish(authority_.Issue());
  TlsClient after(address_);
  EXPECT_NE(ASN1_INTEGER_cmp(before.Serial(), after.Serial()), 0);
  for (TlsClient* client : {&before, &after}) {
    client->Send(Get("/hello?1"));
    EXPECT_THAT(client->ReadUntil("hello 1"), StartsWith("HTTP/1.1 200 OK"));
  }
}

TEST_F(ServerTlsTest, StoppingEndsHandshakesAndIdleConnectionsAtOnce) {
  StartTls({.drain_timeout = std::chrono::seconds(60)});
  RawClient half(address_);
  half.Send(std::string_view("\x16\x03\x01\x02\x00\x01\x00", 7));
  TlsClient idle(address_);
  idle.Send(Get("/hello?idle"));
  idle.ReadUntil("hello idle");
  server_->Stop();
  EXPECT_EQ(half.ReadToEnd(), "");
  EXPECT_EQ(idle.ReadToEnd(), "");
  EXPECT_TRUE(idle.EndedCleanly());
}

}  // namespace
}  // namespace openimds::http
