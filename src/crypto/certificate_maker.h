// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

// The X.509 of our own: private authorities, and the certificates that they issue, for HTTPS and
// for signed documents. What is made here passes RFC 5280's strict checks (`openssl verify
// -x509_strict`, Go, Python). Pure but for random numbers; every thread may call it.
namespace openimds {

struct MadeCertificate {
  std::string certificate_pem;
  Secret key_pem;  // PKCS#8
};

// A root that may sign servers only one step below it; ECDSA P-256, ten years. Fails with
// kCryptoFailed.
Result<MadeCertificate> MakeCa(std::string_view common_name, Time now);

// The same for signers of documents; RSA-3072, since that is what readers of Azure's documents
// know. Takes about half a second.
Result<MadeCertificate> MakeDocumentCa(std::string_view common_name, Time now);

// For a server that is reached by any of `names` (DNS names, `127.0.0.1`, `::1`, `[::1]`); 397
// days, which is the most that Apple's clients take. Fails with kCryptoFailed, also for a name that
// is neither.
Result<MadeCertificate> IssueServerCertificate(const MadeCertificate& ca,
                                               const std::vector<std::string>& names, Time now);

// For whoever signs documents under the first of `names` (DNS names) as its subject; RSA-2048, good
// for signing CMS and documents and for nothing else, 90 days. Fails as above.
Result<MadeCertificate> IssueDocumentSigner(const MadeCertificate& ca,
                                            const std::vector<std::string>& names, Time now);

// What decides whether a certificate has to be made again.
struct CertificateFacts {
  Time not_before;
  Time not_after;
  std::vector<std::string> names;  // as issued; addresses without brackets, in their short form
};

// Of the first certificate in `pem`. Fails with kCryptoFailed.
Result<CertificateFacts> ReadCertificate(std::string_view pem);

}  // namespace openimds
