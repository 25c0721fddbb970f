// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/operator.h"

#include "base/text.h"
#include "frontends/arm/call.h"

namespace openimds::arm {

Result<boost::json::value> AskAsOperator(const Workplace& at, std::string_view method,
                                         std::string_view path, const boost::json::object& body) {
  Call call;
  call.method = method;
  for (const std::string_view segment : Split(path, '/')) {
    if (!segment.empty()) call.segments.emplace_back(segment);
  }
  call.body = body;
  TRY(const Route* route, FindRoute(Routes(), &call));
  auto answer = route->handle(at, call);
  if (method != "GET") at.extensions.EndOthers(at.registry);
  if (!answer) return tl::unexpected<Error>(std::move(answer.error()));
  return std::move(answer->body);
}

}  // namespace openimds::arm
