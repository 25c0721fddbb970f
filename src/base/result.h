// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace openimds {

// What the caller of this service may do about a failure. Each protocol maps a kind to its own
// status in one `switch` without a `default:`, so a new kind does not compile until all know it.
enum class ErrorKind {
  kInvalidRequest,  // the request is wrong and will stay wrong
  kUnauthorized,    // who you are was not shown, or not believed
  kForbidden,       // who you are is known, and it is not allowed
  kNotFound,        // what was named does not exist
  kConflict,        // it exists already, or changed meanwhile
  kThrottled,       // too much; come back after `retry_after`
  kUnavailable,     // not now; come back after `retry_after`
  kInternal,        // our fault
};

// A refusal. `message` says what was expected and what came, starts lower-case, has no full stop at
// its end, and may be shown to whoever made the mistake: it never holds a secret.
// `reason` is a stable code from reasons.h that people and programs may rely on.
struct Error {
  ErrorKind kind;
  std::string_view reason;  // one of reasons.h: static storage
  std::string message;
  std::chrono::seconds retry_after{0};
  // What the protocol itself calls it: OAuth's `error` in the words of the authority that refused,
  // a resource manager's `code`. Else empty.
  std::string code{};
};

// A value, or why there is none.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

inline tl::unexpected<Error> Fail(ErrorKind kind, std::string_view reason, std::string message,
                                  std::chrono::seconds retry_after = std::chrono::seconds{0}) {
  return tl::unexpected<Error>(Error{kind, reason, std::move(message), retry_after, {}});
}

}  // namespace openimds

#define OPENIMDS_CONCAT_INNER(a, b) a##b
#define OPENIMDS_CONCAT(a, b) OPENIMDS_CONCAT_INNER(a, b)
#define OPENIMDS_TRY_AS(result, declaration, expression)                            \
  auto result = (expression);                                                       \
  if (!result) return tl::unexpected<::openimds::Error>(std::move(result.error())); \
  declaration = *std::move(result)

// TRY(auto x, F());   declares x, or returns the error of F. A statement on a line of its own.
#define TRY(declaration, expression) \
  OPENIMDS_TRY_AS(OPENIMDS_CONCAT(try_result_, __LINE__), declaration, expression)

// TRY_VOID(F());      the same for a Result<void>.
#define TRY_VOID(expression)                                    \
  if (auto OPENIMDS_CONCAT(try_void_, __LINE__) = (expression); \
      !OPENIMDS_CONCAT(try_void_, __LINE__))                    \
  return tl::unexpected<::openimds::Error>(std::move(OPENIMDS_CONCAT(try_void_, __LINE__).error()))
