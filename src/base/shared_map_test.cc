// SPDX-License-Identifier: Apache-2.0
#include "base/shared_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <string_view>

namespace openimds {
namespace {

using Shared = SharedMap<std::string, int>;
using Plain = std::map<std::string, int, std::less<>>;

void ExpectSame(const Shared& map, const Plain& model) {
  ASSERT_EQ(map.size(), model.size());
  auto one = map.begin();
  for (const auto& [key, value] : model) {
    ASSERT_NE(one, map.end());
    ASSERT_EQ(one->first, key);
    ASSERT_EQ(one->second, value);
    ++one;
  }
  ASSERT_EQ(one, map.end());
}

std::string Key(unsigned number) { return "key" + std::to_string(number); }

// The same random changes to it and to a std::map; now and then a copy is kept, which must not see
// what comes after it.
TEST(SharedMapTest, IsAMapWhoseCopiesKeepWhatTheyHad) {
  std::mt19937 random(7);
  Shared map;
  Plain model;
  std::vector<std::pair<Shared, Plain>> kept;
  for (int step = 0; step < 20'000; ++step) {
    const std::string key = Key(static_cast<unsigned>(random() % 3'000));
    switch (random() % 4) {
      case 0:
        EXPECT_EQ(map.erase(std::string_view(key)), model.erase(key));
        break;
      case 1:
        EXPECT_EQ(map.emplace(key, step).second, model.emplace(key, step).second);
        break;
      default:
        map.insert_or_assign(key, step);
        model.insert_or_assign(key, step);
    }
    if (step % 2'000 == 0) kept.emplace_back(map, model);
  }
  ExpectSame(map, model);
  for (const auto& [copy, then] : kept) ExpectSame(copy, then);
}

TEST(SharedMapTest, FindsByAnythingThatCompares) {
  Shared map;
  Plain model;
  for (unsigned i = 0; i < 2'000; i += 2) {
    map.emplace(Key(i), 1);
    model.emplace(Key(i), 1);
  }
  for (unsigned i = 0; i < 2'000; ++i) {
    const std::string key = Key(i);
    EXPECT_EQ(map.contains(std::string_view(key)), i % 2 == 0);
    const auto found = map.lower_bound(std::string_view(key));
    const auto expected = model.lower_bound(key);
    ASSERT_EQ(found == map.end(), expected == model.end());
    if (expected == model.end()) continue;
    EXPECT_EQ(found->first, expected->first);
  }
}

TEST(SharedMapTest, ErasingGivesWhatFollows) {
  Shared map;
  for (unsigned i = 0; i < 1'000; ++i) map.emplace(Key(i), static_cast<int>(i));
  for (auto at = map.begin(); at != map.end();) {
    at = at->second % 3 == 0 ? ++at : map.erase(at);
  }
  EXPECT_EQ(map.size(), 334u);
  for (const auto& [key, value] : map) EXPECT_EQ(value % 3, 0);
  while (!map.empty()) map.erase(map.begin());
  EXPECT_EQ(map.begin(), map.end());
}

TEST(SharedMapTest, GoesBackwardsAsWell) {
  Shared map;
  for (unsigned i = 0; i < 1'000; ++i) map.emplace(Key(i), 0);
  std::size_t seen = 0;
  for (auto at = map.end(); at != map.begin(); ++seen) --at;
  EXPECT_EQ(seen, map.size());
}

}  // namespace
}  // namespace openimds
