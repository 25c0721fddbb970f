// SPDX-License-Identifier: Apache-2.0
#include "extension/daemon_settings.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "base/reasons.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

namespace openimds::extension {
namespace {

using ::testing::HasSubstr;

constexpr char kAuthority[] = R"({
  "port": 50343, "mode": "authority", "generation": 7,
  "stateDir": "/var/lib/mie", "packageDir": "/var/lib/waagent/P-1.0", "logDir": "/var/log/azure/P",
  "authority": {"url": "https://login.example", "tenant": "t.example", "protocol": "v1",
                "algorithm": "RS256", "sendChain": true, "checkAudience": false,
                "caFile": "/etc/ca.pem"},
  "certificate": {"directory": "/var/lib/waagent",
                  "thumbprint": "aabbccddeeff00112233445566778899aabbccdd"},
  "identities": [
    {"clientId": "aaaaaaaa-0000-0000-0000-000000000001", "systemAssigned": true},
    {"clientId": "aaaaaaaa-0000-0000-0000-000000000002",
     "objectId": "bbbbbbbb-0000-0000-0000-000000000002",
     "resourceId": "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ua",
     "certificate": {"certificateFile": "/x/c.pem", "keyFile": "/x/k.pem"}}],
  "callers": [{"uid": 33, "identities": ["system"]}, {"uid": "*"}]})";

std::string Imds(const std::string& more) {
  return R"({"mode": "imds", "stateDir": "/s")" + more + "}";
}

std::string OneIdentity(const std::string& members, const std::string& more = "") {
  return R"({"mode": "authority", "stateDir": "/s", "authority": {"tenant": "t"},
             "certificate": {"certificateFile": "/c", "keyFile": "/k"},
             "identities": [{)" +
         members + "}]" + more + "}";
}

std::string Identities(int count) {
  std::string list;
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(1000 + i);
    list +=
        (i ? ",{" : "{") + (R"("clientId": "aaaaaaaa-0000-0000-0000-00000000)" + number) + "\"}";
  }
  return R"({"mode": "authority", "stateDir": "/s", "authority": {"tenant": "t"},
             "certificate": {"certificateFile": "/c", "keyFile": "/k"}, "identities": [)" +
         list + "]}";
}

TEST(DaemonSettingsTest, ReadsEverythingThatModeAuthorityHas) {
  const auto settings = ParseDaemonSettings(kAuthority);
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->port, 50343);
  EXPECT_EQ(settings->generation, 7U);
  EXPECT_EQ(settings->authority.algorithm, "RS256");
  EXPECT_TRUE(settings->authority.send_chain);
  EXPECT_FALSE(settings->counts_callers);
  ASSERT_EQ(settings->identities.size(), 2U);
  EXPECT_EQ(settings->identities[0].certificate.key,
            "/var/lib/waagent/AABBCCDDEEFF00112233445566778899AABBCCDD.prv");
  EXPECT_EQ(settings->identities[1].certificate.certificate, "/x/c.pem");
  ASSERT_EQ(settings->callers.size(), 2U);
  EXPECT_EQ(settings->callers[0].uid, 33U);
  EXPECT_EQ(settings->callers[1].uid, std::nullopt);
}

TEST(DaemonSettingsTest, TheBridgeNeedsAlmostNothingAndCountsItsCallers) {
  const auto settings = ParseDaemonSettings(Imds(""));
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->port, kDefaultPort);
  EXPECT_EQ(settings->imds_url, kDefaultImdsUrl);
  EXPECT_TRUE(settings->counts_callers);
}

TEST(DaemonSettingsTest, WhatIsRenderedReadsAsTheSame) {
  for (const std::string& text : {std::string(kAuthority), Imds(R"(, "countCallers": false)")}) {
    const auto settings = ParseDaemonSettings(text);
    ASSERT_THAT(settings, IsOk());
    const std::string rendered = RenderDaemonSettings(*settings);
    const auto again = ParseDaemonSettings(rendered);
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(RenderDaemonSettings(*again), rendered);
    EXPECT_EQ(again->identities, settings->identities);
    EXPECT_EQ(again->authority, settings->authority);
  }
}

struct Refused {
  const char* what;
  std::string text;
  const char* says;
};

void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.what; }

class RefusedSettingsTest : public testing::TestWithParam<Refused> {};

TEST_P(RefusedSettingsTest, SaysWhatWasExpected) {
  const auto settings = ParseDaemonSettings(GetParam().text);
  ASSERT_THAT(settings, FailsWith(reasons::kConfigInvalid));
  EXPECT_THAT(settings.error().message, HasSubstr(GetParam().says));
}

constexpr char kId[] = R"("clientId": "aaaaaaaa-0000-0000-0000-000000000001")";

INSTANTIATE_TEST_SUITE_P(
    All, RefusedSettingsTest,
    testing::Values(
        Refused{"NoObject", "[]", "expected a JSON object"},
        Refused{"NoMode", R"({"stateDir": "/s"})", "mode: expected authority or imds, got none"},
        Refused{"OtherMode", R"({"mode": "x", "stateDir": "/s"})", "got 'x'"},
        Refused{"NoState", R"({"mode": "imds"})", "stateDir: expected an absolute path, got none"},
        Refused{"RelativePath", R"({"mode": "imds", "stateDir": "s"})", "absolute path, got 's'"},
        Refused{"PortZero", Imds(R"(, "port": 0)"), "port: expected a whole number from 1 to"},
        Refused{"PortText", Imds(R"(, "port": "50342")"), "got \"50342\""},
        Refused{"PortFraction", Imds(R"(, "port": 1.5)"), "port: expected a whole number"},
        Refused{"Misspelt", Imds(R"(, "prot": 1)"), "did you mean 'port'?"},
        Refused{"BridgeWithCredential",
                Imds(R"(, "certificate": {"certificateFile": "/c", "keyFile": "/k"})"),
                "nothing that is a credential in mode imds"},
        Refused{"ImdsPath", Imds(R"(, "imds": {"url": "http://127.0.0.1/x"})"), "imds.url"},
        Refused{"ImdsUser", Imds(R"(, "imds": {"url": "http://a@b"})"), "imds.url"},
        Refused{"ImdsEncrypted", Imds(R"(, "imds": {"url": "https://127.0.0.1"})"), "imds.url"},
        Refused{"NoIdentity", R"({"mode": "authority", "stateDir": "/s",
                                  "authority": {"tenant": "t"}})",
                "identities: expected at least one"},
        Refused{"NoClientId", OneIdentity(""), "clientId: expected a GUID, got none"},
        Refused{"ZeroClientId",
                OneIdentity(R"("clientId": "00000000-0000-0000-0000-000000000000")"),
                "clientId: expected a GUID"},
        Refused{"ResourceIdThatIsNone", OneIdentity(std::string(kId) + R"(, "resourceId": "/x")"),
                "identities[0].resourceId"},
        Refused{"HttpAuthority",
                R"({"mode": "authority", "stateDir": "/s", "identities": [{)" + std::string(kId) +
                    R"(, "certificate": {"certificateFile": "/c", "keyFile": "/k"}}],
                    "authority": {"tenant": "t", "url": "http://login.example"}})",
                "authority: "},
        Refused{"NoTenant",
                R"({"mode": "authority", "stateDir": "/s", "identities": [{)" + std::string(kId) +
                    R"(, "certificate": {"certificateFile": "/c", "keyFile": "/k"}}]})",
                "authority.tenant"},
        Refused{"NoCertificate",
                R"({"mode": "authority", "stateDir": "/s", "authority": {"tenant": "t"},
                    "identities": [{)" +
                    std::string(kId) + "}]}",
                "expected a certificate"},
        Refused{"HalfACertificate",
                OneIdentity(std::string(kId) + R"(, "certificate": {"keyFile": "/k"})"),
                "either certificateFile and keyFile, or directory and thumbprint"},
        Refused{"ShortThumbprint",
                OneIdentity(std::string(kId) +
                            R"(, "certificate": {"directory": "/d", "thumbprint": "ab"})"),
                "40 hexadecimal digits"},
        Refused{"TooMany", Identities(33), "let IMDS serve this machine"},
        Refused{"NoRule", Imds(R"(, "callers": [])"), "callers: expected one rule"},
        Refused{"RuleWithoutUser", Imds(R"(, "callers": [{}])"), "callers[0].uid"},
        Refused{"RuleForAName", Imds(R"(, "callers": [{"uid": "root"}])"), "callers[0].uid"},
        Refused{"RuleForNothing", Imds(R"(, "callers": [{"uid": 1, "identities": []}])"),
                "one name at least"}),
    [](const auto& test) { return std::string(test.param.what); });

TEST(DaemonSettingsTest, ThirtyTwoUserAssignedIdentitiesAreNotTooMany) {
  EXPECT_THAT(ParseDaemonSettings(Identities(32)), IsOk());
}

TEST(DaemonSettingsFileTest, IsItsOwnersAloneAndComesBackTheSame) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "settings.json";
  const auto settings = ParseDaemonSettings(kAuthority);
  ASSERT_THAT(settings, IsOk());
  ASSERT_THAT(WriteDaemonSettings(*settings, file), IsOk());
  struct stat facts {};
  ASSERT_EQ(stat(file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  const auto read = ReadDaemonSettings(file);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(RenderDaemonSettings(*read), RenderDaemonSettings(*settings));
}

TEST(DaemonSettingsFileTest, WritesNothingThatCouldNotBeRead) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "settings.json";
  DaemonSettings settings;
  settings.state_dir = "/s";
  EXPECT_THAT(WriteDaemonSettings(settings, file), FailsWith(reasons::kConfigInvalid));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(DaemonSettingsFileTest, RefusesAFileThatOthersMayWrite) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "settings.json";
  std::ofstream(file) << Imds("");
  ASSERT_EQ(chmod(file.c_str(), 0666), 0);
  EXPECT_THAT(ReadDaemonSettings(file), FailsWith(reasons::kStateModes));
  ASSERT_EQ(chmod(file.c_str(), 0644), 0);
  EXPECT_THAT(ReadDaemonSettings(file), IsOk());
}

TEST(DaemonSettingsFileTest, NamesTheFileWhereItIsWrong) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "settings.json";
  std::ofstream(file) << "{";
  const auto read = ReadDaemonSettings(file);
  ASSERT_THAT(read, FailsWith(reasons::kConfigInvalid));
  EXPECT_THAT(read.error().message, HasSubstr(file.string()));
}

}  // namespace
}  // namespace openimds::extension
