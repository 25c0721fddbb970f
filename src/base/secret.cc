// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <string.h>

#include "base/undumped_memory.h"

namespace openimds {

Secret::Secret(std::string_view bytes) : size_(bytes.size()) {
  if (bytes.empty()) return;
  bytes_ = AllocateUndumped(size_);
  bytes.copy(bytes_, size_);
}

Secret::Secret(std::string&& bytes) : Secret(std::string_view(bytes)) {
  // The capacity, not only the size: an earlier, longer value may still stand behind the end.
  bytes.resize(bytes.capacity());
  explicit_bzero(bytes.data(), bytes.size());
  bytes.clear();
}

Secret::~Secret() {
  if (bytes_ != nullptr) FreeUndumped(bytes_, size_);
}

bool operator==(const Secret& left, const Secret& right) {
  if (left.size_ != right.size_) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < left.size_; ++i) {
    difference = static_cast<unsigned char>(difference | (left.bytes_[i] ^ right.bytes_[i]));
  }
  return difference == 0;
}

}  // namespace openimds
