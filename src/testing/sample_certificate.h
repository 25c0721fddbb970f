// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.h"
#include "crypto/signing_key.h"

namespace openimds {

// An RSA key with its self-signed certificate, as two PEM texts. Slow: make it once a suite.
struct SampleCertificate {
  std::string key;
  std::string certificate;

  std::string both() const { return key + certificate; }
};

inline SampleCertificate MakeSampleCertificate(Time now = std::chrono::system_clock::now()) {
  const auto made = SigningKey::Generate("sample", now);
  const Secret pem = (*made)->ToPem();
  const std::string text(pem.RevealSecret());
  const auto at = text.find("-----BEGIN CERTIFICATE");
  return {text.substr(0, at), text.substr(at)};
}

}  // namespace openimds
