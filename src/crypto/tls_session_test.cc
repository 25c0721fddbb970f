// SPDX-License-Identifier: Apache-2.0
#include "crypto/tls_session.h"

#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include "base/reasons.h"
#include "crypto/certificate_maker.h"
#include "crypto/openssl_ptr.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using ::testing::HasSubstr;

const Time kNow = FromUnixSeconds(1'764'000'000);

// OpenSSL's client over memory. It does not verify: certificates have their own test.
class Client {
 public:
  explicit Client(int version = TLS1_3_VERSION)
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_min_proto_version(context_.get(), version);
    SSL_CTX_set_max_proto_version(context_.get(), version);
    SSL_CTX_set_security_level(context_.get(), 0);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl(), in_, out_);
    SSL_set_connect_state(ssl());
  }

  SSL* ssl() { return ssl_.get(); }

  // Takes from the server, goes on, and returns what the server has to get.
  std::string Step(std::string_view from_server) {
    SSL* const session = ssl();
    BIO_write(in_, from_server.data(), static_cast<int>(from_server.size()));
    char room[4096];
    for (int size = 1; size > 0;) {
      size = SSL_read(session, room, sizeof room);
      if (size > 0) received_.append(room, static_cast<std::size_t>(size));
    }
    ERR_clear_error();
    return TakeOutput();
  }
  std::string Encrypt(std::string_view text) {
    SSL_write(ssl(), text.data(), static_cast<int>(text.size()));
    return TakeOutput();
  }
  const std::string& received() const { return received_; }
  bool established() { return SSL_is_init_finished(ssl()) == 1; }
  bool closed() { return (SSL_get_shutdown(ssl()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  std::string Close() {
    SSL_shutdown(ssl());
    return TakeOutput();
  }

 private:
  std::string TakeOutput() {
    char* data = nullptr;
    const long size = BIO_get_mem_data(out_, &data);
    std::string bytes(data, static_cast<std::size_t>(size));
    (void)BIO_reset(out_);
    return bytes;
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  BIO* const in_ = BIO_new(BIO_s_mem());
  BIO* const out_ = BIO_new(BIO_s_mem());
  std::string received_;
};

class TlsSessionTest : public testing::Test {
 protected:
  TlsSession::ReadOutcome Read() { return server_.Read(room_.data(), room_.size()); }
  std::string_view Plain(TlsSession::ReadOutcome outcome) { return {room_.data(), outcome.size}; }

  void Handshake(Client& client) {
    std::string to_client;
    for (int i = 0; i < 4; ++i) {
      server_.Feed(client.Step(to_client));
      ASSERT_EQ(Read().status, TlsStatus::kWantsMore) << server_.failure();
      to_client.clear();
      server_.TakeOutput(&to_client);
    }
    client.Step(to_client);
    ASSERT_TRUE(server_.established());
    ASSERT_TRUE(client.established());
  }

  const MadeCertificate ca_ = *MakeCa("test", kNow);
  const MadeCertificate made_ = *IssueServerCertificate(ca_, {"localhost"}, kNow);
  const std::shared_ptr<const TlsContext> context_ =
      *TlsContext::ForServer(made_.certificate_pem + ca_.certificate_pem, made_.key_pem);
  TlsSession server_{context_};
  std::string room_ = std::string(100, '\0');
};

TEST_F(TlsSessionTest, BytesGoBothWaysInBothVersions) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client client(version);
    TlsSession server(context_);
    std::string to_client;
    for (int i = 0; i < 4; ++i) {
      server.Feed(client.Step(to_client));
      ASSERT_EQ(server.Read(room_.data(), room_.size()).status, TlsStatus::kWantsMore);
      to_client.clear();
      server.TakeOutput(&to_client);
    }
    server.Feed(client.Encrypt("ping"));
    EXPECT_EQ(Plain(server.Read(room_.data(), room_.size())), "ping");
    ASSERT_TRUE(server.Encrypt("pong", &to_client));
    client.Step(to_client);
    EXPECT_EQ(client.received(), "pong");
  }
}

TEST_F(TlsSessionTest, AHandshakeInSingleBytesIsDone) {
  Client client;
  std::string to_client;
  while (!server_.established()) {
    for (const char byte : client.Step(std::exchange(to_client, {}))) {
      EXPECT_FALSE(server_.AtRest());
      server_.Feed({&byte, 1});
      ASSERT_EQ(Read().status, TlsStatus::kWantsMore);
      server_.TakeOutput(&to_client);
    }
  }
  EXPECT_TRUE(server_.AtRest());
}

TEST_F(TlsSessionTest, ASmallRoomIsFilledAgainAndAgain) {
  Client client;
  Handshake(client);
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += std::to_string(i);
  server_.Feed(client.Encrypt(text));
  std::string all;
  TlsSession::ReadOutcome outcome{TlsStatus::kFilled, 0};
  while (outcome.status == TlsStatus::kFilled) {
    outcome = Read();
    all += Plain(outcome);
  }
  EXPECT_EQ(outcome.status, TlsStatus::kWantsMore);
  EXPECT_EQ(all, text);
}

TEST_F(TlsSessionTest, APartOfARecordIsNoRest) {
  Client client;
  Handshake(client);
  const std::string bytes = client.Encrypt("whole");
  const std::string_view record = bytes;
  server_.Feed(record.substr(0, 3));
  EXPECT_EQ(Read().status, TlsStatus::kWantsMore);
  EXPECT_FALSE(server_.AtRest());
  server_.Feed(record.substr(3, record.size() - 4));
  EXPECT_EQ(Read().status, TlsStatus::kWantsMore);
  EXPECT_FALSE(server_.AtRest());
  server_.Feed(record.substr(record.size() - 1));
  EXPECT_EQ(Plain(Read()), "whole");
  EXPECT_TRUE(server_.AtRest());
}

TEST_F(TlsSessionTest, AnEndIsToldAfterWhatCameBeforeIt) {
  Client client;
  Handshake(client);
  server_.Feed(client.Encrypt("last words"));
  server_.Feed(client.Close());
  EXPECT_EQ(Plain(Read()), "last words");
  EXPECT_EQ(Read().status, TlsStatus::kClosed);
  EXPECT_EQ(Read().status, TlsStatus::kClosed);
}

TEST_F(TlsSessionTest, AShutdownIsACloseNotify) {
  Client client;
  Handshake(client);
  std::string to_client;
  server_.Shutdown(&to_client);
  client.Step(to_client);
  EXPECT_TRUE(client.closed());
}

TEST_F(TlsSessionTest, OneChangedBitEndsItWithAnAlert) {
  Client client;
  Handshake(client);
  std::string record = client.Encrypt("whole");
  record.back() = static_cast<char>(record.back() ^ 1);
  server_.Feed(record);
  EXPECT_EQ(Read().status, TlsStatus::kBroken);
  EXPECT_THAT(server_.failure(), HasSubstr("bad record mac"));
  std::string alert;
  EXPECT_FALSE(server_.Encrypt("nothing may follow", &alert));
  EXPECT_EQ(alert, "");
  server_.Shutdown(&alert);
  EXPECT_NE(alert, "");
}

TEST_F(TlsSessionTest, NothingIsEncryptedBeforeTheHandshakeIsDone) {
  std::string out;
  EXPECT_FALSE(server_.Encrypt("early", &out));
  EXPECT_TRUE(server_.Encrypt("", &out));
  EXPECT_EQ(out, "");
}

TEST_F(TlsSessionTest, PlainHttpIsToldFromOtherNonsense) {
  server_.Feed("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(Read().status, TlsStatus::kPlainHttp);
  TlsSession other(context_);
  other.Feed("SSH-2.0-OpenSSH_9.2\r\n");
  EXPECT_EQ(other.Read(room_.data(), room_.size()).status, TlsStatus::kBroken);
}

TEST_F(TlsSessionTest, OldVersionsAreRefused) {
  Client client(TLS1_1_VERSION);
  server_.Feed(client.Step(""));
  EXPECT_EQ(Read().status, TlsStatus::kBroken);
}

TEST_F(TlsSessionTest, AlpnSettlesOnHttp11AndRefusesWhatWeDoNotSpeak) {
  static constexpr unsigned char kBoth[] = "\x02h2\x08http/1.1";
  Client client;
  SSL_set_alpn_protos(client.ssl(), kBoth, sizeof kBoth - 1);
  Handshake(client);
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(client.ssl(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");

  static constexpr unsigned char kHttp2[] = "\x02h2";
  Client modern;
  SSL_set_alpn_protos(modern.ssl(), kHttp2, sizeof kHttp2 - 1);
  TlsSession server(context_);
  server.Feed(modern.Step(""));
  EXPECT_EQ(server.Read(room_.data(), room_.size()).status, TlsStatus::kBroken);
}

TEST_F(TlsSessionTest, ATicketSavesTheSecondHandshakesCertificate) {
  Client client;
  Handshake(client);
  SSL_SESSION* const ticket = SSL_get1_session(client.ssl());
  Client again;
  SSL_set_session(again.ssl(), ticket);
  SSL_SESSION_free(ticket);
  TlsSession server(context_);
  server.Feed(again.Step(""));
  EXPECT_EQ(server.Read(room_.data(), room_.size()).status, TlsStatus::kWantsMore);
  std::string to_client;
  server.TakeOutput(&to_client);
  again.Step(to_client);
  EXPECT_EQ(SSL_session_reused(again.ssl()), 1);
}

TEST_F(TlsSessionTest, AContextNeedsACertificateAndItsKey) {
  EXPECT_THAT(TlsContext::ForServer(made_.certificate_pem, ca_.key_pem),
              FailsWith(reasons::kCryptoFailed));
  EXPECT_THAT(TlsContext::ForServer("", made_.key_pem), FailsWith(reasons::kCryptoFailed));
  EXPECT_THAT(TlsContext::ForServer(made_.certificate_pem, Secret("no key")),
              FailsWith(reasons::kCryptoFailed));
  const std::string damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_THAT(TlsContext::ForServer(made_.certificate_pem + damaged, made_.key_pem),
              FailsWith(reasons::kCryptoFailed));
}

}  // namespace
}  // namespace openimds
