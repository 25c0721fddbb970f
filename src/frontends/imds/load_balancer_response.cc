// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/load_balancer_response.h"

#include <string>

#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "broker/flat_answer.h"
#include "frontends/imds/token_response.h"
#include "model/load_balancer_document.h"

namespace openimds::imds {
namespace {

http::Response Answer(int status, std::string body) {
  http::Response response = http::Response::Json(status, std::move(body));
  response.server = kServer;
  return response;
}

http::Response AnswerError(int status, const std::string& text) {
  return Answer(status, "{\"error\":" + JsonQuoted(text) + "}");
}

}  // namespace

http::Response RenderLoadBalancer(const Machine& machine) {
  const auto document = LoadBalancerDocument(machine);
  if (document) return Answer(200, boost::json::serialize(*document));
  return AnswerError(404,
                     "No load balancer metadata is found. Please check if your VM is using any "
                     "non-basic SKU load balancer and retry later.");
}

bool IsLoadBalancerPath(std::string_view path) {
  constexpr std::string_view kFirst = "/metadata";
  constexpr std::string_view kRest = "/loadbalancer";
  if (!StartsWithIgnoringCase(path, kFirst)) return false;
  path.remove_prefix(kFirst.size());
  return path.starts_with(kRest) && (path.size() == kRest.size() || path[kRest.size()] == '/');
}

http::Response RenderLoadBalancerRefusal(int status, const http::Request& request) {
  const std::string problem = status == 405 ? "Http method is not allowed" : "API is not found";
  return AnswerError(status, problem + ": Path = \"" + std::string(request.path) +
                                 "\", Method = \"" + std::string(request.method) + "\"");
}

}  // namespace openimds::imds
