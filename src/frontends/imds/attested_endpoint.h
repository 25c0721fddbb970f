// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/attestation_signer.h"
#include "base/clock.h"
#include "base/published.h"
#include "broker/token_broker.h"
#include "frontends/imds/attested_request.h"
#include "http/request.h"
#include "http/response.h"
#include "telemetry/log.h"

namespace openimds::imds {

// What attested documents are made with. All of it must outlive the endpoint.
struct AttestedParts {
  const TokenBroker& broker;
  AttestationSigner& signer;
  const Clock& clock;
  Log& log;
};

// The attested category of IMDS. Requests are judged on the I/O thread; signing is a worker's.
class AttestedEndpoint {
 public:
  AttestedEndpoint(const Published<Door>& door, const AttestedParts& parts)
      : door_(door), parts_(parts) {}

  // GET /metadata/attested/document
  http::Reply HandleDocument(const http::Request& request) const;

 private:
  http::Response Attest(const Machine& machine, const AttestedQuestion& question) const;
  http::Response ReportFailure(const Error& error) const;

  const Published<Door>& door_;
  const AttestedParts parts_;
};

}  // namespace openimds::imds
