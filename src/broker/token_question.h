// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/form.h"
#include "registry/identity_selector.h"

namespace openimds {

// What a workload asks for, whichever protocol it speaks.
struct TokenQuestion {
  std::string resource;  // verbatim
  IdentitySelector selector;
  bool bypass_cache = false;
};

// How protocols differ in reading the selectors.
enum class EmptySelector { kRefused, kAbsent };

// `resource`, verbatim. Missing or empty: kResourceMissing, with Azure's text. It must be 1 to
// 2,048 bytes of visible ASCII and either a URI (`scheme:…`) or begin with a GUID; else
// kResourceInvalid (decisions.md).
Result<std::string> ParseResource(const http::Form& form);
// The last sentence of that alone.
Result<void> CheckResource(std::string_view resource);

// `client_id`, `object_id`, `msi_res_id` and its synonym `mi_res_id`. Fails with kSelectorConflict
// if the two synonyms differ, with kMisspeltSelector if a parameter looks like a selector but is
// none (`clientid`, `client-id`, `principal_id`): ignoring it would hand out another identity's
// token. Whether several kinds were given is for SelectIdentity() to judge.
Result<IdentitySelector> ParseSelector(const http::Form& form, EmptySelector empty);

}  // namespace openimds
