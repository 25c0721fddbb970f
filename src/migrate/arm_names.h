// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace openimds::migrate {

// Names in ARM templates, made comparable: `[variables('vmName')]` is `variables('vmname')`, the
// literal `vm1` is `'vm1'`; no white space, lower case.
std::string CanonicalName(std::string_view text);

// The name of a machine's extension, `[concat(variables('vmName'), '/ext')]`, in its two parts.
// Both are empty if it is written in a way that is not understood.
struct ExtensionName {
  std::string machine;
  std::string own;
};
ExtensionName SplitExtensionName(std::string_view text);

// Whether a text, canonical or plain, refers to what is called `own`.
bool RefersTo(std::string_view canonical_text, std::string_view own);

}  // namespace openimds::migrate
