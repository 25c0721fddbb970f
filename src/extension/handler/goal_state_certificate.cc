// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/goal_state_certificate.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <system_error>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/client_certificate.h"
#include "crypto/cms_envelope.h"
#include "crypto/public_certificate.h"
#include "extension/handler/agent_json.h"

namespace openimds::extension {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kThumbprintDigits = 40;

std::string Capitals(std::string_view text) {
  std::string capitals(text);
  std::transform(capitals.begin(), capitals.end(), capitals.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return capitals;
}

tl::unexpected<Error> Missing(const std::string& what) {
  return Fail(ErrorKind::kNotFound, reasons::kHandlerDependency, what);
}

bool IsThumbprint(std::string_view text) {
  return text.size() == kThumbprintDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return HexValue(c) >= 0; });
}

bool IsClosedToOthers(const fs::path& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && (status.st_mode & 077U) == 0;
}

Result<Secret> ReadKey(const fs::path& file) {
  if (!IsClosedToOthers(file) && !IsClosedToOthers(file.parent_path())) {
    struct stat status {};
    if (stat(file.c_str(), &status) != 0) {
      return Missing("expected the key of the certificate as '" + file.string() + "'");
    }
    return Fail(ErrorKind::kForbidden, reasons::kStateModes,
                "expected '" + file.string() +
                    "', or its folder, to be closed to others; mend it " + "with: chmod 400 '" +
                    file.string() + "'");
  }
  auto text = ReadAgentFile(file);
  if (!text) {
    return Missing("expected the key of the certificate: " + text.error().message);
  }
  return Secret(std::move(*text));
}

struct Pair {
  std::string certificate;
  GoalStateCertificate facts;
};

Result<Pair> ReadPair(const fs::path& folder, const std::string& thumbprint) {
  Pair pair;
  pair.facts.thumbprint = thumbprint;
  pair.facts.certificate_file = folder / (thumbprint + ".crt");
  pair.facts.key_file = folder / (thumbprint + ".prv");
  auto certificate = ReadAgentFile(pair.facts.certificate_file);
  if (!certificate) {
    return Missing("no certificate with thumbprint " + thumbprint + " came with the goal state (" +
                   certificate.error().message + ")");
  }
  pair.certificate = std::move(*certificate);
  TRY(const Secret key, ReadKey(pair.facts.key_file));
  std::string both(key.RevealSecret());
  both += "\n" + pair.certificate;
  TRY(const auto parsed, ParseClientCertificate(Secret(std::move(both)), Secret()));
  if (Capitals(LowerHex(parsed->thumbprints().sha1)) != thumbprint) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kCredentialInvalid,
                "expected the certificate with thumbprint " + thumbprint + " in '" +
                    pair.facts.certificate_file.string() + "', got another");
  }
  pair.facts.not_before = parsed->not_before();
  pair.facts.not_after = parsed->not_after();
  return pair;
}

bool IsWanted(const Pair& pair, std::string_view common_name, Time now) {
  const auto certificate = PublicCertificate::Parse(pair.certificate);
  return certificate && HasCommonName(certificate->subject(), common_name) &&
         now < pair.facts.not_after && pair.facts.not_before <= now;
}

}  // namespace

Result<GoalStateCertificate> FindByThumbprint(const fs::path& agent_folder,
                                              std::string_view thumbprint) {
  if (!IsThumbprint(thumbprint)) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kHandlerSettings,
                "expected a thumbprint of 40 hexadecimal digits");
  }
  TRY(Pair pair, ReadPair(agent_folder, Capitals(thumbprint)));
  return std::move(pair.facts);
}

Result<GoalStateCertificate> FindByCommonName(const fs::path& agent_folder,
                                              std::string_view common_name, Time now) {
  std::optional<GoalStateCertificate> youngest;
  std::error_code failure;
  fs::directory_iterator at(agent_folder, failure);
  for (; !failure && at != fs::directory_iterator(); at.increment(failure)) {
    const std::string thumbprint = at->path().stem().string();
    if (at->path().extension() != ".crt" || !IsThumbprint(thumbprint)) continue;
    auto pair = ReadPair(agent_folder, thumbprint);
    if (!pair || !IsWanted(*pair, common_name, now)) continue;
    if (!youngest || youngest->not_before < pair->facts.not_before) {
      youngest = std::move(pair->facts);
    }
  }
  if (youngest) return std::move(*youngest);
  return Missing("no certificate with the common name '" + std::string(common_name) +
                 "' that is good now, with its key, came with the goal state");
}

Result<Secret> OpenForThumbprint(const fs::path& agent_folder, std::string_view thumbprint,
                                 std::string_view envelope_der) {
  TRY(const GoalStateCertificate found, FindByThumbprint(agent_folder, thumbprint));
  TRY(const std::string certificate, ReadAgentFile(found.certificate_file));
  TRY(const Secret key, ReadKey(found.key_file));
  return OpenCmsEnvelope(envelope_der, certificate, key);
}

bool HasCommonName(std::string_view subject, std::string_view common_name) {
  std::string escaped = "CN=";
  for (const char c : common_name) {
    if (std::string_view(",+\"\\<>;").find(c) != std::string_view::npos) escaped.push_back('\\');
    escaped.push_back(c);
  }
  for (std::size_t at = subject.find(escaped); at != std::string_view::npos;
       at = subject.find(escaped, at + 1)) {
    const bool begins = at == 0 || subject[at - 1] == ',' || subject[at - 1] == '+';
    const bool begins_escaped = at > 1 && begins && subject[at - 2] == '\\';
    const std::size_t end = at + escaped.size();
    const bool ends = end == subject.size() || subject[end] == ',' || subject[end] == '+';
    if (begins && !begins_escaped && ends) return true;
  }
  return false;
}

}  // namespace openimds::extension
