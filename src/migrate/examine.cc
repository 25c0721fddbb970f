// SPDX-License-Identifier: Apache-2.0
#include "migrate/examine.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace openimds::migrate {
namespace {

// One of these is in every file that a rule has something to say about.
constexpr std::array kTraces = {std::string_view("oauth2/token"),
                                std::string_view("msi"),
                                std::string_view("microsoft.managedidentity"),
                                std::string_view("managedidentity-settings"),
                                std::string_view("managedidentityextensionfor"),
                                std::string_view("frommanagedidentity")};

}  // namespace

bool IsWorthExamining(std::string_view content, const ExtensionPorts& ports) {
  const std::string lower = LowerAscii(content);
  const auto is_in = [&lower](std::string_view word) {
    return lower.find(word) != std::string::npos;
  };
  return std::any_of(kTraces.begin(), kTraces.end(), is_in) ||
         std::any_of(ports.begin(), ports.end(),
                     [&](std::uint16_t port) { return is_in(std::to_string(port)); });
}

Examination Examine(const SourceText& source, const ExtensionPorts& ports) {
  Findings findings(source);
  FindInArmTemplate(source, &findings);
  FindInBlocks(source, &findings);
  FindCommands(source, &findings);
  FindEnvironment(source, ports, &findings);
  FindEndpoints(source, ports, &findings);
  FindSymbols(source, &findings);
  FindExtensionNames(source, &findings);
  const bool full = findings.is_full();
  return {std::move(findings).InOrder(), full};
}

}  // namespace openimds::migrate
