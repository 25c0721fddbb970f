// SPDX-License-Identifier: Apache-2.0
#include "http/outbound_client.h"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <stdlib.h>

#include <fstream>
#include <thread>

#include "base/reasons.h"
#include "http/server_test_fixture.h"
#include "testing/temporary_folder.h"

namespace openimds::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using ::testing::StartsWith;

// Talks to one client after the other exactly as the script says.
class ScriptedServer {
 public:
  using Script = std::function<void(int socket)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    EXPECT_EQ(bind(listening_.get(), reinterpret_cast<sockaddr*>(&where), size), 0);
    EXPECT_EQ(listen(listening_.get(), 16), 0);
    EXPECT_EQ(getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&where), &size), 0);
    port_ = ntohs(where.sin_port);
    thread_ = std::thread([this] {
      while (true) {
        const Descriptor socket(accept(listening_.get(), nullptr, nullptr));
        if (!socket.is_open()) return;
        script_(socket.get());
      }
    });
  }
  ~ScriptedServer() {
    shutdown(listening_.get(), SHUT_RDWR);  // accept() returns
    thread_.join();
  }

  std::string Url(std::string_view scheme = "http") const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port_);
  }

 private:
  const Script script_;
  const Descriptor listening_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  int port_ = 0;
  std::thread thread_;
};

std::string ReadHead(int socket) {
  std::string head;
  char byte = 0;
  while (!head.ends_with("\r\n\r\n") && recv(socket, &byte, 1, 0) == 1) head += byte;
  return head;
}

bool Write(int socket, std::string_view bytes) {
  return send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

ScriptedServer::Script Answer(std::string answer) {
  return [answer = std::move(answer)](int socket) {
    ReadHead(socket);
    Write(socket, answer);
  };
}

void StaySilent(int socket) {
  char byte = 0;
  while (recv(socket, &byte, 1, 0) == 1) {
  }
}

Result<OutboundResponse> GetFrom(OutboundClient& client, std::string url) {
  OutboundRequest request;
  request.url = std::move(url);
  return client.Send(request);
}

class OutboundClientTest : public ServerTest {
 protected:
  OutboundClientTest() {
    for (const char* name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY"}) {
      unsetenv(name);
    }
    std::ofstream(ca_file_) << authority_.ca.certificate_pem;
  }

  void StartTls() { Start({}, source_); }
  std::string Url(std::string_view path) const {
    return "https://localhost:" + std::to_string(address_.port) + std::string(path);
  }
  Result<OutboundResponse> Get(const std::string& url) { return GetFrom(client_, url); }

  const TestAuthority authority_{};
  const std::shared_ptr<TlsContextSource> source_ = authority_.Source();
  const TemporaryFolder folder_;
  const std::filesystem::path ca_file_ = folder_.path() / "ca.pem";
  OutboundClient client_{{.ca_file = ca_file_}};
};

// ---- what goes well --------------------------------------------------------------------------

TEST_F(OutboundClientTest, GetsOverTlsFromWhomTheConfiguredAuthorityVouchesFor) {
  StartTls();
  const auto response = Get(Url("/hello?you"));
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->content_type, "application/json; charset=utf-8");
  EXPECT_EQ(response->body.RevealSecret(), "hello you");
  EXPECT_EQ(response->retry_after, std::nullopt);
}

TEST_F(OutboundClientTest, PostsABodyAndGetsALargeOne) {
  StartTls();
  OutboundRequest request;
  request.method = "POST";
  request.url = Url("/echo");
  request.content_type = "application/x-www-form-urlencoded";
  request.body = Secret(std::string(60'000, 'b'));
  const auto echo = client_.Send(request);
  ASSERT_THAT(echo, IsOk());
  EXPECT_EQ(echo->body.RevealSecret(), "<" + std::string(60'000, 'b') + ">");
  const auto large = Get(Url("/large"));
  ASSERT_THAT(large, IsOk());
  EXPECT_EQ(large->body.RevealSecret().size(), 1'000'003U);
}

TEST_F(OutboundClientTest, SendsWhatItWasGivenAndLittleElse) {
  std::string head;
  const ScriptedServer server([&head](int socket) {
    head = ReadHead(socket);
    char body[4];
    recv(socket, body, sizeof body, MSG_WAITALL);
    Write(socket, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
  });
  OutboundRequest request;
  request.method = "POST";
  request.url = server.Url() + "/t/oauth2/token?x=%20";
  request.headers = {{"client-request-id", "an id"}, {"Accept", "application/json"}};
  request.authorization = Secret("Basic dTpw");
  request.content_type = "text/plain";
  request.body = Secret("a=bc");
  const auto response = client_.Send(request);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 204);
  EXPECT_THAT(head, StartsWith("POST /t/oauth2/token?x=%20 HTTP/1.1\r\nHost: 127.0.0.1:"));
  EXPECT_THAT(head, AllOf(HasSubstr("client-request-id: an id\r\n"),
                          HasSubstr("Authorization: Basic dTpw\r\n"),
                          HasSubstr("Content-Type: text/plain\r\n"),
                          HasSubstr("Content-Length: 4\r\n"), HasSubstr("User-Agent: openimds/")));
  for (const char* unwanted : {"Expect", "Accept-Encoding", "Accept: */*", "Cookie", "Upgrade"}) {
    EXPECT_THAT(head, Not(HasSubstr(unwanted)));
  }
}

TEST_F(OutboundClientTest, AConnectionIsUsedAgainEvenAfterAnError) {
  StartTls();
  const auto first = Get(Url("/peer"));
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(Get(Url("/nowhere"))->status, 404);
  EXPECT_THAT(Get("https://127.0.0.1:1/"), FailsWith(reasons::kUpstreamConnect));
  const auto last = Get(Url("/peer"));
  ASSERT_THAT(last, IsOk());
  EXPECT_EQ(first->body, last->body) << "another connection was made";
}

TEST_F(OutboundClientTest, AnUpstreamThatWasRestartedIsReachedAtOnce) {
  StartTls();
  ASSERT_THAT(Get(Url("/hello")), IsOk());
  server_->Stop();
  auto router =
      std::make_shared<Router>(Router::Options{}, [](int status, const Error&, const Request*) {
        return Response::Json(status, "the new one");
      });
  Server again({}, log_);
  ASSERT_THAT(again.Listen({address_, router, {}, "OpenIMDS", source_}), IsOk());
  again.Start();
  const auto response = Get(Url("/hello"));
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->body.RevealSecret(), "the new one");
}

TEST_F(OutboundClientTest, ManyThreadsAskAtOnce) {
  StartTls();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this, i] {
      for (int j = 0; j < 10; ++j) {
        const std::string name = std::to_string(i) + "." + std::to_string(j);
        const auto response = Get(Url("/hello?" + name));
        ASSERT_THAT(response, IsOk());
        EXPECT_EQ(response->body.RevealSecret(), "hello " + name);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(OutboundClientTest, ARedirectIsAnAnswerAndIsNotFollowed) {
  std::atomic<bool> followed{false};
  const ScriptedServer elsewhere([&](int) { followed = true; });
  const ScriptedServer server(Answer("HTTP/1.1 302 Found\r\nLocation: " + elsewhere.Url() +
                                     "/\r\nContent-Length: 0\r\n\r\n"));
  const auto response = Get(server.Url());
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 302);
  EXPECT_FALSE(followed);
}

TEST_F(OutboundClientTest, RetryAfterIsReadInBothForms) {
  const auto retry_after = [this](const std::string& headers) {
    const ScriptedServer server(
        Answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n" + headers + "\r\n"));
    const auto response = Get(server.Url());
    return response ? response->retry_after : seconds(-1);
  };
  const std::string date = "Date: Wed, 25 Nov 2026 10:00:00 GMT\r\n";
  EXPECT_THAT(retry_after("Retry-After: 17\r\n"), Optional(seconds(17)));
  EXPECT_THAT(retry_after("retry-after: 0\r\n"), Optional(seconds(0)));
  EXPECT_THAT(retry_after(date + "Retry-After: Wed, 25 Nov 2026 10:01:30 GMT\r\n"),
              Optional(seconds(90)));
  EXPECT_THAT(retry_after(date + "Retry-After: Wed, 25 Nov 2026 09:00:00 GMT\r\n"),
              Optional(seconds(0)));
  EXPECT_THAT(retry_after("Retry-After: 99999999999\r\n"), Optional(std::chrono::hours(24)));
  EXPECT_THAT(retry_after("Retry-After: soon\r\n"), Eq(std::nullopt));
  EXPECT_THAT(retry_after(""), Eq(std::nullopt));
}

// ---- who is not believed ---------------------------------------------------------------------

TEST_F(OutboundClientTest, AnotherAuthoritysServerIsNotBelieved) {
  StartTls();
  OutboundClient of_the_system({});
  EXPECT_THAT(GetFrom(of_the_system, Url("/hello")), FailsWith(reasons::kUpstreamTls));
  source_->Publish(TestAuthority().Issue());
  const auto response = Get(Url("/hello"));
  EXPECT_THAT(response, FailsWith(reasons::kUpstreamTls));
  EXPECT_THAT(response.error().message, StartsWith("localhost: "));
}

TEST_F(OutboundClientTest, AnotherHostsCertificateIsNotBelieved) {
  StartTls();
  source_->Publish(authority_.Issue({"other.example", "127.0.0.2"}));
  EXPECT_THAT(Get(Url("/hello")), FailsWith(reasons::kUpstreamTls));
  EXPECT_THAT(Get("https://127.0.0.1:" + std::to_string(address_.port) + "/hello"),
              FailsWith(reasons::kUpstreamTls));
}

TEST_F(OutboundClientTest, AnExpiredCertificateIsNotBelieved) {
  StartTls();
  const Time long_ago = SystemClock().Now() - std::chrono::hours(24 * 400);
  source_->Publish(authority_.Issue({"localhost"}, long_ago));
  EXPECT_THAT(Get(Url("/hello")), FailsWith(reasons::kUpstreamTls));
}

TEST_F(OutboundClientTest, WhoDoesNotSpeakTlsIsNotBelieved) {
  const ScriptedServer server([](int socket) { Write(socket, "HTTP/1.1 200 OK\r\n\r\n"); });
  EXPECT_THAT(Get(server.Url("https")), FailsWith(reasons::kUpstreamTls));
}

TEST_F(OutboundClientTest, ACaFileThatIsMissingBelievesNobody) {
  StartTls();
  OutboundClient client({.ca_file = folder_.path() / "missing.pem"});
  EXPECT_THAT(GetFrom(client, Url("/hello")), FailsWith(reasons::kUpstreamTls));
}

// ---- what is not asked -----------------------------------------------------------------------

TEST_F(OutboundClientTest, NothingIsAskedInTheClearOrWithAPassword) {
  for (const char* url :
       {"", "localhost", "ftp://localhost/", "file:///etc/hostname", "http://idp.example/",
        "http://127.evil.example/", "http://localhost.evil.example/", "http://[::2]/",
        "http://169.254.169.254/", "https://user:password@localhost/", "https://user@localhost/",
        "https://", "https://a b/"}) {
    EXPECT_THAT(Get(url), FailsWith(reasons::kUpstreamNotAllowed)) << url;
  }
}

TEST_F(OutboundClientTest, AHeaderCannotBeTwo) {
  OutboundRequest request;
  request.url = "https://127.0.0.1:1/";
  request.headers = {{"Accept", "a\r\nX-Other: b"}};
  EXPECT_THAT(client_.Send(request), FailsWith(reasons::kUpstreamNotAllowed));
  request.headers = {};
  request.authorization = Secret("Basic a\nb");
  EXPECT_THAT(client_.Send(request), FailsWith(reasons::kUpstreamNotAllowed));
}

// ---- what goes wrong -------------------------------------------------------------------------

TEST_F(OutboundClientTest, AnUnknownHostIsToldFromOneThatDoesNotListen) {
  EXPECT_THAT(Get("https://host.invalid/"), FailsWith(reasons::kUpstreamNameLookup));
  EXPECT_THAT(Get("https://127.0.0.1:1/"), FailsWith(reasons::kUpstreamConnect));
}

TEST_F(OutboundClientTest, AnEndlessBodyIsCutOff) {
  const ScriptedServer server([](int socket) {
    ReadHead(socket);
    bool wanted = Write(socket, "HTTP/1.1 200 OK\r\n\r\n");
    while (wanted) wanted = Write(socket, std::string(1000, 'x'));
  });
  EXPECT_THAT(Get(server.Url()), FailsWith(reasons::kUpstreamTooLarge));
}

TEST_F(OutboundClientTest, AnEndlessHeaderIsCutOff) {
  const ScriptedServer server([](int socket) {
    ReadHead(socket);
    bool wanted = Write(socket, "HTTP/1.1 200 OK\r\n");
    while (wanted) wanted = Write(socket, "X-More: " + std::string(1000, 'x') + "\r\n");
  });
  EXPECT_THAT(Get(server.Url()), FailsWith(reasons::kUpstreamTooLarge));
}

TEST_F(OutboundClientTest, ABodyMayBeAsLargeAsTheLimitAndNoLarger) {
  OutboundClient client({.max_body_bytes = 10});
  const ScriptedServer ten(Answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"));
  EXPECT_THAT(GetFrom(client, ten.Url()), IsOk());
  const ScriptedServer eleven(Answer("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a"));
  EXPECT_THAT(GetFrom(client, eleven.Url()), FailsWith(reasons::kUpstreamTooLarge));
}

TEST_F(OutboundClientTest, AnAnswerCutShortIsBroken) {
  for (const bool reset : {false, true}) {
    const ScriptedServer server([reset](int socket) {
      ReadHead(socket);
      Write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf a secret");
      const linger at_once{.l_onoff = reset ? 1 : 0, .l_linger = 0};
      setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    });
    const auto response = Get(server.Url());
    EXPECT_THAT(response, FailsWith(reasons::kUpstreamBroken));
    EXPECT_THAT(response.error().message, Not(HasSubstr("secret")));
  }
}

TEST_F(OutboundClientTest, WhatIsNoHttpIsBroken) {
  for (const char* answer : {"SSH-2.0-OpenSSH_9.2\r\n", "", "<html>hello</html>",
                             "HTTP/1.1 banana\r\n\r\n", "\x16\x03\x01"}) {
    const ScriptedServer server(Answer(answer));
    EXPECT_THAT(Get(server.Url()), FailsWith(reasons::kUpstreamBroken)) << answer;
  }
}

TEST_F(OutboundClientTest, SilenceIsNotWaitedForLongerThanSaid) {
  const ScriptedServer server(StaySilent);
  OutboundClient impatient({.total_timeout = milliseconds(200)});
  EXPECT_THAT(GetFrom(impatient, server.Url()), FailsWith(reasons::kUpstreamTimeout));
  OutboundClient handshake({.connect_timeout = milliseconds(200)});
  EXPECT_THAT(GetFrom(handshake, server.Url("https")), FailsWith(reasons::kUpstreamTimeout));
}

TEST_F(OutboundClientTest, NoMessageHoldsWhatWasAsked) {
  const ScriptedServer server(StaySilent);
  OutboundClient impatient({.total_timeout = milliseconds(200)});
  for (const std::string& url :
       {server.Url(), server.Url("https"), std::string("https://127.0.0.1:1"),
        std::string("http://idp.example"), std::string("https://user:hunter2@localhost")}) {
    const auto response = GetFrom(impatient, url + "/hunter2?hunter2=hunter2#hunter2");
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().kind, ErrorKind::kUnavailable);
    EXPECT_THAT(response.error().message, Not(HasSubstr("hunter2")));
  }
}

TEST_F(OutboundClientTest, StoppingEndsWhatIsUnderWayAndRefusesWhatComes) {
  std::promise<void> asked;
  const ScriptedServer server([&asked](int socket) {
    ReadHead(socket);
    asked.set_value();
    StaySilent(socket);
  });
  OutboundClient client({.total_timeout = seconds(60)});
  std::thread stopper([&] {
    asked.get_future().wait();
    client.Stop();
  });
  EXPECT_THAT(GetFrom(client, server.Url()), FailsWith(reasons::kUpstreamBroken));
  stopper.join();
  EXPECT_THAT(GetFrom(client, server.Url()), FailsWith(reasons::kUpstreamBroken));
}

// ---- proxies ---------------------------------------------------------------------------------

class OutboundProxyTest : public OutboundClientTest {
 protected:
  void UseProxy(const std::string& url) { setenv("HTTPS_PROXY", url.c_str(), 1); }
  ~OutboundProxyTest() override { unsetenv("HTTPS_PROXY"); }
};

TEST_F(OutboundProxyTest, AProxyIsAskedForOtherHostsAndItsRefusalIsTold) {
  std::string head;
  const ScriptedServer proxy([&head](int socket) {
    head = ReadHead(socket);
    Write(socket, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  UseProxy(proxy.Url());
  const auto response = Get("https://idp.example/token");
  EXPECT_THAT(response, FailsWith(reasons::kUpstreamConnect));
  EXPECT_THAT(response.error().message, HasSubstr("403"));
  EXPECT_THAT(head, StartsWith("CONNECT idp.example:443 HTTP/1.1\r\n"));
}

TEST_F(OutboundProxyTest, NoProxyStandsBetweenThisHostAndItself) {
  StartTls();
  UseProxy("http://127.0.0.1:1");
  EXPECT_THAT(Get(Url("/hello")), IsOk());
  EXPECT_THAT(Get("https://127.0.0.1:" + std::to_string(address_.port) + "/hello"), IsOk());
  EXPECT_THAT(Get("https://idp.example/"), FailsWith(reasons::kUpstreamConnect));
}

}  // namespace
}  // namespace openimds::http
