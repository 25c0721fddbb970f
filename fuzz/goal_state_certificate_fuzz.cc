// SPDX-License-Identifier: Apache-2.0
// What comes with a goal state: a certificate and its key as the agent writes them, an envelope of
// protected settings, and the subject by which a certificate is chosen.
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/client_certificate.h"
#include "crypto/cms_envelope.h"
#include "crypto/public_certificate.h"
#include "extension/handler/goal_state_certificate.h"
#include "testing/sample_certificate.h"

namespace {

const openimds::SampleCertificate& Ours() {
  static const openimds::SampleCertificate made = openimds::MakeSampleCertificate();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 65536) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0: {
      const openimds::Secret file{bytes};
      (void)openimds::ParseClientCertificate(file, openimds::Secret());
      break;
    }
    case 1: {
      const auto certificate = openimds::PublicCertificate::Parse(bytes);
      if (certificate) {
        (void)openimds::extension::HasCommonName(certificate->subject(), "sample");
      }
      break;
    }
    case 2:
      (void)openimds::OpenCmsEnvelope(bytes, Ours().certificate, openimds::Secret(Ours().key));
      break;
    default:
      (void)openimds::extension::HasCommonName(bytes, bytes.substr(0, bytes.size() / 2));
  }
  return 0;
}
