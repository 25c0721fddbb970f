// SPDX-License-Identifier: Apache-2.0
// The request parser, target and Host rules. Whatever arrives, and however it is cut into pieces:
// nothing else is served, every view lies within the bytes, and nothing is read twice.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/request_parser.h"
#include "http/target.h"

namespace openimds::http {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

struct Outcome {
  RequestParser::Progress progress = RequestParser::Progress::kNeedMore;
  std::size_t consumed = 0;
  std::string method, target, body;
  std::size_t headers = 0;
};

Outcome Parse(std::string_view bytes, std::size_t piece) {
  const ServerSettings limits{.max_uri_bytes = 256, .max_headers = 16, .max_body_bytes = 128};
  RequestParser parser(limits);
  Outcome outcome;
  for (std::size_t end = 0; end < bytes.size();) {
    end = std::min(bytes.size(), end + piece);
    std::size_t consumed = 0;
    outcome.progress =
        parser.Parse(bytes.substr(outcome.consumed, end - outcome.consumed), &consumed);
    outcome.consumed += consumed;
    Require(outcome.consumed <= end);
    if (outcome.progress != RequestParser::Progress::kNeedMore) break;
  }
  if (outcome.progress != RequestParser::Progress::kComplete) return outcome;
  outcome.method = parser.method();
  outcome.target = parser.raw_target();
  outcome.body = parser.body();
  outcome.headers = parser.headers().size();
  Require(outcome.body.size() <= limits.max_body_bytes);
  Require(outcome.target.size() <= limits.max_uri_bytes);
  Require(outcome.headers <= limits.max_headers);
  for (const Header& header : parser.headers()) {
    Require(header.name.data() >= bytes.data() &&
            header.name.data() + header.name.size() <= bytes.data() + bytes.size());
    Require(header.value.find('\n') == std::string_view::npos);
    Require(header.value.find('\0') == std::string_view::npos);
  }
  if (const auto target_parts = ParseTarget(outcome.target)) {
    Require(target_parts->path.find_first_of("%\\#") == std::string_view::npos);
    Require(target_parts->path.front() == '/');
  }
  IsAllowedHost(parser.host(), {"localhost", "[::1]"});
  return outcome;
}

}  // namespace
}  // namespace openimds::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace openimds::http;
  if (size > 4096) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = Parse(bytes, size + 1);
  const Outcome pieces = Parse(bytes, 1 + size % 7);
  if (whole.progress == RequestParser::Progress::kComplete) {
    Require(pieces.progress == whole.progress && pieces.consumed == whole.consumed);
    Require(pieces.method == whole.method && pieces.target == whole.target);
    Require(pieces.body == whole.body && pieces.headers == whole.headers);
  }
  // Cut into pieces, a header may be looked at only once its end has come: later, never otherwise.
  if (whole.progress == RequestParser::Progress::kRefused) {
    Require(pieces.progress != RequestParser::Progress::kComplete);
  }
  return 0;
}
