// SPDX-License-Identifier: Apache-2.0
#include "cli/env_block.h"

#include <gmock/gmock.h>

#include <string>

#include "base/reasons.h"
#include "frontends/control/documents.h"
#include "testing/matchers.h"

namespace openimds::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

const Endpoints kEndpoints{"http://127.0.0.1:50341", "http://localhost:50342"};

std::string Block(Sdk sdk, Shell shell) {
  const auto block = BlockFor(sdk, kEndpoints, {});
  return block ? RenderBlock(*block, shell) : block.error().message;
}

struct Expected {
  Sdk sdk;
  Shell shell;
  const char* text;
};

const Expected kBlocks[] = {
    {Sdk::kAzureIdentity, Shell::kBash,
     "export AZURE_POD_IDENTITY_AUTHORITY_HOST='http://127.0.0.1:50341'\n"},
    {Sdk::kAzureIdentity, Shell::kFish,
     "set -gx AZURE_POD_IDENTITY_AUTHORITY_HOST 'http://127.0.0.1:50341'\n"},
    {Sdk::kAzureIdentity, Shell::kPowershell,
     "$env:AZURE_POD_IDENTITY_AUTHORITY_HOST = \"http://127.0.0.1:50341\"\n"},
    {Sdk::kAzureIdentity, Shell::kDotenv,
     "AZURE_POD_IDENTITY_AUTHORITY_HOST=http://127.0.0.1:50341\n"},
    {Sdk::kAzureIdentity, Shell::kCompose,
     "environment:\n  AZURE_POD_IDENTITY_AUTHORITY_HOST: \"http://127.0.0.1:50341\"\n"},
    {Sdk::kMsalPython, Shell::kDotenv,
     "MSAL_MANAGED_IDENTITY_ENDPOINT=http://127.0.0.1:50341/metadata/identity/oauth2/token\n"},
    {Sdk::kTerraform, Shell::kDotenv,
     "ARM_USE_MSI=true\n"
     "ARM_MSI_ENDPOINT=http://127.0.0.1:50341/metadata/identity/oauth2/token\n"},
    {Sdk::kCloudShell, Shell::kDotenv, "MSI_ENDPOINT=http://localhost:50342/oauth2/token\n"},
    {Sdk::kAz, Shell::kDotenv, "MSI_ENDPOINT=http://localhost:50342/oauth2/token\n"},
    {Sdk::kLegacy, Shell::kDotenv, "MSI_ENDPOINT=http://localhost:50342/oauth2/token\n"},
};

TEST(EnvBlockTest, SetsWhatEachClientHonoursAsEachShellTakesIt) {
  for (const Expected& expected : kBlocks) {
    EXPECT_EQ(Block(expected.sdk, expected.shell), expected.text);
  }
}

TEST(EnvBlockTest, WithoutAnSdkSetsTheImdsOneAndTellsOfTheOthers) {
  const auto block = BlockFor(std::nullopt, kEndpoints, {});
  ASSERT_THAT(block, IsOk());
  EXPECT_THAT(block->variables,
              ElementsAre(Pair("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:50341")));
  for (const std::string_view sdk : kSdkNames) {
    if (sdk == "azure-identity") continue;
    EXPECT_THAT(block->comments, Contains(HasSubstr("--sdk " + std::string(sdk)))) << sdk;
  }
}

// Field fact G.24: whoever sets both sends clients to where nobody is.
TEST(EnvBlockTest, NeverSetsMsiEndpointTogetherWithIdentityVariables) {
  for (std::size_t sdk = 0; sdk < kSdkNames.size(); ++sdk) {
    const auto block = BlockFor(static_cast<Sdk>(sdk), kEndpoints, {});
    ASSERT_THAT(block, IsOk());
    for (const auto& [name, value] : block->variables) {
      EXPECT_THAT(name, Not(testing::StartsWith("IDENTITY_"))) << kSdkNames[sdk];
    }
  }
}

TEST(EnvBlockTest, PointsOutVariablesThatSendClientsElsewhere) {
  const Surroundings with{{{"MSI_ENDPOINT", "http://x/"}, {"IDENTITY_ENDPOINT", "http://y/"}}, ""};
  EXPECT_THAT(BlockFor(Sdk::kAzureIdentity, kEndpoints, with)->comments,
              ElementsAre(HasSubstr("IDENTITY_ENDPOINT is set"), HasSubstr("MSI_ENDPOINT is set")));
  EXPECT_THAT(BlockFor(Sdk::kAz, kEndpoints, with)->comments,
              ElementsAre(HasSubstr("IDENTITY_ENDPOINT is set")));
}

TEST(EnvBlockTest, ExtendsNoProxyWhereAProxyIsSet) {
  const Surroundings with{{{"http_proxy", "http://p:1"}, {"NO_PROXY", "corp,127.0.0.1"}}, ""};
  const auto block = BlockFor(Sdk::kAz, kEndpoints, with);
  ASSERT_THAT(block, IsOk());
  EXPECT_THAT(block->variables, Contains(Pair("NO_PROXY", "corp,127.0.0.1,localhost,::1")));
  EXPECT_THAT(block->variables, Contains(Pair("no_proxy", "corp,127.0.0.1,localhost,::1")));
}

TEST(EnvBlockTest, RefusesClientsWhoseFrontEndIsMissing) {
  EXPECT_THAT(BlockFor(Sdk::kAz, {"http://127.0.0.1:1", ""}, {}), FailsWith(reasons::kNotFound));
  EXPECT_THAT(BlockFor(std::nullopt, {"", "http://localhost:1"}, {}),
              FailsWith(reasons::kNotFound));
}

TEST(EnvBlockTest, QuotesWhateverTheValueHolds) {
  const std::string nasty = "a'b\"c$d`e\\f g";
  EXPECT_EQ(Quote(nasty, Shell::kBash), R"('a'\''b"c$d`e\f g')");
  EXPECT_EQ(Quote(nasty, Shell::kFish), R"('a\'b"c$d`e\\f g')");
  EXPECT_EQ(Quote(nasty, Shell::kPowershell), "\"a'b`\"c`$d``e\\f g\"");
  EXPECT_EQ(Quote(nasty, Shell::kDotenv), R"("a'b\"c\$d\`e\\f g")");
  EXPECT_EQ(Quote("a b$c", Shell::kDotenv), "'a b$c'");
  EXPECT_EQ(Quote(nasty, Shell::kCompose), R"("a'b\"c$$d`e\\f g")");
}

TEST(EndpointsTest, ComeFromTheRunningServiceWithAddressesThatCanBeReached) {
  control::ServiceFacts facts;
  facts.listeners = {{"authority", "127.0.0.1:3", "http://127.0.0.1:3", ""},
                     {"imds", "unix:/x", "", "vm"},
                     {"imds", "0.0.0.0:1", "http://0.0.0.0:1", "vm"},
                     {"vm_extension", "[::1]:2", "http://[::1]:2", "vm"},
                     {"vm_extension", "127.0.0.1:9", "http://127.0.0.1:9", "vm"}};
  const Endpoints endpoints = EndpointsOf(control::ToJson(facts));
  EXPECT_EQ(endpoints.imds, "http://127.0.0.1:1");
  EXPECT_EQ(endpoints.vm_extension, "http://localhost:2");
}

TEST(EndpointsTest, ComeFromTheConfigurationUnlessItLeavesThePortOpen) {
  const auto endpoints = EndpointsOf(Config{});
  ASSERT_THAT(endpoints, IsOk());
  EXPECT_EQ(endpoints->imds, kEndpoints.imds);
  EXPECT_EQ(endpoints->vm_extension, kEndpoints.vm_extension);
  Config open;
  open.listeners[0].address.port = 0;
  EXPECT_THAT(EndpointsOf(open), FailsWith(reasons::kNoService));
}

}  // namespace
}  // namespace openimds::cli
