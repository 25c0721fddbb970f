// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/text.h"
#include "crypto/client_certificate.h"
#include "testing/sample_certificate.h"
#include "testing/temporary_folder.h"

namespace openimds::extension {

// An agent's folder with certificates in it, as the agent writes them.
class AgentFolder {
 public:
  const std::filesystem::path& path() const { return folder_.path(); }

  // Its thumbprint. `name` is that of the files, if it is to be another.
  std::string Add(const SampleCertificate& pair, std::string name = {}) {
    const auto parsed = ParseClientCertificate(Secret(pair.both()), Secret());
    std::string thumbprint = LowerHex((*parsed)->thumbprints().sha1);
    std::transform(thumbprint.begin(), thumbprint.end(), thumbprint.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (name.empty()) name = thumbprint;
    Put(name + ".crt", "Bag Attributes: <No Attributes>\nsubject=CN = x\n" + pair.certificate);
    Put(name + ".prv", "Bag Attributes: <No Attributes>\n" + pair.key);
    return thumbprint;
  }

  void Put(const std::string& name, const std::string& text) const {
    std::ofstream(path() / name, std::ios::binary) << text;
    chmod((path() / name).c_str(), 0644);
  }

 private:
  const TemporaryFolder folder_;
};

}  // namespace openimds::extension
