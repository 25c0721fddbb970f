// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "cli/choice.h"
#include "cli/exit_codes.h"
#include "cli/invocation.h"
#include "cli/render.h"
#include "cli/verbs.h"
#include "crypto/jwt.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

enum class Format { kJson, kRaw, kClaims };
constexpr std::string_view kFormatNames[] = {"json", "raw", "claims"};

struct TokenOptions {
  json::object arguments;
  Format format = Format::kJson;
};

// Nobody's word is taken for it: it is our own token, and it is only shown.
Result<std::string> RenderClaims(std::string_view token) {
  TRY(const UnverifiedJwt jwt, ReadJwt(token));
  json::error_code failure;
  const json::value claims = json::parse(jwt.claims, failure);
  if (!failure) return RenderJson(claims);
  return Fail(ErrorKind::kInternal, reasons::kSigningFailed,
              "expected claims as JSON in the token, got something else");
}

Result<std::string> Render(const json::value& answer, Format format) {
  const std::string token = MemberText(answer, "access_token");
  switch (format) {
    case Format::kJson:
      return json::serialize(answer) + "\n";
    case Format::kRaw:
      return token + "\n";
    case Format::kClaims:
      return RenderClaims(token);
  }
  return std::string();
}

Result<int> GetToken(const Invocation& invocation, const TokenOptions& options) {
  TRY(const json::value answer, invocation.Run("token.get", options.arguments));
  TRY(const std::string text, Render(answer, options.format));
  invocation.program.out << text;
  return kDone;
}

CLI::Option* AddArgument(CLI::App& verb, const std::shared_ptr<TokenOptions>& options,
                         const std::string& names, const char* argument,
                         const std::string& description) {
  return verb.add_option_function<std::string>(
      names, [options, argument](const std::string& text) { options->arguments[argument] = text; },
      description);
}

}  // namespace

void AddToken(CLI::App& app, Invocation& invocation) {
  CLI::App* verb = app.add_subcommand("token", "Get a token as a workload would");
  auto options = std::make_shared<TokenOptions>();
  AddArgument(*verb, options, "--resource", "resource",
              "The audience, such as https://management.azure.com/")
      ->required();
  AddArgument(*verb, options, "--machine", "machine", "Whose token; else the configured machine");
  CLI::Option* client_id =
      AddArgument(*verb, options, "--client-id", "clientId", "The identity with this client id");
  CLI::Option* object_id =
      AddArgument(*verb, options, "--object-id", "objectId", "The identity with this object id");
  CLI::Option* resource_id =
      AddArgument(*verb, options, "--msi-res-id", "msiResId", "The identity with this resource id");
  client_id->excludes(object_id)->excludes(resource_id);
  object_id->excludes(resource_id);
  AddChoice<Format>(*verb, "--format", options->format, kFormatNames,
                    "As IMDS gives it, the token alone, or its claims");
  verb->callback([&invocation, options] {
    invocation.action = [&invocation, options] { return GetToken(invocation, *options); };
  });
}

}  // namespace openimds::cli
