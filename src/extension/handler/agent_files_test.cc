// SPDX-License-Identifier: Apache-2.0
// What the agents of each generation write for a handler, and what we make of it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "base/reasons.h"
#include "extension/handler/handler_environment.h"
#include "extension/handler/handler_settings.h"
#include "extension/handler/settings_choice.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

namespace openimds::extension {
namespace {

namespace fs = std::filesystem;

struct AgentFileCase {
  std::string name;
  std::string text;
};
void PrintTo(const AgentFileCase& entry, std::ostream* out) { *out << entry.name; }
std::string NameOf(const testing::TestParamInfo<AgentFileCase>& info) { return info.param.name; }

void Write(const fs::path& file, const std::string& text, time_t written = 0) {
  std::ofstream(file, std::ios::binary) << text;
  chmod(file.c_str(), 0644);
  const timespec times[2] = {{written, 0}, {written, 0}};
  if (written != 0) utimensat(AT_FDCWD, file.c_str(), times, 0);
}

// ---- HandlerEnvironment.json -----------------------------------------------------------------

class GoodEnvironmentTest : public testing::TestWithParam<AgentFileCase> {};

TEST_P(GoodEnvironmentTest, SaysWhereThingsAre) {
  const auto found = ParseHandlerEnvironment(GetParam().text, "/var/lib/waagent/P.T-1.0");
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->config_folder, "/var/lib/waagent/P.T-1.0/config");
  EXPECT_EQ(found->status_folder, "/var/lib/waagent/P.T-1.0/status");
  EXPECT_EQ(found->heartbeat_file, "/var/lib/waagent/P.T-1.0/heartbeat.log");
  EXPECT_EQ(found->agent_folder(), "/var/lib/waagent");
  EXPECT_FALSE(found->log_folder.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Agents, GoodEnvironmentTest,
    testing::Values(AgentFileCase{"Agent20",
                                  R"([{"name":"P.T","seqNo":"0","version":1.0,"handlerEnvironment":{
          "logFolder":"/var/log/azure/P.T/1.0","configFolder":"/var/lib/waagent/P.T-1.0/config",
          "statusFolder":"/var/lib/waagent/P.T-1.0/status",
          "heartbeatFile":"/var/lib/waagent/P.T-1.0/heartbeat.log"}}])"},
                    AgentFileCase{"Agent27", R"([{"name":"P.T","version":1.0,"handlerEnvironment":{
          "logFolder":"/var/log/azure/P.T","configFolder":"/var/lib/waagent/P.T-1.0/config",
          "statusFolder":"/var/lib/waagent/P.T-1.0/status",
          "heartbeatFile":"/var/lib/waagent/P.T-1.0/heartbeat.log",
          "eventsFolder":"/var/log/azure/P.T/events",
          "eventsFolder_preview":"/var/log/azure/P.T/events"}}])"},
                    AgentFileCase{"WithAByteOrderMarkAndSpace",
                                  "\xEF\xBB\xBF \r\n"
                                  R"([{"handlerEnvironment":{
          "configFolder":"/var/lib/waagent/P.T-1.0/config",
          "statusFolder":"/var/lib/waagent/P.T-1.0/status"}}])"
                                  "\r\n"},
                    AgentFileCase{"AnObjectInsteadOfAnArray", R"({"handlerEnvironment":{
          "configFolder":"/var/lib/waagent/P.T-1.0/config","logFolder":null,
          "statusFolder":"/var/lib/waagent/P.T-1.0/status","heartbeatFile":"heartbeat.log"}})"}),
    NameOf);

class BadEnvironmentTest : public testing::TestWithParam<AgentFileCase> {};

TEST_P(BadEnvironmentTest, IsRefused) {
  EXPECT_THAT(ParseHandlerEnvironment(GetParam().text, "/p"),
              FailsWith(reasons::kHandlerEnvironment));
}

INSTANTIATE_TEST_SUITE_P(
    Files, BadEnvironmentTest,
    testing::Values(AgentFileCase{"Empty", ""}, AgentFileCase{"EmptyArray", "[]"},
                    AgentFileCase{"Null", "null"}, AgentFileCase{"Cut", "[{\"handlerEnv"},
                    AgentFileCase{"WithoutFolders", R"([{"handlerEnvironment":{}}])"},
                    AgentFileCase{"RelativeFolders", R"([{"handlerEnvironment":{
                      "configFolder":"config","statusFolder":"status"}}])"},
                    AgentFileCase{"NoEnvironment", R"([{"name":"P.T"}])"}),
    NameOf);

TEST(HandlerEnvironmentTest, IsFoundBesideTheProgramOrOneFolderAbove) {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "bin");
  EXPECT_THAT(FindHandlerEnvironment(folder.path() / "bin"),
              FailsWith(reasons::kHandlerEnvironment));
  Write(folder.path() / "HandlerEnvironment.json",
        R"([{"handlerEnvironment":{"configFolder":"/c","statusFolder":"/s"}}])");
  for (const fs::path& program_folder : {folder.path() / "bin", folder.path()}) {
    const auto found = FindHandlerEnvironment(program_folder);
    ASSERT_THAT(found, IsOk());
    EXPECT_EQ(found->package_folder, folder.path());
  }
}

// ---- N.settings ------------------------------------------------------------------------------

class SettingsOfNothingTest : public testing::TestWithParam<AgentFileCase> {};

TEST_P(SettingsOfNothingTest, AreNoSettingsAndNoError) {
  const auto settings = ParseHandlerSettings(GetParam().text);
  ASSERT_THAT(settings, IsOk());
  EXPECT_TRUE(settings->public_settings.empty());
  EXPECT_TRUE(settings->protected_settings.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Files, SettingsOfNothingTest,
    testing::Values(
        AgentFileCase{"NoBytesAtAll", ""}, AgentFileCase{"OnlySpace", " \r\n"},
        AgentFileCase{"Null", "null"}, AgentFileCase{"EmptyObject", "{}"},
        AgentFileCase{"NoRuntimeSettings", R"({"other":1})"},
        AgentFileCase{"NullRuntimeSettings", R"({"runtimeSettings":null})"},
        AgentFileCase{"EmptyRuntimeSettings", R"({"runtimeSettings":[]})"},
        AgentFileCase{"NullInRuntimeSettings", R"({"runtimeSettings":[null]})"},
        AgentFileCase{"NullHandlerSettings", R"({"runtimeSettings":[{"handlerSettings":null}]})"},
        AgentFileCase{"AllNull", R"({"runtimeSettings":[{"handlerSettings":{"publicSettings":null,
          "protectedSettings":null,"protectedSettingsCertThumbprint":null}}]})"},
        AgentFileCase{"AllEmpty", R"({"runtimeSettings":[{"handlerSettings":{"publicSettings":"",
          "protectedSettings":"","protectedSettingsCertThumbprint":""}}]})"}),
    NameOf);

class SettingsOfAPortTest : public testing::TestWithParam<AgentFileCase> {};

TEST_P(SettingsOfAPortTest, KeepThePort) {
  const auto settings = ParseHandlerSettings(GetParam().text);
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->public_settings.at("port"), 50343);
  EXPECT_TRUE(settings->protected_settings.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Files, SettingsOfAPortTest,
    testing::Values(
        AgentFileCase{
            "Agent20Verbatim",
            R"({"runtimeSettings":[{"handlerSettings":{"publicSettings":{"port":50343}}}]})"},
        AgentFileCase{"Agent27", R"({"runtimeSettings":[{"handlerSettings":{"publicSettings":
          {"port":50343},"protectedSettings":null,"protectedSettingsCertThumbprint":null}}]})"},
        AgentFileCase{"EmptyProtectedObject", R"({"runtimeSettings":[{"handlerSettings":{
          "publicSettings":{"port":50343},"protectedSettings":{}}}]})"},
        AgentFileCase{"AsText", R"({"runtimeSettings":[{"handlerSettings":{
          "publicSettings":"{\"port\":50343}"}}]})"}),
    NameOf);

class BadSettingsTest : public testing::TestWithParam<AgentFileCase> {};

TEST_P(BadSettingsTest, AreRefused) {
  const auto settings = ParseHandlerSettings(GetParam().text);
  ASSERT_THAT(settings, FailsWith(reasons::kHandlerSettings));
  EXPECT_EQ(settings.error().message.find("quoted"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Files, BadSettingsTest,
    testing::Values(
        AgentFileCase{"Cut", R"({"runtimeSettings":[{"quoted)"}, AgentFileCase{"ANumber", "7"},
        AgentFileCase{"AnArray", R"(["quoted"])"},
        AgentFileCase{"RuntimeSettingsOfText", R"({"runtimeSettings":"quoted"})"},
        AgentFileCase{"PublicSettingsOfNumbers",
                      R"({"runtimeSettings":[{"handlerSettings":{"publicSettings":[7]}}]})"},
        AgentFileCase{"PublicSettingsOfText",
                      R"({"runtimeSettings":[{"handlerSettings":{"publicSettings":"quoted"}}]})"},
        AgentFileCase{"ProtectedSettingsThatAreNoBase64",
                      R"({"runtimeSettings":[{"handlerSettings":{
          "protectedSettings":"quoted!","protectedSettingsCertThumbprint":
          "0123456789012345678901234567890123456789"}}]})"},
        AgentFileCase{"ProtectedSettingsInPlain", R"({"runtimeSettings":[{"handlerSettings":{
          "protectedSettings":{"key":"quoted"}}}]})"},
        AgentFileCase{"NoThumbprint", R"({"runtimeSettings":[{"handlerSettings":{
          "protectedSettings":"cXVvdGVk"}}]})"},
        AgentFileCase{"AThumbprintThatIsAPath", R"({"runtimeSettings":[{"handlerSettings":{
          "protectedSettings":"cXVvdGVk","protectedSettingsCertThumbprint":"../../../etc/shadow"}}]})"}),
    NameOf);

TEST(HandlerSettingsTest, AThumbprintIsReadInCapitalsAndAnEnvelopeWithoutItsLineBreaks) {
  const auto settings = ParseHandlerSettings(R"({"runtimeSettings":[{"handlerSettings":{
      "protectedSettings":"cXVv\r\ndGVk","protectedSettingsCertThumbprint":
      "abcdef78901234567890123456789012345678ab"}}]})");
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->thumbprint, "ABCDEF78901234567890123456789012345678AB");
  EXPECT_EQ(settings->protected_settings, "quoted");
}

// ---- which of them ---------------------------------------------------------------------------

class SettingsChoiceTest : public testing::Test {
 protected:
  void Have(const std::string& name, time_t written) { Write(folder_.path() / name, "", written); }

  std::string Choose(std::optional<std::string_view> said = std::nullopt) {
    const auto choice = ChooseSettings(folder_.path(), said);
    if (!choice) return std::string(choice.error().reason);
    return std::to_string(choice->sequence) + " " + choice->file.filename().string();
  }

  const TemporaryFolder folder_;
};

TEST_F(SettingsChoiceTest, TakesTheNumberThatTheAgentSays) {
  Have("0.settings", 200);
  Have("2.settings", 100);
  EXPECT_EQ(Choose("2"), "2 2.settings");
  EXPECT_EQ(Choose("0"), "0 0.settings") << "numbers also go backwards";
}

TEST_F(SettingsChoiceTest, TakesTheNewestIfTheAgentSaysNothing) {
  Have("1.settings", 200);
  Have("9.settings", 100);
  EXPECT_EQ(Choose(), "1 1.settings");
  EXPECT_EQ(Choose(""), "1 1.settings");
  EXPECT_EQ(Choose("none"), "1 1.settings");
  EXPECT_EQ(Choose("-1"), "1 1.settings");
}

TEST_F(SettingsChoiceTest, TakesTheHighestOfThoseWrittenAtOnce) {
  Have("9.settings", 100);
  Have("10.settings", 100);
  EXPECT_EQ(Choose(), "10 10.settings");
}

TEST_F(SettingsChoiceTest, LooksOnlyAtNumbers) {
  Have("1.settings", 100);
  Have("other.settings", 300);
  Have("vm.7.settings", 300);
  Have("8.settings.bak", 300);
  Have("99999999999999999999.settings", 300);
  fs::create_directory(folder_.path() / "7.settings");
  EXPECT_EQ(Choose(), "1 1.settings");
}

TEST_F(SettingsChoiceTest, TakesNoneOfAnotherNumber) {
  Have("1.settings", 100);
  EXPECT_EQ(Choose("2"), reasons::kHandlerSettings);
}

TEST_F(SettingsChoiceTest, KnowsThatThereMayBeNone) {
  EXPECT_EQ(Choose(), "0 ");
  EXPECT_EQ(Choose("3"), "3 ");
}

TEST_F(SettingsChoiceTest, SaysThatAFolderIsMissing) {
  EXPECT_THAT(ChooseSettings(folder_.path() / "none", "0"), FailsWith(reasons::kStateFailed));
}

}  // namespace
}  // namespace openimds::extension
