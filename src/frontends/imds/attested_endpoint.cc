// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/attested_endpoint.h"

#include <string>
#include <utility>

#include "authority/attested_document.h"
#include "base/reasons.h"
#include "crypto/digest.h"
#include "frontends/imds/api_version.h"
#include "frontends/imds/general_category.h"
#include "frontends/imds/instance_response.h"
#include "frontends/imds/token_response.h"
#include "telemetry/events.h"

namespace openimds::imds {

http::Reply AttestedEndpoint::HandleDocument(const http::Request& request) const {
  const std::shared_ptr<const Door>& door = door_.Read();
  if (auto refusal = RefuseBeforeQuestion(request, *door)) return *std::move(refusal);
  auto question = ParseAttestedRequest(request.query);
  if (!question) return RenderInstanceError(question.error());
  auto machine = parts_.broker.FindMachine(*door, request.peer);
  if (!machine) return RenderInstanceError(machine.error());
  return http::Deferred{[this, entry = *std::move(machine), asked = *std::move(question)] {
                          return Attest(*entry->machine, asked);
                        },
                        RenderInstanceError({ErrorKind::kUnavailable, reasons::kBusy,
                                             "too much is being signed", std::chrono::seconds{1}})};
}

// Whatever it was is the administrator's to know, and none of the machine's doing.
http::Response AttestedEndpoint::ReportFailure(const Error& error) const {
  parts_.log.Write(LogLevel::kError, events::kAttestationFailed,
                   {{"reason", error.reason}, {"message", error.message}});
  return RenderInstanceError({ErrorKind::kInternal, error.reason, error.message});
}

http::Response AttestedEndpoint::Attest(const Machine& machine,
                                        const AttestedQuestion& question) const {
  const AttestedDocument document = AttestedDocumentOf(machine, ApiVersions()[question.version],
                                                       question.nonce, parts_.clock.Now());
  const auto message = parts_.signer.Sign(RenderAttestedDocument(document));
  if (!message && message.error().kind == ErrorKind::kUnavailable) {
    return RenderInstanceError(message.error());
  }
  if (!message) return ReportFailure(message.error());
  http::Response response = http::Response::Json(
      200, R"({"encoding":"pkcs7","signature":")" + Base64Encode(*message) + "\"}");
  response.server = kServer;
  return response;
}

}  // namespace openimds::imds
