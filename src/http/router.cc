// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <algorithm>
#include <utility>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::http {
namespace {

// Takes the first segment, with its slash, off the front of `path`.
std::string_view TakeSegment(std::string_view* path) {
  const size_t end = path->empty() ? 0 : std::min(path->find('/', 1), path->size());
  const std::string_view segment = path->substr(0, end);
  path->remove_prefix(end);
  return segment;
}

bool IsVariable(std::string_view segment) { return segment.substr(0, 2) == "/{"; }

// Of what is left of our path.
bool IsTail(std::string_view rest) {
  return IsVariable(rest) && rest.ends_with("...}") && rest.find('/', 1) == std::string_view::npos;
}

bool SameSegment(std::string_view ours, std::string_view theirs, bool ignores_case) {
  if (IsVariable(ours)) return theirs.size() > 1;
  return ignores_case ? EqualsIgnoringCase(ours, theirs) : ours == theirs;
}

bool SamePath(std::string_view ours, std::string_view theirs, bool first_segment_ignores_case) {
  if (ours == theirs) return true;  // nearly always
  bool first = true;
  while (!ours.empty() && !theirs.empty()) {
    if (IsTail(ours)) return true;
    const bool ignores_case = std::exchange(first, false) && first_segment_ignores_case;
    if (!SameSegment(TakeSegment(&ours), TakeSegment(&theirs), ignores_case)) return false;
  }
  return ours.empty() && theirs.empty();
}

std::string CollapseSlashes(std::string_view path) {
  std::string collapsed;
  for (const char c : path) {
    if (c != '/' || collapsed.empty() || collapsed.back() != '/') collapsed.push_back(c);
  }
  return collapsed;
}

}  // namespace

Router::Router(Options options, RefusalRenderer refuse)
    : options_(options), refuse_(std::move(refuse)) {}

void Router::Add(std::string_view method, std::string_view path, Handler handler) {
  entries_.push_back({std::string(path), std::string(method), std::move(handler)});
}

Reply Router::Route(const Request& request) const {
  std::string_view path = request.path;
  std::string collapsed;
  if (options_.collapses_repeated_slashes && path.find("//") != std::string_view::npos) {
    path = collapsed = CollapseSlashes(path);
  }
  const std::string_view method = request.method == "HEAD" ? "GET" : request.method;
  std::string allow;
  for (const Entry& entry : entries_) {
    if (!SamePath(entry.path, path, options_.first_segment_ignores_case)) continue;
    if (entry.method == method) return entry.handler(request);
    allow.append(allow.empty() ? "" : ", ").append(entry.method);
  }
  if (allow.empty()) {
    return Refuse(404,
                  {ErrorKind::kNotFound, reasons::kNoSuchPath,
                   "there is nothing at '" + std::string(request.path) + "'"},
                  &request);
  }
  Response response = Refuse(405,
                             {ErrorKind::kInvalidRequest, reasons::kMethodNotAllowed,
                              "expected method " + allow + ", got " + std::string(request.method)},
                             &request);
  response.headers.emplace_back("Allow", std::move(allow));
  response.close = true;
  return response;
}

Response Router::Refuse(int status, const Error& error, const Request* request) const {
  return refuse_(status, error, request);
}

}  // namespace openimds::http
