// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace openimds::extension {

// A certificate that came with the goal state, as the agent keeps it: `<thumbprint>.crt` and
// `<thumbprint>.prv` in its own folder, in PEM with remarks of OpenSSL between.
struct GoalStateCertificate {
  std::string thumbprint;  // 40 hexadecimal digits in capitals
  std::filesystem::path certificate_file;
  std::filesystem::path key_file;
  Time not_before;
  Time not_after;
};

// The pair is checked: the certificate has that thumbprint, the key is its own, and nobody but
// their owner can read the key (the agent makes it 0644 in a 0700 folder and closes it later:
// either is enough). Fails with kHandlerDependency if the certificate or its key is not there, with
// kCredentialInvalid if one is damaged or another's, and with kStateModes.
Result<GoalStateCertificate> FindByThumbprint(const std::filesystem::path& agent_folder,
                                              std::string_view thumbprint);

// The youngest of those that are good at `now` and whose subject's common name this is, so that a
// renewed certificate is found without new settings. Damaged ones are passed over.
Result<GoalStateCertificate> FindByCommonName(const std::filesystem::path& agent_folder,
                                              std::string_view common_name, Time now);

// What an envelope for that certificate holds: the protected settings, in plain. Fails as
// FindByThumbprint() and OpenCmsEnvelope().
Result<Secret> OpenForThumbprint(const std::filesystem::path& agent_folder,
                                 std::string_view thumbprint, std::string_view envelope_der);

// The common names in a subject as RFC 2253 writes it (`CN=web\, one,O=x`). Exposed for its tests.
bool HasCommonName(std::string_view subject, std::string_view common_name);

}  // namespace openimds::extension
