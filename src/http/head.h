// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "http/response.h"

namespace openimds::http {

// Turns responses into bytes. One for each I/O thread: it keeps the second's `Date` and a generator
// for request ids, so that nothing shared is touched.
class ResponseWriter {
 public:
  ResponseWriter();

  struct Framing {
    bool keep_alive;
    bool head_only;  // a HEAD request: Content-Length says what GET would have sent
    std::string_view server;
  };

  // Appends status line, headers and body to `out`.
  void Append(const Response& response, const Framing& framing, std::string* out);

 private:
  void AppendBeginning(const Response& response, std::string_view server, std::string* out);
  std::string_view Date();
  void AppendRequestId(std::string* out);
  std::uint64_t NextRandom();

  std::time_t date_second_ = 0;
  std::string date_;
  std::string usual_;  // the beginning of a 200, and the second and the server it is for
  std::time_t usual_second_ = -1;
  const char* usual_server_ = nullptr;
  std::uint64_t state_[2];
};

}  // namespace openimds::http
