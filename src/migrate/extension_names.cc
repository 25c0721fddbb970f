// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "migrate/examine.h"

// The extension by its name, in what no other step understands: Ansible, SDK calls, policies.
namespace openimds::migrate {
namespace {

constexpr std::string_view kPublisher = "microsoft.managedidentity";
constexpr std::string_view kTypes[] = {"managedidentityextensionforlinux",
                                       "managedidentityextensionforwindows"};
// A command that takes it away, or looks at it, is part of the way off.
constexpr std::string_view kWaysOff[] = {
    "extension delete", "extension show",        "extension list", "extension wait", "remove-az",
    "get-az",           "\"state\": \"absent\"", "state: absent",  "purge"};

bool IsOnWayOff(const SourceText& source, std::size_t offset) {
  const Span here = source.Around(offset, 2);
  const std::string_view text = source.lower().substr(here.begin, here.end - here.begin);
  for (const std::string_view word : kWaysOff) {
    if (text.find(word) != std::string_view::npos) return true;
  }
  return false;
}

// `Microsoft.ManagedIdentity` is a resource provider as well, and that one stays.
bool IsPublisher(const SourceText& source, std::size_t at) {
  const std::size_t end = at + kPublisher.size();
  const char after = end < source.text().size() ? source.text()[end] : ' ';
  if (after == '/' || after == '.') return false;
  const Span line = source.NearInLine(at);
  return source.lower().substr(line.begin, at - line.begin).find("publisher") != SourceText::kNone;
}

void FindName(const SourceText& source, std::string_view name, Findings* findings) {
  for (std::size_t at = source.FindWord(name, 0); at != SourceText::kNone && !findings->is_full();
       at = source.FindWord(name, at + 1)) {
    if (source.IsProse(at) || IsOnWayOff(source, at)) continue;
    if (name == kPublisher && !IsPublisher(source, at)) continue;
    findings->Report("extension-name", {at, at + name.size()}, "");
  }
}

}  // namespace

void FindExtensionNames(const SourceText& source, Findings* findings) {
  for (const std::string_view type : kTypes) FindName(source, type, findings);
  FindName(source, kPublisher, findings);
}

}  // namespace openimds::migrate
