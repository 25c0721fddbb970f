// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace openimds::migrate {

// What a workload asks for, of the old endpoint or of the new one.
struct VerifyQuestion {
  std::string resource;
  std::string selector;  // client_id, object_id or msi_res_id; empty for no selector
  std::string value;     // of it
};

// Whom a token is for and about. Nobody's word is taken for it but the token's own.
struct TokenFacts {
  std::string audience;
  std::string subject;
  std::string tenant;

  bool operator==(const TokenFacts& other) const = default;
};

struct Verification {
  VerifyQuestion question;
  std::optional<TokenFacts> old_token;
  std::optional<TokenFacts> new_token;
  std::string problem;  // why the two are not equivalent; empty if they are

  bool is_equivalent() const { return problem.empty(); }
};

// Sends a GET with the header `Metadata: true` and gives the body of a 200; else why there is none.
using AskEndpoint = std::function<Result<Secret>(const std::string& url)>;

// Asks both endpoints the same. Equivalent are two tokens with the same audience, subject and
// tenant; two refusals are not. No token is kept or shown.
Verification VerifyEndpoints(const VerifyQuestion& question, std::string_view old_url,
                             std::string_view new_url, const AskEndpoint& ask);

}  // namespace openimds::migrate
