// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/instance_endpoint.h"

#include <string_view>

#include "base/reasons.h"
#include "frontends/imds/api_version.h"
#include "frontends/imds/general_category.h"
#include "frontends/imds/instance_request.h"
#include "frontends/imds/instance_response.h"
#include "http/form.h"

namespace openimds::imds {
namespace {

constexpr std::string_view kPath = "/metadata/instance";

}  // namespace

http::Reply InstanceEndpoint::HandleInstance(const http::Request& request) const {
  const std::shared_ptr<const Door>& door = door_.Read();
  if (auto refusal = RefuseBeforeQuestion(request, *door)) return *std::move(refusal);
  const auto question = ParseInstanceRequest(request.path.substr(kPath.size()), request.query);
  if (!question) return RenderInstanceError(question.error());
  const auto machine = broker_.FindMachine(*door, request.peer);
  if (!machine) return RenderInstanceError(machine.error());
  return RenderInstance(*machine, *question);
}

http::Reply InstanceEndpoint::HandleVersions(const http::Request& request) const {
  if (auto refusal = RefuseBeforeQuestion(request, *door_.Read())) return *std::move(refusal);
  http::Form form;
  if (auto added = form.Add(request.query); !added) return RenderInstanceError(added.error());
  return RenderVersions();
}

http::Reply InstanceEndpoint::HandleRoot(const http::Request& request) const {
  if (auto refusal = RefuseBeforeQuestion(request, *door_.Read())) return *std::move(refusal);
  http::Form form;
  if (auto added = form.Add(request.query); !added) return RenderInstanceError(added.error());
  if (auto version = CheckApiVersion(form); !version) return RenderInstanceError(version.error());
  return RenderInstanceError(
      {ErrorKind::kNotFound, reasons::kNoSuchPath, "expected a category behind '/metadata'"});
}

}  // namespace openimds::imds
