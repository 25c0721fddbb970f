// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace openimds::http {

// Runs on an I/O thread: answers from memory at once, or returns a Deferred or an Awaited. Never
// blocks.
using Handler = std::function<Reply(const Request&)>;

// How a protocol words the refusals that happen before any of its handlers is reached.
// `error.reason` is one of kNoSuchPath, kMethodNotAllowed, or one of the server's own (malformed
// request, limits, Host, …); `status` is what HTTP says about it. `allow` is set for 405.
using RefusalRenderer =
    std::function<Response(int status, const Error& error, const Request* request)>;

// Paths and methods of one protocol. Everything that is not listed is refused: no prefix, no
// folding, no falling through. Paths are compared byte by byte, except for what the two options
// allow, for a segment written `{name}`, which stands for exactly one segment that is not empty,
// and for a last segment written `{name...}`, which stands for all that follows its slash: any
// number of segments, raw, or nothing. What they mean is for the handler to judge.
class Router {
 public:
  struct Options {
    // Azure matches `/metadata` in any case, and nothing else.
    bool first_segment_ignores_case = false;
    // The old extension is asked for `//oauth2/token` by a real agent.
    bool collapses_repeated_slashes = false;
  };

  Router(Options options, RefusalRenderer refuse);

  // HEAD is answered by the GET handler. REQUIRES: the path begins with `/` and is not yet there
  // with that method.
  void Add(std::string_view method, std::string_view path, Handler handler);

  Reply Route(const Request& request) const;
  Response Refuse(int status, const Error& error, const Request* request) const;

 private:
  struct Entry {
    std::string path;
    std::string method;
    Handler handler;
  };

  const Options options_;
  const RefusalRenderer refuse_;
  std::vector<Entry> entries_;
};

}  // namespace openimds::http
