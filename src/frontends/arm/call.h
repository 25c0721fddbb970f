// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "base/secret.h"
#include "http/request.h"
#include "model/entities.h"

namespace openimds::arm {

// What is kept of a request until its turn on the worker pool comes.
struct Received {
  std::string method;
  std::string path;
  std::string query;
  std::string body;
  std::string host;
  std::optional<Secret> authorization;
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::optional<std::string> client_request_id;  // if it is to be sent back
  Peer peer;
};
Received Keep(const http::Request& request);

using TextMap = std::map<std::string, std::string, std::less<>>;

// One request to the resource manager, read, with nothing decided yet.
struct Call {
  std::string method;
  std::vector<std::string> segments;  // of the path, without the empty ones
  TextMap query;                      // decoded; names in lower case
  std::string text;                   // the body as it came
  boost::json::object body;  // the same, read; empty for a route that reads the text itself
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::string base_url;  // `https://localhost:50344`, as the caller reached us
  std::string peer;      // where the caller is, for the audit trail

  // What the route found in the path (routes.h).
  TextMap captures;
  std::string target;  // the whole path, spelt as resource ids are
  std::string scope;   // the part of it that the right to do this is judged for
  std::string action;  // `Microsoft.Compute/virtualMachines/write`

  std::shared_ptr<const Identity> caller;  // null: an operator of this host, see OperatorAccess

  // REQUIRES: the route's path has a variable of that name.
  const std::string& At(std::string_view name) const { return captures.find(name)->second; }
  // The empty text where it was not said.
  std::string_view Query(std::string_view name) const;
};

// Path, query and headers. Fails with kApiVersionMissing, kApiVersionUnknown, kMalformedQuery or
// kDuplicateParameter. Pure.
Result<Call> ReadCall(const Received& received);

// The body: a JSON object of at most kMaxBodyDepth levels, or nothing. Fails with kContentInvalid.
inline constexpr std::size_t kMaxBodyDepth = 48;
Result<boost::json::object> ReadBody(std::string_view text);

// Takes members that are null out of a value, at every depth: clients write them for "not said".
void DropNulls(boost::json::value* value);

}  // namespace openimds::arm
