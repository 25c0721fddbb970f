// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace openimds {

// How client assertions are signed (protocol.md F.2). PS256 is RSASSA-PSS with SHA-256, MGF1 with
// the same and a salt of 32 bytes; RS256 is RSASSA-PKCS1-v1_5 with SHA-256.
enum class AssertionAlgorithm { kPs256, kRs256 };

}  // namespace openimds
