// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace openimds::http {

inline constexpr std::string_view kJson = "application/json; charset=utf-8";

// A body that was rendered before the request came: `before`, a few changing digits, `after`.
// The views stay good while `owner` lives.
struct PreparedBody {
  std::shared_ptr<const void> owner;
  std::string_view before;
  std::array<char, 20> digits{};
  std::size_t digit_count = 0;
  std::string_view after;

  std::size_t size() const { return before.size() + digit_count + after.size(); }
};

// What to answer. The server adds Date, Content-Length, Connection, and (unless told otherwise)
// Server and x-ms-request-id; it drops the body for HEAD.
struct Response {
  int status = 200;
  std::string_view content_type = kJson;  // static storage
  std::variant<std::string, PreparedBody> body;
  // Names are static storage; values are checked for nothing, so they hold only our own text.
  std::vector<std::pair<std::string_view, std::string>> headers;
  // The `Server` header: MSAL looks for the prefix `IMDS/`. Static storage.
  std::string_view server;
  bool close = false;  // end the connection after this answer

  static Response Json(int http_status, std::string text) {
    Response response;
    response.status = http_status;
    response.body = std::move(text);
    return response;
  }
};

// An answer that has to wait for something: `work` runs on the worker pool, owns all it needs and
// may block. If the pool's queue is full the server sends `if_busy` instead.
struct Deferred {
  std::function<Response()> work;
  Response if_busy;
};

// Takes the answer to one request, once, on any thread; then it has done its work.
using Responder = std::function<void(Response)>;

// An answer that comes from elsewhere, without a thread that waits for it. `begin` is called on the
// I/O thread and must not block; it sees to it that the responder is called exactly once, before
// the server is destroyed or never (a server that stops does not wait longer than it says).
struct Awaited {
  std::function<void(Responder)> begin;
};

using Reply = std::variant<Response, Deferred, Awaited>;

}  // namespace openimds::http
