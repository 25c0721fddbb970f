// SPDX-License-Identifier: Apache-2.0
#include "credentials/az_cli.h"

#include <time.h>

#include <optional>
#include <string>
#include <utility>

#include <boost/json.hpp>

#include "base/reasons.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "credentials/upstream_log.h"
#include "crypto/json_object.h"

namespace openimds {
namespace {

namespace json = boost::json;

tl::unexpected<Error> Nonsense(const std::string& what) {
  return Fail(ErrorKind::kUnavailable, reasons::kUpstreamNonsense,
              "expected " + what + " from az account get-access-token, got something else");
}

tl::unexpected<Error> Failed(const std::string& what) {
  return Fail(ErrorKind::kUnavailable, reasons::kCredentialFailed, what);
}

// `expires_on` is a number in newer versions; older ones have only `expiresOn`, in local time.
std::optional<Time> ExpiryOf(const json::object& object) {
  const json::value* number = object.if_contains("expires_on");
  if (number != nullptr && number->is_int64()) {
    return TimeFromNumber(number->get_int64());
  }
  const std::string text(TextOf(object, "expiresOn"));
  struct tm parts {};
  if (strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &parts) == nullptr) return std::nullopt;
  parts.tm_isdst = -1;
  return TimeFromNumber(mktime(&parts));
}

// The last line of what it said, which is where `az` puts its reason.
std::string LastLine(const std::string& errors) {
  std::string last;
  for (const std::string_view line : Split(errors, '\n')) {
    if (!TrimSpace(line).empty()) last = std::string(TrimSpace(line).substr(0, 500));
  }
  return last;
}

class AzCliCredential final : public Credential {
 public:
  AzCliCredential(CredentialSettings settings, Log& log)
      : settings_(std::move(settings)), log_(log) {}

  TokenScope ScopeFor(const Identity&) const override { return TokenScope::kIdentity; }

  Result<AccessToken> Fetch(const TokenRequest& request, Time now) override {
    auto token = Ask(request, now);
    LogUpstream(log_, "az", request, token);
    return token;
  }

 private:
  Result<AccessToken> Ask(const TokenRequest& request, Time now) const {
    SubprocessRequest call;
    call.program = settings_.Option("program", "az");
    call.arguments = {"account",    "get-access-token", "--output", "json", "--only-show-errors",
                      "--resource", request.resource};
    if (const std::string tenant = settings_.Option("tenant_id"); !tenant.empty()) {
      call.arguments.insert(call.arguments.end(), {"--tenant", tenant});
    }
    if (const std::string folder = settings_.Option("config_dir"); !folder.empty()) {
      call.environment.emplace_back("AZURE_CONFIG_DIR", folder);
    }
    call.time_limit = std::chrono::seconds(*ParseDecimal(settings_.Option("timeout", "30")));
    const auto result = RunSubprocess(call);
    if (!result) return Failed(result.error().message);
    if (result->exit_status == 0) return ReadAzCliOutput(result->output.RevealSecret(), now);
    return Failed("az account get-access-token ended with status " +
                  std::to_string(result->exit_status) + ": " + LastLine(result->errors));
  }

  const CredentialSettings settings_;
  Log& log_;
};

}  // namespace

std::unique_ptr<Credential> MakeAzCliCredential(const CredentialSettings& settings, Log& log) {
  return std::make_unique<AzCliCredential>(settings, log);
}

Result<AccessToken> ReadAzCliOutput(std::string_view output, Time now) {
  while (!output.empty() && (output.back() == '\n' || output.back() == '\r')) {
    output.remove_suffix(1);
  }
  const auto object = ParseJsonObject(output);
  if (!object) return Nonsense("a JSON object");
  std::string token(TextOf(*object, "accessToken"));
  if (token.empty()) return Nonsense("accessToken");
  const auto expires_on = ExpiryOf(*object);
  if (!expires_on) return Nonsense("expires_on or expiresOn");
  return AccessToken{Secret(std::move(token)), FromUnixSeconds(ToUnixSeconds(now)), *expires_on};
}

}  // namespace openimds
