// SPDX-License-Identifier: Apache-2.0
// The verifier of attested documents, with whatever bytes. One root is fixed, and the seeds hold
// messages under it, so that what comes behind a good signature is reached too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "authority/attestation_verifier.h"

namespace openimds {
namespace {

constexpr char kRoot[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDCTCCAfGgAwIBAgIUN7IH6HF7RskR9JbvUv+A/h6D3kkwDQYJKoZIhvcNAQEL\n"
    "BQAwFDESMBAGA1UEAwwJZnV6eiByb290MB4XDTI2MTEyNTEzMDg1OVoXDTQ2MTEy\n"
    "MDEzMDg1OVowFDESMBAGA1UEAwwJZnV6eiByb290MIIBIjANBgkqhkiG9w0BAQEF\n"
    "AAOCAQ8AMIIBCgKCAQEAscqXJWS+BPx5SH+pWyfhyTq2qhPaGHu3xpk+DwSRgiqZ\n"
    "2txAxyKbQb/DcIMIipg7Cvlvdt3MvWzwg4/tkOeMUkLICBF1rIJCgINSAOmWED1b\n"
    "iP1h5s/PHPYKJUGlt4K9og+pyG9G5Brqqj/yK8FrinUCEErJAwgOuLP6+ZFmbwaN\n"
    "vmErYZdGKfrR5sFwhxQrCSFXtITyBZ30Ano4mg/cNjhK3Cr3g7GRtJFUDSZePyqO\n"
    "ddJcRWJvFyOmNrTd/SvaIwk3tE9zfqfHvGrvdFiDV3EBHmSkm0SDHEYIHlw6yDv2\n"
    "stf/BlOpIE7jVm+G5TY8i0EfhBeR9GgjEkg1h0O63QIDAQABo1MwUTAdBgNVHQ4E\n"
    "FgQUbtzfltwccR1oclVUSWvVRRvIU/8wHwYDVR0jBBgwFoAUbtzfltwccR1oclVU\n"
    "SWvVRRvIU/8wDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAdzCp\n"
    "2JFNTH0WR0etunlpOluU5ypJfxKjfUl+/hdrhn/vg3wY/ewvhR/4D/IF7hCpAJgK\n"
    "KyCoGlE36w0n787OtP/coaX6RmCqOGg/H7+kmZvRv9TQRfuKpW89SFCGo/obSj2t\n"
    "mnhrUK+JX8EHWhSA74NYUSg4N7UYCfCR/EItijA+ClFFh42Dh+X3027w+hb711yB\n"
    "okbET1aTw/UNVjAxp5ZSmTmmGMulObfhHJo3uEeauuN2ft1KkO/GbiU6028gt4z0\n"
    "XGg6DWq37Q02GUmA+3j3ibgpevGZ6hwYhiMsqA3nsEU6jCB82kTu8ZgAo72iQPbl\n"
    "3SDr6HBSCwTusGK84Q==\n"
    "-----END CERTIFICATE-----\n";

void Require(bool condition) {
  if (!condition) std::abort();
}

// Nobody has the keys any more: what is believed is what was signed for the seeds.
void TryMessage(std::string_view bytes) {
  const Time now = FromUnixSeconds(1'795'654'800);
  const auto believed = VerifyAttestation(bytes, kRoot, {}, now);
  if (!believed) return;
  Require(believed->document.nonce == "1234567890");
  Require(believed->document.vm_id.ToString() == "aabbccdd-eeff-0011-2233-445566778899");
  Require(believed->document.expires_on > now);
}

// What is read can be written, and reads the same.
void TryDocument(std::string_view text) {
  const auto document = ParseAttestedDocument(text);
  if (!document) return;
  const std::string written = RenderAttestedDocument(*document);
  const auto again = ParseAttestedDocument(written);
  Require(again.has_value());
  Require(RenderAttestedDocument(*again) == written);
}

}  // namespace
}  // namespace openimds

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  openimds::TryMessage(bytes);
  openimds::TryDocument(bytes);
  return 0;
}
