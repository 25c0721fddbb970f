// SPDX-License-Identifier: Apache-2.0
#include "extension/counted_reply.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace openimds::extension {
namespace {

// A request that outlives its connection's buffer.
class KeptRequest {
 public:
  explicit KeptRequest(const http::Request& from)
      : method_(from.method),
        path_(from.path),
        query_(from.query),
        body_(from.body),
        peer_(from.peer) {
    texts_.reserve(from.headers.size());
    headers_.reserve(from.headers.size());
    for (const http::Header& header : from.headers) {
      const auto& [name, value] = texts_.emplace_back(header.name, header.value);
      headers_.push_back({name, value});
    }
  }
  KeptRequest(const KeptRequest&) = delete;
  KeptRequest& operator=(const KeptRequest&) = delete;

  http::Request View() const {
    return {.method = method_,
            .path = path_,
            .query = query_,
            .headers = headers_,
            .body = body_,
            .peer = peer_};
  }

 private:
  const std::string method_, path_, query_, body_;
  std::vector<std::pair<std::string, std::string>> texts_;
  std::vector<http::Header> headers_;
  const Peer peer_;
};

// From the pool's thread, which may block.
void Respond(http::Reply reply, const http::Responder& respond) {
  if (auto* deferred = std::get_if<http::Deferred>(&reply)) return respond(deferred->work());
  if (auto* awaited = std::get_if<http::Awaited>(&reply)) return awaited->begin(respond);
  respond(std::get<http::Response>(std::move(reply)));
}

}  // namespace

http::Reply CountedReply(http::WorkerPool& pool, const std::function<void(const Peer&)>& note,
                         const http::Handler& answer, const http::Request& request) {
  auto kept = std::make_shared<const KeptRequest>(request);
  return http::Awaited{[&pool, note, answer, kept](http::Responder respond) {
    const bool accepted = pool.TryRun([note, answer, kept, respond] {
      note(kept->View().peer);
      Respond(answer(kept->View()), respond);
    });
    if (accepted) return;
    http::Reply reply = answer(kept->View());
    auto* deferred = std::get_if<http::Deferred>(&reply);
    if (deferred) return respond(std::move(deferred->if_busy));  // this thread must not block
    Respond(std::move(reply), respond);
  }};
}

}  // namespace openimds::extension
