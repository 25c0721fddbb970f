// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/reasons.h"
#include "store/memory_store.h"
#include "store/sqlite_store.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

// What every Store promises, whatever it is made of.
namespace openimds {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Implementation {
  std::string name;
  std::function<std::unique_ptr<Store>(const std::filesystem::path& folder)> open;
};

void PrintTo(const Implementation& implementation, std::ostream* out) {
  *out << implementation.name;
}

class StoreContractTest : public testing::TestWithParam<Implementation> {
 protected:
  TemporaryFolder folder_;
  const std::unique_ptr<Store> store_ = GetParam().open(folder_.path());

  std::vector<std::string> Describe() {
    const auto all = store_->ReadAll();
    std::vector<std::string> lines;
    if (!all) return {all.error().message};
    for (const Record& record : *all) {
      lines.push_back(record.kind + "/" + record.key + "=" + record.body + "@" +
                      std::to_string(record.revision));
    }
    return lines;
  }
};

Change Put(std::string kind, std::string key, std::string body,
           std::optional<std::int64_t> expected = std::nullopt) {
  return {std::move(kind), std::move(key), std::move(body), expected};
}

Change Delete(std::string kind, std::string key,
              std::optional<std::int64_t> expected = std::nullopt) {
  return {std::move(kind), std::move(key), std::nullopt, expected};
}

INSTANTIATE_TEST_SUITE_P(
    All, StoreContractTest,
    testing::Values(Implementation{"memory",
                                   [](const std::filesystem::path&) {
                                     return std::unique_ptr<Store>(new MemoryStore);
                                   }},
                    Implementation{"sqlite",
                                   [](const std::filesystem::path& folder) {
                                     return std::unique_ptr<Store>(
                                         SqliteStore::Open(folder / "store.db").value());
                                   }}),
    [](const auto& instance) { return instance.param.name; });

TEST_P(StoreContractTest, IsEmptyAtRevisionZeroAtFirst) {
  EXPECT_THAT(Describe(), IsEmpty());
  EXPECT_EQ(store_->Revision(), 0);
}

TEST_P(StoreContractTest, CountsItsRevisionUpByOneWithEachBatch) {
  EXPECT_EQ(store_->Apply({Put("a", "1", "x"), Put("a", "2", "y")}), 1);
  EXPECT_EQ(store_->Apply({Delete("a", "1")}), 2);
  EXPECT_EQ(store_->Apply({}), 3);
  EXPECT_EQ(store_->Revision(), 3);
}

TEST_P(StoreContractTest, GivesEveryRecordTheRevisionOfItsLastWriting) {
  ASSERT_THAT(store_->Apply({Put("a", "1", "x"), Put("a", "2", "y")}), IsOk());
  ASSERT_THAT(store_->Apply({Put("a", "2", "z")}), IsOk());
  EXPECT_THAT(Describe(), ElementsAre("a/1=x@1", "a/2=z@2"));
}

TEST_P(StoreContractTest, ReadsInOrderOfKindAndKeyByTheirBytes) {
  ASSERT_THAT(store_->Apply({Put("b", "1", ""), Put("a", "10", ""), Put("a", "\xc3\xa4", ""),
                             Put("a", "2", ""), Put("B", "1", ""), Put("ab", "0", "")}),
              IsOk());
  EXPECT_THAT(Describe(),
              ElementsAre("B/1=@1", "a/10=@1", "a/2=@1", "a/\xc3\xa4=@1", "ab/0=@1", "b/1=@1"));
}

TEST_P(StoreContractTest, KeepsEveryByteOfABody) {
  const std::string body = std::string("{\"a\":\"'\\\"; DROP TABLE record; --\xf0\x9f\x98\x80\n") +
                           std::string(1, '\0') + std::string(300'000, 'x');
  ASSERT_THAT(store_->Apply({Put("a", "it's", body), Put("", "", "")}), IsOk());
  const auto all = store_->ReadAll();
  ASSERT_THAT(all, IsOk());
  ASSERT_THAT(*all, SizeIs(2));
  EXPECT_EQ((*all)[0].kind + (*all)[0].key + (*all)[0].body, "");
  EXPECT_EQ((*all)[1].key, "it's");
  EXPECT_EQ((*all)[1].body, body);
}

TEST_P(StoreContractTest, TakesTheStepsOfABatchInTheirOrder) {
  ASSERT_THAT(store_->Apply({Put("a", "1", "x"), Put("a", "1", "y"), Put("a", "2", "x"),
                             Delete("a", "2"), Delete("a", "3"), Put("a", "3", "z")}),
              IsOk());
  EXPECT_THAT(Describe(), ElementsAre("a/1=y@1", "a/3=z@1"));
}

TEST_P(StoreContractTest, DeletesWhatIsNotThereWithoutComplaint) {
  EXPECT_THAT(store_->Apply({Delete("a", "1")}), IsOk());
  EXPECT_THAT(Describe(), IsEmpty());
}

TEST_P(StoreContractTest, AppliesABatchWhoseExpectationsHold) {
  ASSERT_THAT(store_->Apply({Put("a", "1", "x", 0)}), IsOk());
  ASSERT_THAT(store_->Apply({Put("a", "1", "y", 1), Put("a", "2", "y", 0)}), IsOk());
  ASSERT_THAT(store_->Apply({Delete("a", "1", 2), Delete("a", "3", 0)}), IsOk());
  EXPECT_THAT(Describe(), ElementsAre("a/2=y@2"));
}

TEST_P(StoreContractTest, ExpectsOfTheStateBeforeTheBatch) {
  ASSERT_THAT(store_->Apply({Put("a", "1", "x", 0), Put("a", "1", "y", 0)}), IsOk());
  EXPECT_THAT(Describe(), ElementsAre("a/1=y@1"));
}

TEST_P(StoreContractTest, LeavesEverythingAsItWasAfterAConflict) {
  ASSERT_THAT(store_->Apply({Put("a", "1", "x"), Put("a", "2", "x")}), IsOk());
  ASSERT_THAT(store_->Apply({Put("a", "2", "y")}), IsOk());
  const std::vector<Change> wrong = {Put("a", "1", "z", 0), Put("a", "2", "z", 1),
                                     Put("a", "3", "z", 1), Delete("a", "2", 1),
                                     Delete("a", "1", 0),   Delete("a", "3", 1)};
  for (const Change& change : wrong) {
    const auto applied = store_->Apply({Put("a", "1", "lost"), change, Put("b", "1", "lost")});
    ASSERT_THAT(applied, FailsWith(reasons::kChangedMeanwhile));
    EXPECT_EQ(applied.error().kind, ErrorKind::kConflict);
    EXPECT_THAT(Describe(), ElementsAre("a/1=x@1", "a/2=y@2"));
  }
  EXPECT_EQ(store_->Revision(), 2);
}

TEST_P(StoreContractTest, SaysWhichRecordWasInConflict) {
  ASSERT_THAT(store_->Apply({Put("a", "1", "x")}), IsOk());
  EXPECT_EQ(store_->Apply({Put("a", "1", "y", 7)}).error().message,
            "expected a '1' at revision 7, found 1");
  EXPECT_EQ(store_->Apply({Put("a", "2", "y", 7)}).error().message,
            "expected a '2' at revision 7, found none");
}

TEST_P(StoreContractTest, LosesNoWritingOfThreadsThatWriteAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kBatches = 25;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < kBatches; ++i) {
        const std::string key = std::to_string(t) + "-" + std::to_string(i);
        EXPECT_THAT(store_->Apply({Put("a", key, "x", 0), Put("b", key, "x", 0)}), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Describe(), SizeIs(2 * kThreads * kBatches));
  EXPECT_EQ(store_->Revision(), kThreads * kBatches);
}

TEST_P(StoreContractTest, LetsOneOfManyThreadsWinThatExpectTheSame) {
  std::atomic<int> winners{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this, t, &winners] {
      const auto applied = store_->Apply({Put("a", "1", std::to_string(t), 0)});
      if (applied) {
        ++winners;
      } else {
        EXPECT_THAT(applied, FailsWith(reasons::kChangedMeanwhile));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(store_->Revision(), 1);
}

TEST_P(StoreContractTest, ReadsOneMomentWhileOthersWrite) {
  std::thread writer([this] {
    for (int i = 0; i < 50; ++i) {
      const std::string body = std::to_string(i);
      EXPECT_THAT(store_->Apply({Put("a", "1", body), Put("a", "2", body)}), IsOk());
    }
  });
  for (int i = 0; i < 50; ++i) {
    const auto all = store_->ReadAll();
    ASSERT_THAT(all, IsOk());
    if (all->empty()) continue;
    ASSERT_THAT(*all, SizeIs(2));
    EXPECT_EQ((*all)[0].body, (*all)[1].body);
  }
  writer.join();
}

}  // namespace
}  // namespace openimds
