// SPDX-License-Identifier: Apache-2.0
#include "http/direct_client.h"

#include <fstream>
#include <thread>

#include "base/reasons.h"
#include "http/server_test_fixture.h"
#include "testing/temporary_folder.h"

namespace openimds::http {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

// One connection, answered with these bytes; keeps what was asked.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    EXPECT_EQ(bind(listening_.get(), reinterpret_cast<sockaddr*>(&where), size), 0);
    EXPECT_EQ(listen(listening_.get(), 1), 0);
    EXPECT_EQ(getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&where), &size), 0);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(where.sin_port)) + "/x";
    thread_ = std::thread([this, answer = std::move(answer)] { Serve(answer); });
  }
  ~OneAnswer() {
    shutdown(listening_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }

  const std::string& url() const { return url_; }
  const std::string& asked() {
    thread_.join();
    return asked_;
  }

 private:
  void Serve(const std::string& answer) {
    const Descriptor socket(accept(listening_.get(), nullptr, nullptr));
    char byte = 0;
    while (!asked_.ends_with("\r\n\r\n") && recv(socket.get(), &byte, 1, 0) == 1) asked_ += byte;
    send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    shutdown(socket.get(), SHUT_WR);
    if (answer.empty()) return;
    while (recv(socket.get(), &byte, 1, 0) == 1) {
    }
  }

  const Descriptor listening_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::string url_;
  std::string asked_;
  std::thread thread_;
};

class DirectClientTest : public ServerTest {
 protected:
  DirectClientTest() { std::ofstream(ca_file_) << authority_.ca.certificate_pem; }

  std::unique_ptr<DirectClient> Make(OutboundSettings settings) {
    auto made = DirectClient::Make(std::move(settings));
    EXPECT_THAT(made, IsOk());
    return *std::move(made);
  }
  Result<OutboundResponse> Get(const std::string& url, OutboundSettings settings = {}) {
    settings.ca_file = ca_file_;
    OutboundRequest request;
    request.url = url;
    return Make(std::move(settings))->Send(request);
  }
  std::string Url(std::string_view path, std::string_view host = "localhost") const {
    return "https://" + std::string(host) + ":" + std::to_string(address_.port) + std::string(path);
  }

  const TestAuthority authority_{};
  const TemporaryFolder folder_;
  const std::filesystem::path ca_file_ = folder_.path() / "ca.pem";
};

TEST_F(DirectClientTest, GetsOverTlsByNameAndByAddress) {
  Start({}, authority_.Source());
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto response = Get(Url("/hello?you", host));
    ASSERT_THAT(response, IsOk()) << host;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->content_type, "application/json; charset=utf-8");
    EXPECT_EQ(response->body.RevealSecret(), "hello you");
  }
}

TEST_F(DirectClientTest, PostsABodyAndGetsALargeOne) {
  Start({}, authority_.Source());
  OutboundRequest request;
  request.method = "POST";
  request.url = Url("/echo");
  request.body = Secret(std::string(60'000, 'b'));
  const auto client = Make({.ca_file = ca_file_});
  const auto echo = client->Send(request);
  ASSERT_THAT(echo, IsOk());
  EXPECT_EQ(echo->body.RevealSecret(), "<" + std::string(60'000, 'b') + ">");
  const auto large = Get(Url("/large"));
  ASSERT_THAT(large, IsOk());
  EXPECT_EQ(large->body.RevealSecret().size(), 1'000'003U);
}

TEST_F(DirectClientTest, BelievesNobodyElse) {
  const TestAuthority other;
  Start({}, other.Source());
  const auto stranger = Get(Url("/hello"));
  ASSERT_THAT(stranger, FailsWith(reasons::kUpstreamTls));
  EXPECT_THAT(stranger.error().message, HasSubstr("unable to get local issuer certificate"));
}

TEST_F(DirectClientTest, BelievesNoOtherName) {
  Start({}, std::make_shared<TlsContextSource>(authority_.Issue({"elsewhere.example"})));
  const auto misnamed = Get(Url("/hello"));
  ASSERT_THAT(misnamed, FailsWith(reasons::kUpstreamTls));
  EXPECT_THAT(misnamed.error().message, HasSubstr("hostname mismatch"));
  EXPECT_THAT(Get(Url("/hello", "127.0.0.1")), FailsWith(reasons::kUpstreamTls));
}

TEST_F(DirectClientTest, BelievesNoExpiredCertificate) {
  const Time long_ago = SystemClock().Now() - std::chrono::hours{24 * 400};
  Start({}, std::make_shared<TlsContextSource>(authority_.Issue({"localhost"}, long_ago)));
  const auto expired = Get(Url("/hello"));
  ASSERT_THAT(expired, FailsWith(reasons::kUpstreamTls));
  EXPECT_THAT(expired.error().message, HasSubstr("expired"));
}

TEST_F(DirectClientTest, AServerWithoutTlsIsATlsFailure) {
  Start({});
  EXPECT_THAT(Get(Url("/hello")), FailsWith(reasons::kUpstreamTls));
}

TEST_F(DirectClientTest, ACaFileWithoutCertificatesIsSaidAtOnce) {
  std::ofstream(ca_file_) << "nothing";
  const auto made = DirectClient::Make({.ca_file = ca_file_});
  ASSERT_THAT(made, FailsWith(reasons::kCryptoFailed));
  EXPECT_THAT(made.error().message, HasSubstr(ca_file_.string()));
}

TEST_F(DirectClientTest, SendsOneWholeRequestAndSaysThatItIsTheLast) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  OutboundRequest request;
  request.url = server.url() + "?a=b";
  request.headers = {{"Metadata", "true"}};
  request.authorization = Secret("Bearer hidden");
  ASSERT_THAT(Make({})->Send(request), IsOk());
  const std::string& asked = server.asked();
  EXPECT_THAT(asked, HasSubstr("GET /x?a=b HTTP/1.1\r\nHost: 127.0.0.1:"));
  EXPECT_THAT(asked, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(asked, HasSubstr("\r\nMetadata: true\r\n"));
  EXPECT_THAT(asked, HasSubstr("\r\nAuthorization: Bearer hidden\r\n"));
}

TEST_F(DirectClientTest, AHeaderThatWouldMakeTwoIsNotSent) {
  OutboundRequest request;
  request.url = "http://127.0.0.1:1/";
  request.headers = {{"X", "a\r\nY: b"}};
  EXPECT_THAT(Make({})->Send(request), FailsWith(reasons::kUpstreamNotAllowed));
}

TEST_F(DirectClientTest, ReadsWhenToComeAgain) {
  const auto after = [&](const std::string& headers) {
    OneAnswer server("HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n" + headers + "\r\n");
    const auto response = Get(server.url());
    EXPECT_THAT(response, IsOk());
    return response->retry_after;
  };
  EXPECT_EQ(after(""), std::nullopt);
  EXPECT_EQ(after("Retry-After: 7\r\n"), std::chrono::seconds{7});
  EXPECT_EQ(after("Retry-After: 99999999\r\n"), std::chrono::hours{24});
  EXPECT_EQ(after("Date: Mon, 19 Sep 2016 18:29:47 GMT\r\n"
                  "Retry-After: Mon, 19 Sep 2016 18:30:17 GMT\r\n"),
            std::chrono::seconds{30});
  EXPECT_EQ(after("Retry-After: soon\r\n"), std::nullopt);
}

TEST_F(DirectClientTest, ReadsABodyOfChunksAndOneThatEndsWithTheConnection) {
  OneAnswer chunks("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  EXPECT_EQ(Get(chunks.url())->body.RevealSecret(), "abc");
  OneAnswer open_end("HTTP/1.0 200 OK\r\n\r\nuntil the end");
  EXPECT_EQ(Get(open_end.url())->body.RevealSecret(), "until the end");
}

TEST_F(DirectClientTest, AnAnswerCutShortIsNoAnswer) {
  for (const char* answer : {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "HTTP/1.1 20", "",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"}) {
    OneAnswer server(answer);
    const auto response = Get(server.url());
    EXPECT_THAT(response, FailsWith(reasons::kUpstreamBroken)) << answer;
  }
}

TEST_F(DirectClientTest, WhatIsNoHttpIsBrokenAndNeverQuoted) {
  OneAnswer server("SSH-2.0-hello\r\n\r\n");
  const auto response = Get(server.url());
  ASSERT_THAT(response, FailsWith(reasons::kUpstreamBroken));
  EXPECT_THAT(response.error().message, Not(HasSubstr("hello")));
}

TEST_F(DirectClientTest, TooMuchIsTooMuch) {
  OneAnswer body("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'));
  EXPECT_THAT(Get(body.url(), {.max_body_bytes = 100}), FailsWith(reasons::kUpstreamTooLarge));
  OneAnswer header("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n");
  EXPECT_THAT(Get(header.url()), FailsWith(reasons::kUpstreamTooLarge));
}

TEST_F(DirectClientTest, SaysWhatKeptItFromAsking) {
  const auto nobody = Get("http://127.0.0.1:1/");
  ASSERT_THAT(nobody, FailsWith(reasons::kUpstreamConnect));
  EXPECT_THAT(nobody.error().message, HasSubstr("127.0.0.1: no connection can be made"));
  EXPECT_THAT(Get("http://login.example/"), FailsWith(reasons::kUpstreamNotAllowed));
}

TEST_F(DirectClientTest, ASilentServerIsLeft) {
  Start({});
  OutboundRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(address_.port) + "/later?x";
  const auto client = Make({.total_timeout = milliseconds{50}});
  EXPECT_THAT(client->Send(request), FailsWith(reasons::kUpstreamTimeout));
  gate_.set_value();
}

TEST_F(DirectClientTest, StopEndsWhatIsUnderWay) {
  Start({});
  const auto client = Make({});
  OutboundRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(address_.port) + "/later?x";
  auto asked = std::async(std::launch::async, [&] { return client->Send(request); });
  entered_.get_future().wait();
  client->Stop();
  EXPECT_THAT(asked.get(), FailsWith(reasons::kUpstreamBroken));
  EXPECT_THAT(client->Send(request), FailsWith(reasons::kUpstreamBroken));
  gate_.set_value();
}

}  // namespace
}  // namespace openimds::http
