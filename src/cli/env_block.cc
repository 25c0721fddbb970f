// SPDX-License-Identifier: Apache-2.0
#include "cli/env_block.h"

#include <algorithm>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::cli {
namespace {

constexpr std::string_view kImdsTokenPath = "/metadata/identity/oauth2/token";
constexpr std::string_view kExtensionTokenPath = "/oauth2/token";
constexpr std::string_view kOwnHosts[] = {"localhost", "127.0.0.1", "::1"};

bool NeedsImds(Sdk sdk) {
  return sdk == Sdk::kAzureIdentity || sdk == Sdk::kMsalPython || sdk == Sdk::kTerraform;
}

std::vector<std::pair<std::string, std::string>> VariablesFor(Sdk sdk, const Endpoints& endpoints) {
  const std::string imds_token = endpoints.imds + std::string(kImdsTokenPath);
  switch (sdk) {
    case Sdk::kAzureIdentity:
      return {{"AZURE_POD_IDENTITY_AUTHORITY_HOST", endpoints.imds}};
    case Sdk::kMsalPython:
      return {{"MSAL_MANAGED_IDENTITY_ENDPOINT", imds_token}};
    case Sdk::kTerraform:
      return {{"ARM_USE_MSI", "true"}, {"ARM_MSI_ENDPOINT", imds_token}};
    case Sdk::kCloudShell:
    case Sdk::kAz:
    case Sdk::kLegacy:
      return {{"MSI_ENDPOINT", endpoints.vm_extension + std::string(kExtensionTokenPath)}};
  }
  return {};
}

void AddOtherSdks(const Endpoints& endpoints, EnvironmentBlock* block) {
  block->comments = {
      "azure-identity of .NET, JavaScript, Python, Java and C++; MSAL.NET and MSAL.js.",
      "For other clients, in their own environment:"};
  if (!endpoints.imds.empty()) {
    block->comments.push_back("  MSAL for Python: openimds env --sdk msal-python");
    block->comments.push_back("  Terraform: openimds env --sdk terraform");
  }
  if (!endpoints.vm_extension.empty()) {
    block->comments.push_back("  az: openimds env --sdk az");
    block->comments.push_back("  Cloud Shell mode: openimds env --sdk cloud-shell");
    block->comments.push_back("  msrestazure, adal, go-autorest: openimds env --sdk legacy");
  }
}

// Variables that are set already and that win over ours, or fight with them.
void WarnOfRivals(Sdk sdk, const Surroundings& surroundings, EnvironmentBlock* block) {
  std::vector<std::string_view> rivals{"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_SECRET"};
  if (NeedsImds(sdk)) rivals.push_back("MSI_ENDPOINT");
  for (const std::string_view rival : rivals) {
    if (!surroundings.Find(rival)) continue;
    block->comments.push_back(std::string(rival) +
                              " is set here and sends clients elsewhere: unset it.");
  }
}

bool HasProxy(const Surroundings& surroundings) {
  for (const char* name : {"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"}) {
    if (surroundings.Find(name)) return true;
  }
  return false;
}

// Both spellings: half of the clients read only one.
void AddNoProxy(const Surroundings& surroundings, EnvironmentBlock* block) {
  if (!HasProxy(surroundings)) return;
  std::string hosts = surroundings.Find("no_proxy").value_or("");
  if (hosts.empty()) hosts = surroundings.Find("NO_PROXY").value_or("");
  for (const std::string_view own : kOwnHosts) {
    const auto listed = Split(hosts, ',');
    if (std::find(listed.begin(), listed.end(), own) != listed.end()) continue;
    hosts += (hosts.empty() ? "" : ",") + std::string(own);
  }
  block->variables.emplace_back("NO_PROXY", hosts);
  block->variables.emplace_back("no_proxy", hosts);
}

std::string Escaped(std::string_view value, std::string_view special, std::string_view with) {
  std::string text;
  for (const char c : value) {
    if (special.find(c) != std::string_view::npos) text += with;
    text.push_back(c);
  }
  return text;
}

std::string Between(std::string_view quote, const std::string& text) {
  return std::string(quote) + text + std::string(quote);
}

// A single quote cannot stand inside single quotes: end them, escape it, begin again.
std::string QuoteForPosix(std::string_view value) {
  std::string text;
  for (const char c : value) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return Between("'", text);
}

// YAML's double quotes; a dollar sign is Compose's own, and doubled.
std::string QuoteForCompose(std::string_view value) {
  std::string text;
  for (const char c : Escaped(value, "\\\"", "\\"))
    text += c == '$' ? std::string("$$") : std::string(1, c);
  return Between("\"", text);
}

// There is no one dotenv grammar: what is plain stays bare, and single quotes, which all readers
// take literally, come before escapes.
std::string QuoteForDotenv(std::string_view value) {
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return c > 0x20 && c < 0x7f && std::string_view("\"'`$\\#").find(c) == std::string_view::npos;
  });
  if (plain) return std::string(value);
  if (value.find('\'') == std::string_view::npos) return Between("'", std::string(value));
  return Between("\"", Escaped(value, "\\\"$`", "\\"));
}

std::string RenderVariable(const std::string& name, const std::string& value, Shell shell) {
  const std::string quoted = Quote(value, shell);
  switch (shell) {
    case Shell::kBash:
      return "export " + name + "=" + quoted;
    case Shell::kFish:
      return "set -gx " + name + " " + quoted;
    case Shell::kPowershell:
      return "$env:" + name + " = " + quoted;
    case Shell::kDotenv:
      return name + "=" + quoted;
    case Shell::kCompose:
      return "  " + name + ": " + quoted;
  }
  return {};
}

}  // namespace

Result<EnvironmentBlock> BlockFor(std::optional<Sdk> sdk, const Endpoints& endpoints,
                                  const Surroundings& surroundings) {
  const Sdk chosen = sdk.value_or(Sdk::kAzureIdentity);
  const bool imds = NeedsImds(chosen);
  if ((imds ? endpoints.imds : endpoints.vm_extension).empty()) {
    return Fail(ErrorKind::kNotFound, reasons::kNotFound,
                "no listener on TCP speaks " + std::string(imds ? "imds" : "vm_extension") +
                    ", which these clients need");
  }
  EnvironmentBlock block;
  block.variables = VariablesFor(chosen, endpoints);
  if (!sdk) AddOtherSdks(endpoints, &block);
  WarnOfRivals(chosen, surroundings, &block);
  AddNoProxy(surroundings, &block);
  return block;
}

std::string RenderBlock(const EnvironmentBlock& block, Shell shell) {
  std::string text = shell == Shell::kCompose ? "environment:\n" : "";
  for (const auto& [name, value] : block.variables)
    text += RenderVariable(name, value, shell) + "\n";
  for (const std::string& comment : block.comments) text += "# " + comment + "\n";
  return text;
}

std::string Quote(std::string_view value, Shell shell) {
  switch (shell) {
    case Shell::kBash:
      return QuoteForPosix(value);
    case Shell::kFish:
      return Between("'", Escaped(value, "\\'", "\\"));
    case Shell::kPowershell:
      return Between("\"", Escaped(value, "`\"$", "`"));
    case Shell::kDotenv:
      return QuoteForDotenv(value);
    case Shell::kCompose:
      return QuoteForCompose(value);
  }
  return {};
}

}  // namespace openimds::cli
