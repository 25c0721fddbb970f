// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_store.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/reasons.h"
#include "store/migrations.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

// What only a store on a disk can get wrong: restarts, modes, versions, damage, no space.
namespace openimds {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

namespace fs = std::filesystem;

// While it lives no file of this process may grow beyond `bytes`: a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

class SqliteStoreTest : public testing::Test {
 protected:
  TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path() / "state";
  const fs::path file_ = folder_ / "store.db";

  auto Open() { return SqliteStore::Open(file_); }

  // A change of the file itself, by a tool that knows nothing of us.
  void ExecuteSql(const std::string& sql) {
    const auto connection = SqliteConnection::Open(file_.string());
    ASSERT_THAT(connection, IsOk());
    ASSERT_THAT((*connection)->Execute(sql), IsOk());
  }

  void Overwrite(std::streamoff offset, const std::string& bytes) {
    std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(offset);
    file << bytes;
  }

  static mode_t ModeOf(const fs::path& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }
};

Change Put(std::string key, std::string body = "{}") {
  return {"a", std::move(key), std::move(body), std::nullopt};
}

TEST_F(SqliteStoreTest, KeepsRecordsAndRevisionsOverARestart) {
  {
    const auto store = Open();
    ASSERT_THAT(store, IsOk());
    ASSERT_THAT((*store)->Apply({Put("1", "x")}), IsOk());
    ASSERT_THAT((*store)->Apply({Put("2", "y")}), IsOk());
  }
  const auto store = Open();
  ASSERT_THAT(store, IsOk());
  const auto all = (*store)->ReadAll();
  ASSERT_THAT(all, IsOk());
  ASSERT_THAT(*all, SizeIs(2));
  EXPECT_EQ((*all)[0].body, "x");
  EXPECT_EQ((*all)[1].revision, 2);
  EXPECT_EQ((*store)->Apply({}), 3);
}

TEST_F(SqliteStoreTest, HasEveryAnsweredChangeInItsFilesWhileStillOpen) {
  const auto store = Open();
  ASSERT_THAT(store, IsOk());
  for (int i = 0; i < 10; ++i) {
    ASSERT_THAT((*store)->Apply({Put(std::to_string(i))}), IsOk());
    // What a `kill -9` would leave behind: the files, and nothing of the process.
    const fs::path left = temporary_.path() / ("left" + std::to_string(i));
    fs::copy(folder_, left);
    fs::remove(left / "store.db-shm");
    const auto reopened = SqliteStore::Open(left / "store.db");
    ASSERT_THAT(reopened, IsOk());
    EXPECT_EQ((*reopened)->Revision(), i + 1);
    EXPECT_EQ((*reopened)->ReadAll()->size(), static_cast<std::size_t>(i + 1));
  }
}

TEST_F(SqliteStoreTest, FallsBackToTheLastWholeBatchIfTheLogIsCutShort) {
  const auto store = Open();
  ASSERT_THAT(store, IsOk());
  ASSERT_THAT((*store)->Apply({Put("1"), Put("2")}), IsOk());
  ASSERT_THAT((*store)->Apply({Put("3"), Put("4")}), IsOk());
  const fs::path left = temporary_.path() / "left";
  fs::copy(folder_, left);
  fs::remove(left / "store.db-shm");
  fs::resize_file(left / "store.db-wal", fs::file_size(left / "store.db-wal") - 100);
  const auto reopened = SqliteStore::Open(left / "store.db");
  ASSERT_THAT(reopened, IsOk());
  EXPECT_EQ((*reopened)->Revision(), 1);
  EXPECT_THAT(*(*reopened)->ReadAll(), SizeIs(2));
}

TEST_F(SqliteStoreTest, MakesFilesAndFolderForTheirOwnerAlone) {
  const mode_t before = umask(0);
  const auto store = Open();
  umask(before);
  ASSERT_THAT(store, IsOk());
  ASSERT_THAT((*store)->Apply({Put("1")}), IsOk());
  EXPECT_EQ(ModeOf(folder_), 0700u);
  for (const char* name : {"store.db", "store.db-wal", "store.db-shm"}) {
    EXPECT_EQ(ModeOf(folder_ / name), 0600u) << name;
  }
}

TEST_F(SqliteStoreTest, RefusesAnOpenFileAndNamesTheChmodThatMendsIt) {
  ASSERT_THAT(Open(), IsOk());
  for (const mode_t mode : {0604u, 0640u, 0644u, 0602u, 0620u}) {
    ASSERT_EQ(chmod(file_.c_str(), mode), 0);
    const auto store = Open();
    ASSERT_THAT(store, FailsWith(reasons::kStateModes));
    EXPECT_THAT(store.error().message, HasSubstr("chmod 600 '" + file_.string() + "'"));
    EXPECT_EQ(ModeOf(file_), mode);
  }
  ASSERT_EQ(chmod(file_.c_str(), 0600), 0);
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(SqliteStoreTest, RefusesAnOpenFolderAndNamesTheChmodThatMendsIt) {
  fs::create_directory(folder_);
  ASSERT_EQ(chmod(folder_.c_str(), 0755), 0);
  const auto store = Open();
  ASSERT_THAT(store, FailsWith(reasons::kStateModes));
  EXPECT_THAT(store.error().message,
              HasSubstr("got mode 755; mend it with: chmod 700 '" + folder_.string() + "'"));
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(SqliteStoreTest, RefusesAFileThatIsALinkOrAFolder) {
  fs::create_directory(folder_);
  fs::permissions(folder_, fs::perms::owner_all);
  fs::create_symlink(temporary_.path() / "elsewhere", file_);
  EXPECT_THAT(Open(), FailsWith(reasons::kStateFailed));
  EXPECT_FALSE(fs::exists(temporary_.path() / "elsewhere"));
  fs::remove(file_);
  fs::create_directory(file_);
  EXPECT_THAT(Open(), FailsWith(reasons::kStateFailed));
}

TEST_F(SqliteStoreTest, FailsWithoutAFolderToBeIn) {
  const auto store = SqliteStore::Open(temporary_.path() / "no" / "such" / "store.db");
  EXPECT_THAT(store, FailsWith(reasons::kStateFailed));
}

TEST_F(SqliteStoreTest, IsNotMisledByANameThatLooksLikeAUri) {
  const fs::path name = temporary_.path() / "file:x?mode=memory";
  ASSERT_THAT(SqliteStore::Open(name), IsOk());
  EXPECT_TRUE(fs::exists(name));
}

TEST_F(SqliteStoreTest, RefusesAStoreOfALaterVersionAndLeavesItAlone) {
  ASSERT_THAT(Open(), IsOk());
  ExecuteSql("PRAGMA user_version = 99");
  const auto store = Open();
  ASSERT_THAT(store, FailsWith(reasons::kStoreTooNew));
  EXPECT_THAT(store.error().message, HasSubstr("got version 99"));
  ExecuteSql("PRAGMA user_version = 1");
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(SqliteStoreTest, RefusesTheDatabaseOfAnotherProgramAndLeavesItAlone) {
  ASSERT_THAT(Open(), IsOk());
  fs::resize_file(file_, 0);
  ExecuteSql("CREATE TABLE record (theirs)");
  ASSERT_THAT(Open(), FailsWith(reasons::kStoreTooNew));
  const auto connection = SqliteConnection::Open(file_.string());
  ASSERT_THAT(connection, IsOk());
  EXPECT_EQ((*connection)->QueryText("PRAGMA journal_mode"), "delete");
  EXPECT_EQ((*connection)->QueryText("SELECT sql FROM sqlite_schema"),
            "CREATE TABLE record (theirs)");
}

TEST_F(SqliteStoreTest, RefusesAFileThatIsNoDatabase) {
  ASSERT_THAT(Open(), IsOk());
  Overwrite(0, std::string(4096, 'x'));
  EXPECT_THAT(Open(), FailsWith(reasons::kStoreFailed));
}

TEST_F(SqliteStoreTest, FailsOnADamagedPageInsteadOfGivingHalfOfIt) {
  {
    const auto store = Open();
    ASSERT_THAT(store, IsOk());
    for (int i = 0; i < 100; ++i) {
      ASSERT_THAT((*store)->Apply({Put(std::to_string(i), std::string(1000, 'x'))}), IsOk());
    }
  }
  const auto size = static_cast<std::streamoff>(fs::file_size(file_));
  Overwrite(8 * 4096, std::string(static_cast<std::size_t>(size - 8 * 4096), '\xee'));
  const auto store = Open();
  ASSERT_THAT(store, IsOk());
  EXPECT_THAT((*store)->ReadAll(), FailsWith(reasons::kStoreFailed));
}

TEST_F(SqliteStoreTest, ChangesNothingWhenTheDiskIsFullAndGoesOnWhenItIsNot) {
  const auto store = Open();
  ASSERT_THAT(store, IsOk());
  ASSERT_THAT((*store)->Apply({Put("1")}), IsOk());
  {
    const FullDisk full(fs::file_size(folder_ / "store.db-wal") + 3 * 4096);
    const auto applied = (*store)->Apply({Put("1", "lost"), Put("2", std::string(200'000, 'x'))});
    ASSERT_THAT(applied, FailsWith(reasons::kStoreFailed));
    EXPECT_EQ((*store)->Revision(), 1);
    const auto all = (*store)->ReadAll();
    ASSERT_THAT(all, IsOk());
    ASSERT_THAT(*all, SizeIs(1));
    EXPECT_EQ((*all)[0].body, "{}");
  }
  EXPECT_EQ((*store)->Apply({Put("2")}), 2);
  EXPECT_EQ((*Open())->Revision(), 2);
}

TEST_F(SqliteStoreTest, SaysThatASecondWriterHoldsTheFileTooLong) {
  const auto store = SqliteStore::Open(file_, {.busy_timeout = std::chrono::milliseconds{1}});
  ASSERT_THAT(store, IsOk());
  const auto other = SqliteConnection::Open(file_.string());
  ASSERT_THAT(other, IsOk());
  const auto transaction = SqliteTransaction::Begin(**other);
  ASSERT_THAT(transaction, IsOk());
  const auto applied = (*store)->Apply({Put("1")});
  ASSERT_THAT(applied, FailsWith(reasons::kStoreFailed));
  EXPECT_EQ(applied.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ((*store)->Revision(), 0);  // reading goes on
}

TEST_F(SqliteStoreTest, RollsATransactionBackThatNobodyCommitted) {
  const auto store = Open();
  ASSERT_THAT(store, IsOk());
  {
    const auto other = SqliteConnection::Open(file_.string());
    ASSERT_THAT(other, IsOk());
    const auto transaction = SqliteTransaction::Begin(**other);
    ASSERT_THAT((*other)->Execute("UPDATE store SET revision = 9"), IsOk());
  }
  EXPECT_EQ((*store)->Apply({}), 1);
}

TEST_F(SqliteStoreTest, CanBeOpenedForTheFirstTimeBySeveralAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([this, t] {
      const auto store = Open();
      ASSERT_THAT(store, IsOk());
      for (int i = 0; i < 5; ++i) {
        EXPECT_THAT((*store)->Apply({Put(std::to_string(10 * t + i))}), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ((*Open())->Revision(), 30);
  EXPECT_THAT(*(*Open())->ReadAll(), SizeIs(30));
}

}  // namespace
}  // namespace openimds
