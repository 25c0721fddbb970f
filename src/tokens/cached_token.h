// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <utility>

#include "telemetry/audit.h"
#include "tokens/access_token.h"

namespace openimds {

// Which protocol keeps a rendering of its own with a token. One for each that does.
enum class RenderingSlot : std::size_t { kImds, kVmExtension, kCount };

// A token as the cache holds it, with the request that got it. Immutable to its readers, shared
// between threads. A token that several machines share names the one that asked first.
class CachedToken {
 public:
  CachedToken(AccessToken token, TokenRequest request)
      : token_(std::move(token)),
        request_(std::move(request)),
        subject_(std::make_shared<AuditSubject>(AuditSubject{
            request_.machine->id.text(), request_.identity->id.text(), request_.resource})) {}

  const AccessToken& token() const { return token_; }
  const TokenRequest& request() const { return request_; }
  const Guid& client_id() const { return request_.identity->client_id; }
  const std::string& resource() const { return request_.resource; }
  const std::shared_ptr<const AuditSubject>& subject() const { return subject_; }

  // What a protocol makes of this token and wants to keep as long as the token itself: `make()` is
  // called once, by the first thread that asks. REQUIRES: one type T for each slot.
  template <class T, class Make>
  const T& Rendering(RenderingSlot slot, Make&& make) const {
    Kept& kept = kept_[static_cast<std::size_t>(slot)];
    std::call_once(kept.once, [&] { kept.value = std::make_shared<const T>(make()); });
    return *static_cast<const T*>(kept.value.get());
  }

 private:
  struct Kept {
    std::once_flag once;
    std::shared_ptr<const void> value;
  };

  const AccessToken token_;
  const TokenRequest request_;
  const std::shared_ptr<const AuditSubject> subject_;
  mutable std::array<Kept, static_cast<std::size_t>(RenderingSlot::kCount)> kept_;
};

}  // namespace openimds
