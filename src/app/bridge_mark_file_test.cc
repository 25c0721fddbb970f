// SPDX-License-Identifier: Apache-2.0
#include "app/bridge_mark_file.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace openimds {
namespace {

using testing::IsEmpty;

class BridgeMarkFileTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/openimds-marks-XXXXXX";
    folder_ = mkdtemp(folder);
    file_ = folder_ / "marks.json";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_, file_;
};

TEST_F(BridgeMarkFileTest, MarksAreReadOnceAsTheyWereWritten) {
  const MarkOfAttachment marks{{*Guid::Parse("11111111-1111-1111-1111-111111111111"), 0x494d0001},
                               {*Guid::Parse("22222222-2222-2222-2222-222222222222"), 0xffffffff}};
  WriteBridgeMarks(file_, marks);
  EXPECT_EQ(TakeBridgeMarks(file_), marks);
  EXPECT_FALSE(std::filesystem::exists(file_));
  EXPECT_THAT(TakeBridgeMarks(file_), IsEmpty());
}

TEST_F(BridgeMarkFileTest, AFileThatSaysAnythingElseSaysNothing) {
  for (const char* text :
       {"", "{", "[]", R"({"x":1})", R"({"11111111-1111-1111-1111-111111111111":"1"})",
        R"({"11111111-1111-1111-1111-111111111111":0})",
        R"({"11111111-1111-1111-1111-111111111111":4294967296})"}) {
    std::ofstream(file_) << text;
    EXPECT_THAT(TakeBridgeMarks(file_), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace openimds
