// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "model/entities.h"

namespace openimds {

// What IMDS attests of a machine (protocol.md E.6): the content of the signed message. Members that
// an api-version does not have yet are nothing.
struct AttestedDocument {
  std::string nonce;
  std::string plan_name, plan_product, plan_publisher;
  Time created_on, expires_on;  // whole seconds
  Guid vm_id;
  std::optional<std::string> license_type;     // since 2020-09-01
  std::optional<std::string> subscription_id;  // since 2019-04-30
  std::optional<std::string> sku;              // since 2019-11-01
};

// How long a document is good for; Azure's sample has the same.
inline constexpr std::chrono::hours kAttestationLifetime{6};

// The first api-version that attests anything.
inline constexpr std::string_view kAttestedSince = "2018-10-01";

// The document of `machine` at `now` in that version. Without a nonce of the caller's, the time in
// UTC stands there: `20261125-131415`.
AttestedDocument AttestedDocumentOf(const Machine& machine, std::string_view api_version,
                                    const std::optional<std::string>& nonce, Time now);

// JSON on one line, in the order of Azure's sample. Times are UTC: `11/25/26 13:14:15 -0000`.
std::string RenderAttestedDocument(const AttestedDocument& document);

// Reads what Render wrote, or Azure; members that we do not know are ignored. Fails with
// kAttestationMalformed (kInvalidRequest), naming the member that is missing or wrong.
Result<AttestedDocument> ParseAttestedDocument(std::string_view text);

}  // namespace openimds
