// SPDX-License-Identifier: Apache-2.0
#include "authority/key_ring.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "base/reasons.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::seconds;
using testing::HasSubstr;

class KeyRingTest : public testing::Test {
 protected:
  KeyRingTest() {
    std::string pattern = (fs::temp_directory_path() / "key-ring-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    folder_ = root_ / "state" / "keys";
  }
  ~KeyRingTest() override { fs::remove_all(root_); }

  Result<std::unique_ptr<KeyRing>> Open() { return KeyRing::Open(folder_, clock_); }
  std::unique_ptr<KeyRing> MustOpen() {
    auto ring = Open();
    if (!ring) ADD_FAILURE() << ring.error().message;
    return ring ? *std::move(ring) : nullptr;
  }

  fs::path PemOf(const SigningKey& key) { return folder_ / (key.jwk().kid + ".pem"); }

  std::set<std::string> FileNames() {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.insert(entry.path().filename());
    return names;
  }
  static std::string ReadFile(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void WriteFile(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    chmod((folder_ / name).c_str(), 0600);
  }
  static std::vector<std::string> Kids(const KeyRing& ring) {
    std::vector<std::string> kids;
    for (const auto& key : ring.Keys()) kids.push_back(key.key->jwk().kid);
    return kids;
  }
  static mode_t ModeOf(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }

  FakeClock clock_;
  fs::path root_;
  fs::path folder_;
};

TEST_F(KeyRingTest, TheFirstStartMakesAKeyThatTheSecondFinds) {
  std::string kid;
  {
    const auto ring = MustOpen();
    kid = ring->Active()->jwk().kid;
    EXPECT_THAT(Kids(*ring), testing::ElementsAre(kid));
    EXPECT_EQ(FileNames(), (std::set<std::string>{"keys.json", kid + ".pem"}));
  }
  EXPECT_EQ(MustOpen()->Active()->jwk().kid, kid);
}

TEST_F(KeyRingTest, NobodyElseMayReadWhatItMakes) {
  const auto ring = MustOpen();
  EXPECT_EQ(ModeOf(root_ / "state"), 0700u);
  EXPECT_EQ(ModeOf(folder_), 0700u);
  EXPECT_EQ(ModeOf(folder_ / "keys.json"), 0600u);
  EXPECT_EQ(ModeOf(PemOf(*ring->Active())), 0600u);
}

TEST_F(KeyRingTest, KeysJsonHoldsNoSecret) {
  const auto ring = MustOpen();
  const std::string text = ReadFile(folder_ / "keys.json");
  EXPECT_EQ(text, R"({"version":1,"active":{"kid":")" + ring->Active()->jwk().kid +
                      R"(","created":1700000000},"retired":[]})" + "\n");
}

TEST_F(KeyRingTest, LooseModesAreRefusedWithTheChmodThatMendsThem) {
  const std::string kid = MustOpen()->Active()->jwk().kid;
  struct Case {
    fs::path path;
    mode_t loose;
    mode_t right;
    std::string shown;
  };
  for (const Case& c : {Case{folder_, 0750, 0700, "750"}, Case{folder_, 0701, 0700, "701"},
                        Case{folder_ / "keys.json", 0644, 0600, "644"},
                        Case{folder_ / (kid + ".pem"), 0640, 0600, "640"},
                        Case{folder_ / (kid + ".pem"), 0602, 0600, "602"}}) {
    ASSERT_EQ(chmod(c.path.c_str(), c.loose), 0);
    const auto ring = Open();
    ASSERT_THAT(ring, FailsWith(reasons::kStateModes)) << c.path;
    const std::string right = c.right == 0700 ? "700" : "600";
    EXPECT_THAT(ring.error().message,
                HasSubstr("mend it with: chmod " + right + " '" + c.path.string() + "'"));
    EXPECT_THAT(ring.error().message, HasSubstr("got mode " + c.shown));
    ASSERT_EQ(chmod(c.path.c_str(), c.right), 0);
  }
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(KeyRingTest, ASecondOwnerIsRefusedWhileTheFirstHoldsTheFolder) {
  auto ring = MustOpen();
  EXPECT_THAT(Open(), FailsWith(reasons::kStateInUse));
  ring.reset();
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(KeyRingTest, ARotationKeepsTheOldKeyUntilItsTimeAndNotAfter) {
  const auto ring = MustOpen();
  const std::string old = ring->Active()->jwk().kid;
  const auto rotated = ring->Rotate(hours{24});
  ASSERT_THAT(rotated, IsOk());
  const std::string fresh = rotated->key->jwk().kid;
  EXPECT_NE(fresh, old);
  EXPECT_EQ(ring->Active()->jwk().kid, fresh);
  EXPECT_EQ(ring->Keys()[1].publish_until, clock_.Now() + hours{24});

  clock_.Advance(hours{24} - seconds{1});
  EXPECT_THAT(Kids(*ring), testing::ElementsAre(fresh, old));
  clock_.Advance(seconds{1});
  EXPECT_THAT(Kids(*ring), testing::ElementsAre(fresh));
}

TEST_F(KeyRingTest, ARotationSurvivesARestart) {
  std::vector<std::string> kids;
  {
    const auto ring = MustOpen();
    ASSERT_THAT(ring->Rotate(hours{24}), IsOk());
    clock_.Advance(hours{1});
    ASSERT_THAT(ring->Rotate(hours{24}), IsOk());
    kids = Kids(*ring);
  }
  ASSERT_EQ(kids.size(), 3u);
  const auto ring = MustOpen();
  EXPECT_EQ(Kids(*ring), kids);
  EXPECT_EQ(ring->Keys()[0].created, clock_.Now());
  EXPECT_EQ(ring->Keys()[2].publish_until, clock_.Now() + hours{23});
}

TEST_F(KeyRingTest, ARotationRemovesTheFilesOfKeysWhoseTimeIsOver) {
  const auto ring = MustOpen();
  const fs::path first = PemOf(*ring->Active());
  ASSERT_THAT(ring->Rotate(hours{24}), IsOk());
  clock_.Advance(hours{24});
  EXPECT_TRUE(fs::exists(first));
  ASSERT_THAT(ring->Rotate(hours{24}), IsOk());
  EXPECT_FALSE(fs::exists(first));
  EXPECT_EQ(FileNames().size(), 3u);
}

TEST_F(KeyRingTest, ARotationWithoutOverlapForgetsTheOldKeyAtOnce) {
  const auto ring = MustOpen();
  const fs::path old = PemOf(*ring->Active());
  ASSERT_THAT(ring->Rotate(seconds{0}), IsOk());
  EXPECT_EQ(ring->Keys().size(), 1u);
  EXPECT_FALSE(fs::exists(old));
}

TEST_F(KeyRingTest, TokensSignedBeforeARotationStillVerifyWithAPublishedKey) {
  const auto ring = MustOpen();
  const auto before = ring->Active();
  const std::string signature = *before->SignRs256("x");
  ASSERT_THAT(ring->Rotate(hours{24}), IsOk());
  EXPECT_TRUE(VerifyRs256(ring->Keys()[1].key->jwk(), "x", signature));
  EXPECT_FALSE(VerifyRs256(ring->Keys()[0].key->jwk(), "x", signature));
}

// What a crash can leave: a temporary file, or a key that keys.json does not name yet.
TEST_F(KeyRingTest, WhatACrashLeftIsRemovedByTheNextOpen) {
  std::string kid, pem;
  {
    const auto ring = MustOpen();
    kid = ring->Active()->jwk().kid;
    pem = ReadFile(PemOf(*ring->Active()));
  }
  WriteFile("keys.json.tmp", "{\"version\":1,\"act");
  WriteFile("AAAAAAAAAAAAAAAAAAAAAAAAAAA.pem.tmp", pem.substr(0, 100));
  WriteFile("AAAAAAAAAAAAAAAAAAAAAAAAAAA.pem", pem);
  WriteFile("notes.txt", "not ours");
  EXPECT_EQ(MustOpen()->Active()->jwk().kid, kid);
  EXPECT_EQ(FileNames(), (std::set<std::string>{"keys.json", kid + ".pem", "notes.txt"}));
}

TEST_F(KeyRingTest, AFirstStartThatWasCutOffBeginsAnew) {
  std::string old;
  { old = MustOpen()->Active()->jwk().kid; }
  fs::remove(folder_ / "keys.json");
  const auto ring = MustOpen();
  EXPECT_NE(ring->Active()->jwk().kid, old);
  EXPECT_FALSE(fs::exists(folder_ / (old + ".pem")));
}

TEST_F(KeyRingTest, ALostKeysJsonBesideSeveralKeysIsRefusedAndDestroysNothing) {
  { ASSERT_THAT(MustOpen()->Rotate(hours{24}), IsOk()); }
  fs::remove(folder_ / "keys.json");
  EXPECT_THAT(Open(), FailsWith(reasons::kStateFailed));
  EXPECT_EQ(FileNames().size(), 2u);
}

TEST_F(KeyRingTest, AFailedRotationLeavesTheOldRing) {
  const auto ring = MustOpen();
  const std::string kid = ring->Active()->jwk().kid;
  // A folder cannot be replaced by a file, not even by root.
  fs::create_directory(folder_ / "keys.json.tmp");
  EXPECT_THAT(ring->Rotate(hours{24}), FailsWith(reasons::kStateFailed));
  EXPECT_EQ(ring->Active()->jwk().kid, kid);
  EXPECT_THAT(Kids(*ring), testing::ElementsAre(kid));

  fs::remove(folder_ / "keys.json.tmp");
  EXPECT_THAT(ring->Rotate(hours{24}), IsOk());
  EXPECT_EQ(FileNames().size(), 3u);
}

TEST_F(KeyRingTest, AFolderThatIsNotWhatWeWroteIsRefused) {
  std::string kid, pem, json;
  {
    const auto ring = MustOpen();
    kid = ring->Active()->jwk().kid;
    pem = ReadFile(PemOf(*ring->Active()));
    json = ReadFile(folder_ / "keys.json");
  }
  WriteFile("keys.json", "{}");
  EXPECT_THAT(Open(), FailsWith(reasons::kStateFailed));
  WriteFile("keys.json", json);

  WriteFile(kid + ".pem", pem.substr(0, pem.size() / 2));
  const auto damaged = Open();
  EXPECT_THAT(damaged, FailsWith(reasons::kStateFailed));
  EXPECT_THAT(damaged.error().message, HasSubstr(kid + ".pem"));

  WriteFile(kid + ".pem", std::string((1 << 20) + 1, 'x'));
  EXPECT_THAT(Open(), FailsWith(reasons::kStateFailed));

  fs::remove(folder_ / (kid + ".pem"));
  EXPECT_THAT(Open(), FailsWith(reasons::kStateFailed));

  const fs::path elsewhere = root_ / "elsewhere.pem";
  std::ofstream(elsewhere) << pem;
  fs::create_symlink(elsewhere, folder_ / (kid + ".pem"));
  EXPECT_THAT(Open(), FailsWith(reasons::kStateFailed));

  fs::remove(folder_ / "keys.json");
  ASSERT_EQ(mkfifo((folder_ / "keys.json").c_str(), 0600), 0);
  EXPECT_THAT(Open(), FailsWith(reasons::kStateFailed));
}

TEST_F(KeyRingTest, AKeyUnderAnotherKeysNameIsRefused) {
  std::string kid;
  {
    const auto ring = MustOpen();
    kid = ring->Active()->jwk().kid;
  }
  const auto other = SigningKey::Generate("other", clock_.Now());
  WriteFile(kid + ".pem", std::string((*other)->ToPem().RevealSecret()));
  EXPECT_THAT(Open(), FailsWith(reasons::kStateFailed));
}

TEST_F(KeyRingTest, AFileInPlaceOfTheFolderIsRefused) {
  fs::create_directory(root_ / "state");
  std::ofstream(folder_) << "x";
  EXPECT_THAT(Open(), FailsWith(reasons::kStateFailed));
}

TEST_F(KeyRingTest, ReadersSeeAWholeRingDuringRotations) {
  const auto ring = MustOpen();
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) {
      const auto active = ring->Active();
      const auto kids = Kids(*ring);
      EXPECT_THAT(kids, testing::Contains(active->jwk().kid));
    }
  });
  for (int i = 0; i < 3; ++i) EXPECT_THAT(ring->Rotate(hours{24}), IsOk());
  done = true;
  reader.join();
  EXPECT_EQ(ring->Keys().size(), 4u);
}

}  // namespace
}  // namespace openimds
