// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

// Where secrets live: memory of our own that no core dump holds (MADV_DONTDUMP), that a forked
// child finds zeroed (MADV_WIPEONFORK), and that is wiped before anything else may use it. Every
// thread may call it.
namespace openimds {

// `size` bytes, at least one; they are zero. Throws std::bad_alloc, also if the kernel cannot keep
// them out of dumps.
char* AllocateUndumped(std::size_t size);

// Wipes what AllocateUndumped(size) gave, with the same size, and takes it back.
void FreeUndumped(char* bytes, std::size_t size) noexcept;

}  // namespace openimds
