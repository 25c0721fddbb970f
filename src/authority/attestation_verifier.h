// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "authority/attested_document.h"
#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"

namespace openimds {

// What a relying party asked for, or knows.
struct AttestationDemands {
  std::optional<std::string> nonce;
  std::optional<Guid> vm_id;
};

struct Attestation {
  AttestedDocument document;
  std::string signer;  // its subject
};

// A document may have been made this much later than now: clocks differ.
inline constexpr std::chrono::minutes kAttestationClockSkew{5};

// Believes an attested document, or fails with the reason of the first check that it does not pass,
// in this order: its form (kAttestationMalformed), signature, chain, the signer's purpose, the time
// of certificates (as VerifyCms), the document's window (kAttestationWindow), and what was demanded
// (kAttestationNonce, kAttestationMachine). `answer` is IMDS's JSON answer, the signature in it as
// base64 with or without white space, or what that stands for, in DER. Pure.
Result<Attestation> VerifyAttestation(std::string_view answer, std::string_view roots_pem,
                                      const AttestationDemands& demands, Time now);

}  // namespace openimds
