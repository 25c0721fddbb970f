// SPDX-License-Identifier: Apache-2.0
#include "frontends/control/routes.h"

#include <unistd.h>

#include <string>
#include <utility>

#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "crypto/json_object.h"
#include "frontends/control/wire.h"
#include "http/error_status.h"
#include "telemetry/events.h"

namespace openimds::control {
namespace {

http::Response Refuse(const Error& error) {
  return http::Response::Json(http::StatusOf(error.kind), RenderError(error));
}

Result<boost::json::object> ReadBody(std::string_view body) {
  if (body.empty()) return boost::json::object{};
  auto object = ParseJsonObject(body);
  if (object) return *std::move(object);
  return Fail(ErrorKind::kInvalidRequest, reasons::kMalformedRequest,
              "expected the arguments as a JSON object: " + object.error());
}

Result<boost::json::value> Answer(const Operations& operations, std::string_view name,
                                  std::string_view body, std::string_view caller) {
  TRY(const auto arguments, ReadBody(body));
  return operations.Run(name, arguments, caller);
}

http::Response Run(const Operations& operations, Log& log, std::string_view name,
                   std::string_view body, std::string_view caller) {
  const auto answer = Answer(operations, name, body, caller);
  const LogLevel level = Operations::Changes(name) ? LogLevel::kInfo : LogLevel::kDebug;
  const std::string_view outcome = answer ? "done" : answer.error().reason;
  log.Write(level, events::kOperation,
            {{"operation", name}, {"peer", caller}, {"outcome", outcome}});
  if (!answer) return Refuse(answer.error());
  return http::Response::Json(200, boost::json::serialize(*answer));
}

bool MayAdminister(const Peer& peer) {
  return peer.unix_peer && (peer.unix_peer->uid == 0 || peer.unix_peer->uid == geteuid());
}

http::Handler HandlerFor(const Operations& operations, Log& log, std::string_view name) {
  return [&operations, &log, name](const http::Request& request) -> http::Reply {
    if (!MayAdminister(request.peer)) {
      return Refuse({ErrorKind::kForbidden, reasons::kPeerNotAllowed,
                     "only the user that runs the service, and root, may do that"});
    }
    return http::Deferred{
        [&operations, &log, name, body = std::string(request.body),
         caller = request.peer.ToString()] { return Run(operations, log, name, body, caller); },
        Refuse({ErrorKind::kUnavailable, reasons::kBusy, "too much to do; try again"})};
  };
}

}  // namespace

std::shared_ptr<const http::Router> ControlRoutes(const Operations& operations, Log& log) {
  auto router = std::make_shared<http::Router>(
      http::Router::Options{}, [](int status, const Error& error, const http::Request*) {
        return http::Response::Json(status, RenderError(error));
      });
  for (const std::string_view name : Operations::Names()) {
    router->Add("POST", std::string(kOperationsPath) + std::string(name),
                HandlerFor(operations, log, name));
  }
  return router;
}

}  // namespace openimds::control
