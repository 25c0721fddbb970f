// SPDX-License-Identifier: Apache-2.0
#include "base/undumped_memory.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <new>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace openimds {
namespace {

// The kernel's two-letter flags of the mapping that holds `address`; empty if there is none.
std::string FlagsOf(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    char dash = 0;
    std::istringstream range(line);
    if (range >> std::hex >> begin >> dash >> end && dash == '-') {
      const auto at = reinterpret_cast<std::uintptr_t>(address);
      inside = begin <= at && at < end;
    }
    if (inside && line.starts_with("VmFlags:")) return line.substr(8);
  }
  return {};
}

bool IsUndumped(const void* address) { return FlagsOf(address).find(" dd ") != std::string::npos; }

bool IsZero(const char* bytes, std::size_t size) {
  return std::all_of(bytes, bytes + size, [](char c) { return c == 0; });
}

constexpr std::size_t kSizes[] = {1,    7,     8,     63,    64,    65,     100,
                                  2048, 16383, 16384, 16385, 65536, 1000000};

TEST(UndumpedMemoryTest, NoCoreDumpHoldsASecretOfAnySize) {
  const std::string plain(100, 'x');
  ASSERT_NE(FlagsOf(plain.data()), "");
  EXPECT_FALSE(IsUndumped(plain.data())) << "the test sees nothing";
  for (const std::size_t size : kSizes) {
    const Secret secret(std::string(size, 's'));
    EXPECT_TRUE(IsUndumped(secret.RevealSecret().data())) << size;
    EXPECT_TRUE(IsUndumped(secret.RevealSecret().data() + size - 1)) << size;
  }
}

TEST(UndumpedMemoryTest, WhatWasFreedIsWipedBeforeItIsGivenAgain) {
  for (const std::size_t size : kSizes) {
    char* const first = AllocateUndumped(size);
    EXPECT_TRUE(IsZero(first, size)) << size;
    std::fill_n(first, size, 's');
    FreeUndumped(first, size);
    char* const second = AllocateUndumped(size);
    EXPECT_TRUE(second == first || size > 16384) << size << ": the test looks elsewhere";
    EXPECT_TRUE(IsZero(second, size)) << size;
    FreeUndumped(second, size);
  }
}

TEST(UndumpedMemoryTest, BlocksDoNotOverlap) {
  std::vector<std::pair<char*, std::size_t>> blocks;
  for (std::size_t i = 0; i < 2000; ++i) {
    const std::size_t size = kSizes[i % std::size(kSizes) * 5 % 10];
    blocks.emplace_back(AllocateUndumped(size), size);
    std::fill_n(blocks.back().first, size, static_cast<char>(i));
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto [bytes, size] = blocks[i];
    ASSERT_TRUE(
        std::all_of(bytes, bytes + size, [&](char c) { return c == static_cast<char>(i); }));
    FreeUndumped(bytes, size);
  }
}

TEST(UndumpedMemoryTest, AForkedChildFindsZeroesAndCanStillMakeSecrets) {
  const Secret secret("only for the parent");
  const pid_t child = fork();
  if (child == 0) {
    const std::string_view seen = secret.RevealSecret();
    const bool wiped = IsZero(seen.data(), seen.size());
    const bool works = Secret("the child's").RevealSecret() == "the child's";
    _exit(wiped && works ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(secret.RevealSecret(), "only for the parent");
}

TEST(UndumpedMemoryTest, WhatDoesNotFitIsRefused) {
  EXPECT_THROW(AllocateUndumped(std::numeric_limits<std::size_t>::max() / 2), std::bad_alloc);
}

TEST(UndumpedMemoryTest, ManyThreadsMakeAndFreeSecretsAtOnce) {
  std::vector<std::jthread> threads;
  for (char name = 'a'; name < 'e'; ++name) {
    threads.emplace_back([name] {
      std::vector<Secret> kept(16);
      for (std::size_t i = 0; i < 4000; ++i) {
        const std::string text(i * 37 % 3000 + 1, name);
        EXPECT_TRUE(kept[i % kept.size()].empty() ||
                    kept[i % kept.size()].RevealSecret().front() == name);
        kept[i % kept.size()] = Secret(text);
        EXPECT_EQ(kept[i % kept.size()].RevealSecret(), text);
      }
    });
  }
}

TEST(SecretTest, WipesTheStringThatItIsMadeOf) {
  for (std::string text : {std::string("short"), std::string(1000, 's')}) {
    const char* const bytes = text.data();
    const std::size_t size = text.size();
    const Secret secret(std::move(text));
    EXPECT_EQ(text, "");  // NOLINT(bugprone-use-after-move): that it is empty is the promise
    EXPECT_TRUE(IsZero(bytes, size));  // `text` still owns them
    EXPECT_EQ(secret.RevealSecret().size(), size);
  }
}

TEST(SecretTest, CopiesAreTheirOwnAndMovesKeepTheBytesWhereTheyAre) {
  Secret one("first");
  const char* const at = one.RevealSecret().data();
  Secret copy = one;
  EXPECT_NE(copy.RevealSecret().data(), at);
  Secret moved = std::move(one);
  EXPECT_EQ(moved.RevealSecret().data(), at);
  copy = Secret("second");
  EXPECT_EQ(moved.RevealSecret(), "first");
  const Secret& same = copy;
  copy = same;
  EXPECT_EQ(copy.RevealSecret(), "second");
  copy = Secret();
  EXPECT_TRUE(copy.empty());
}

}  // namespace
}  // namespace openimds
