// SPDX-License-Identifier: Apache-2.0
#include "app/surroundings.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

class StateDirectoryTest : public testing::Test {
 protected:
  std::string Find() {
    const auto path = FindStateDirectory(option_, config_, surroundings_);
    return path ? path->string() : std::string(path.error().reason);
  }

  // Everything at once, so that each test takes away what comes first.
  std::optional<std::string> option_ = "/option";
  Config config_ = [] {
    Config config;
    config.state_dir = "/config";
    return config;
  }();
  Surroundings surroundings_{{{"OPENIMDS_STATE_DIR", "/variable"},
                              {"STATE_DIRECTORY", "/first:/second"},
                              {"XDG_STATE_HOME", "/xdg"},
                              {"HOME", "/home/me"}},
                             "host"};
};

TEST_F(StateDirectoryTest, IsFoundInTheDocumentedOrder) {
  EXPECT_EQ(Find(), "/option");
  option_.reset();
  EXPECT_EQ(Find(), "/variable");
  surroundings_.environment["OPENIMDS_STATE_DIR"] = "";
  EXPECT_EQ(Find(), "/config");
  config_.state_dir.reset();
  EXPECT_EQ(Find(), "/first");
  surroundings_.environment.erase("STATE_DIRECTORY");
  EXPECT_EQ(Find(), "/xdg/openimds");
  surroundings_.environment.erase("XDG_STATE_HOME");
  EXPECT_EQ(Find(), "/home/me/.local/state/openimds");
  surroundings_.environment.erase("HOME");
  EXPECT_EQ(Find(), reasons::kConfigInvalid);
}

TEST_F(StateDirectoryTest, IsAbsoluteEvenIfTheOptionIsNot) {
  option_ = "here";
  EXPECT_EQ(Find(), (std::filesystem::current_path() / "here").string());
}

TEST_F(StateDirectoryTest, IgnoresARelativeXdgFolderAsXdgSays) {
  option_.reset();
  config_.state_dir.reset();
  surroundings_.environment.erase("OPENIMDS_STATE_DIR");
  surroundings_.environment.erase("STATE_DIRECTORY");
  surroundings_.environment["XDG_STATE_HOME"] = "relative";
  EXPECT_EQ(Find(), "/home/me/.local/state/openimds");
}

TEST(ConfigFileTest, IsTheOptionElseTheVariableElseNone) {
  Surroundings surroundings;
  EXPECT_EQ(FindConfigFile(std::nullopt, surroundings), std::nullopt);
  surroundings.environment["OPENIMDS_CONFIG"] = "/etc/a.toml";
  EXPECT_EQ(FindConfigFile(std::nullopt, surroundings), "/etc/a.toml");
  EXPECT_EQ(FindConfigFile("b.toml", surroundings), "b.toml");
}

}  // namespace
}  // namespace openimds
