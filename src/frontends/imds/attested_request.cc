// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/attested_request.h"

#include <algorithm>

#include "authority/attested_document.h"
#include "base/reasons.h"
#include "frontends/imds/general_category.h"
#include "http/form.h"

namespace openimds::imds {
namespace {

constexpr std::size_t kMaxNonce = 32;

Result<std::optional<std::string>> ParseNonce(const http::Form& form) {
  const auto nonce = form.Find("nonce");
  if (!nonce) return std::optional<std::string>();
  const bool good =
      !nonce->empty() && nonce->size() <= kMaxNonce &&
      std::all_of(nonce->begin(), nonce->end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      });
  if (good) return std::optional<std::string>(*nonce);
  return Fail(ErrorKind::kInvalidRequest, reasons::kNonceInvalid,
              "Query variable 'nonce' must be 1 to 32 letters and digits");
}

}  // namespace

Result<AttestedQuestion> ParseAttestedRequest(std::string_view query) {
  http::Form form;
  TRY_VOID(form.Add(query));
  TRY(const std::size_t version, ParseVersionFrom(kAttestedSince, form));
  TRY_VOID(CheckJsonFormat(form));
  TRY(auto nonce, ParseNonce(form));
  return AttestedQuestion{version, std::move(nonce)};
}

}  // namespace openimds::imds
