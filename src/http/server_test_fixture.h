// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <future>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/descriptor.h"
#include "crypto/certificate_maker.h"
#include "http/server.h"
#include "testing/matchers.h"

namespace openimds::http {

// A client that sends bytes and reads until the server closes, or until `enough` was seen.
class RawClient {
 public:
  explicit RawClient(const ListenAddress& address)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(address.port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_.get(), reinterpret_cast<sockaddr*>(&where), sizeof where), 0);
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }

  void Send(std::string_view bytes) {
    ASSERT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  std::string ReadUntil(std::string_view enough) {
    std::string all;
    char buffer[4096];
    while (enough.empty() || all.find(enough) == std::string::npos) {
      const ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, 0);
      if (size <= 0) break;
      all.append(buffer, static_cast<std::size_t>(size));
    }
    return all;
  }
  std::string ReadToEnd() { return ReadUntil({}); }

 protected:
  Descriptor socket_;
};

// A private authority, and servers' certificates of it.
struct TestAuthority {
  using Names = std::vector<std::string>;

  std::shared_ptr<const TlsContext> Issue(const Names& names = {"localhost", "127.0.0.1"},
                                          Time at = SystemClock().Now()) const {
    const auto made = *IssueServerCertificate(ca, names, at);
    return *TlsContext::ForServer(made.certificate_pem, made.key_pem);
  }
  std::shared_ptr<TlsContextSource> Source() const {
    return std::make_shared<TlsContextSource>(Issue());
  }

  const MadeCertificate ca = *MakeCa("OpenIMDS test authority", SystemClock().Now());
};

class ServerTest : public testing::Test {
 protected:
  void Start(ServerSettings settings, std::shared_ptr<const TlsContextSource> tls = nullptr) {
    auto router = std::make_shared<Router>(
        Router::Options{}, [](int status, const Error& error, const Request*) {
          return Response::Json(status, std::string(error.reason));
        });
    router->Add("GET", "/hello", [](const Request& request) -> Reply {
      return Response::Json(200, "hello " + std::string(request.query));
    });
    router->Add("POST", "/echo", [](const Request& request) -> Reply {
      return Response::Json(200, "<" + std::string(request.body) + ">");
    });
    router->Add("GET", "/peer", [](const Request& request) -> Reply {
      return Response::Json(200, request.peer.ToString());
    });
    router->Add("GET", "/large", [](const Request&) -> Reply {
      return Response::Json(200, std::string(1'000'000, 'x') + "END");
    });
    router->Add("GET", "/throws",
                [](const Request&) -> Reply { throw std::runtime_error("on purpose"); });
    router->Add("GET", "/later", [this](const Request& request) -> Reply {
      return Deferred{[this, query = std::string(request.query)] {
                        entered_.set_value();
                        gate_.get_future().wait();
                        return Response::Json(200, "late " + query);
                      },
                      Response::Json(503, "busy")};
    });
    router_ = router;
    server_ = std::make_unique<Server>(settings, log_);
    auto address = server_->Listen(
        {*ListenAddress::Parse("127.0.0.1:0"), router, {}, "OpenIMDS", std::move(tls)});
    ASSERT_THAT(address, IsOk());
    address_ = *address;
    server_->Start();
  }

  static std::string Get(std::string_view target, std::string_view more = "") {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more) +
           "\r\n";
  }

  Log log_{LogLevel::kError, LogFormat::kJson};
  std::promise<void> entered_, gate_;
  std::shared_ptr<const Router> router_;
  std::unique_ptr<Server> server_;
  ListenAddress address_;
};

}  // namespace openimds::http
