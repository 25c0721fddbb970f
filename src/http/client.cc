// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include <optional>
#include <utility>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "base/reasons.h"

namespace openimds::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr std::uint64_t kMaxAnswerBytes = 16ULL * 1024 * 1024;

using Protocol = asio::generic::stream_protocol;
using Stream = beast::basic_stream<Protocol>;

// One call as a chain of completions on a loop of its own: Beast's time limits need one.
class Call {
 public:
  Call(std::string_view method, std::string_view target) {
    request_.method_string({method.data(), method.size()});
    request_.target({target.data(), target.size()});
    request_.version(11);
    request_.set(beast::http::field::host, "localhost");
    request_.keep_alive(false);
    parser_.body_limit(kMaxAnswerBytes);
  }

  void SetBody(std::string_view json) {
    request_.set(beast::http::field::content_type, "application/json");
    request_.body() = json;
    request_.prepare_payload();
  }
  void SetHeader(const char* name, const char* value) { request_.set(name, value); }

  // `name` is what messages call the other end.
  Result<ClientResponse> Run(const Protocol::endpoint& endpoint, const std::string& name,
                             std::chrono::seconds timeout) {
    stream_.expires_after(timeout);
    stream_.async_connect(endpoint, [this](auto error) {
      if (error) {
        connect_error_ = error;
        return;
      }
      beast::http::async_write(stream_, request_, [this](auto write_error, std::size_t) {
        if (Failed(write_error)) return;
        beast::http::async_read(stream_, buffer_, parser_,
                                [this](auto read_error, std::size_t) { Failed(read_error); });
      });
    });
    io_.run();
    return Outcome(name);
  }

 private:
  bool Failed(const beast::error_code& error) {
    if (error) error_ = error;
    return static_cast<bool>(error);
  }

  Result<ClientResponse> Outcome(const std::string& name) {
    if (connect_error_) {
      return Fail(ErrorKind::kUnavailable, reasons::kNoService,
                  "no service answers at " + name + ": " + connect_error_->message());
    }
    if (error_) {
      return Fail(ErrorKind::kUnavailable, reasons::kNoService,
                  "the service at " + name + " did not answer: " + error_->message());
    }
    auto response = parser_.release();
    const auto type = response[beast::http::field::content_type];
    return ClientResponse{response.result_int(), std::string(type.data(), type.size()),
                          std::move(response.body())};
  }

  asio::io_context io_{1};
  Stream stream_{io_};
  beast::http::request<beast::http::string_body> request_;
  beast::http::response_parser<beast::http::string_body> parser_;
  beast::flat_buffer buffer_;
  std::optional<beast::error_code> connect_error_;
  std::optional<beast::error_code> error_;
};

}  // namespace

Result<ClientResponse> CallUnixSocket(const std::string& socket_path, std::string_view method,
                                      std::string_view target, std::string_view json_body,
                                      std::chrono::seconds timeout) {
  if (socket_path.size() >= 108) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kNoService,
                "the socket's path is too long: " + socket_path);
  }
  Call call(method, target);
  call.SetBody(json_body);
  return call.Run(asio::local::stream_protocol::endpoint(socket_path), socket_path, timeout);
}

Result<ClientResponse> CallMetadata(const ListenAddress& address, std::string_view target,
                                    std::chrono::seconds timeout) {
  const auto ip = asio::ip::make_address(address.ip.ToString());
  Call call("GET", target);
  call.SetHeader("Metadata", "true");
  return call.Run(asio::ip::tcp::endpoint(ip, address.port), address.ToString(), timeout);
}

}  // namespace openimds::http
