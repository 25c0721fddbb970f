// SPDX-License-Identifier: Apache-2.0
#include "base/undumped_memory.h"

#include <sanitizer/asan_interface.h>
#include <string.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <mutex>
#include <new>
#include <utility>

namespace openimds {
namespace {

// Small blocks are cut from chunks, in sizes of powers of two, and go back to the list of their
// size: the chunks stay, so memory is as much as was ever needed at once. What is larger than the
// largest block is mapped alone and unmapped when freed.
constexpr std::size_t kSmallestBlock = 64;
constexpr std::size_t kLargestBlock = 16 * 1024;
constexpr std::size_t kChunk = 256 * 1024;
constexpr std::size_t kClasses = std::countr_zero(kLargestBlock / kSmallestBlock) + 1;

std::size_t ClassOf(std::size_t size) {
  const std::size_t units = (size + kSmallestBlock - 1) / kSmallestBlock;
  return static_cast<std::size_t>(std::countr_zero(std::bit_ceil(units)));
}

char* Map(std::size_t size) {
  void* const mapped =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  if (madvise(mapped, size, MADV_DONTDUMP) != 0) {
    munmap(mapped, size);
    throw std::bad_alloc();
  }
  madvise(mapped, size, MADV_WIPEONFORK);  // a second lock: what cannot have it does without
  return static_cast<char*>(mapped);
}

// A block in no use: its first bytes are the next one of its list. In a forked child they are zero,
// which ends the list; so the child's lists are short, and never wrong.
struct FreeBlock {
  FreeBlock* next;
};

class Arena {
 public:
  char* Take(std::size_t size) {
    const std::size_t size_class = ClassOf(size);
    std::lock_guard lock(mutex_);
    FreeBlock*& first = free_[size_class];
    if (first == nullptr) return Cut(kSmallestBlock << size_class, size);
    char* const block = reinterpret_cast<char*>(first);
    ASAN_UNPOISON_MEMORY_REGION(block, std::max(size, sizeof(FreeBlock)));
    first = std::exchange(first->next, nullptr);
    return block;
  }

  void Return(char* block, std::size_t size) {
    const std::size_t size_class = ClassOf(size);
    std::lock_guard lock(mutex_);
    ASAN_UNPOISON_MEMORY_REGION(block, sizeof(FreeBlock));
    free_[size_class] = new (block) FreeBlock{free_[size_class]};
    ASAN_POISON_MEMORY_REGION(block, kSmallestBlock << size_class);
  }

 private:
  char* Cut(std::size_t block_size, std::size_t size) {
    if (left_ < block_size) {
      chunk_ = Map(kChunk);  // what was left of the last one is not worth keeping
      left_ = kChunk;
      ASAN_POISON_MEMORY_REGION(chunk_, kChunk);
    }
    char* const block = std::exchange(chunk_, chunk_ + block_size);
    left_ -= block_size;
    ASAN_UNPOISON_MEMORY_REGION(block, size);
    return block;
  }

  std::mutex mutex_;
  std::array<FreeBlock*, kClasses> free_{};
  char* chunk_ = nullptr;
  std::size_t left_ = 0;
};

// Never destroyed: secrets of static storage may be freed after everything else.
constinit Arena arena;

}  // namespace

char* AllocateUndumped(std::size_t size) {
  return size > kLargestBlock ? Map(size) : arena.Take(size);
}

void FreeUndumped(char* bytes, std::size_t size) noexcept {
  explicit_bzero(bytes, size);
  if (size > kLargestBlock) {
    munmap(bytes, size);
  } else {
    arena.Return(bytes, size);
  }
}

}  // namespace openimds
