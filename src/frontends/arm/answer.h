// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.h"
#include "http/response.h"

namespace openimds::arm {

// What a route answers, before it is bytes.
struct Answer {
  int status = 200;
  boost::json::value body = nullptr;                                // null: no body at all
  std::vector<std::pair<std::string_view, std::string>> headers{};  // as http::Response has them
};

// A refusal with the code that the resource manager gives it.
tl::unexpected<Error> Refuse(ErrorKind kind, std::string_view reason, std::string code,
                             std::string message);

// Something in a request's body: 400 `InvalidRequestContent`, or another code.
tl::unexpected<Error> BadContent(std::string message, std::string code = "InvalidRequestContent");

// The status that goes with it.
int StatusOf(const Error& error);

// `{"code":…,"message":…}`; a failure of ours says no more than that.
boost::json::object ErrorObject(const Error& error);
// `{"error":{"code":…,"message":…}}`; a failure of ours says no more than that.
std::string RenderError(const Error& error);

http::Response ToResponse(const Answer& answer);
http::Response ToResponse(const Error& error);

}  // namespace openimds::arm
