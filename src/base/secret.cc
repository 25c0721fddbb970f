// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <string.h>

namespace openimds {

void Secret::Wipe() {
  // The capacity, not only the size: an earlier, longer value may still stand behind the end.
  bytes_.resize(bytes_.capacity());
  explicit_bzero(bytes_.data(), bytes_.size());
  bytes_.clear();
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    Wipe();
    bytes_ = other.bytes_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    Wipe();
    bytes_ = other.bytes_;
    other.Wipe();
  }
  return *this;
}

bool operator==(const Secret& left, const Secret& right) {
  if (left.bytes_.size() != right.bytes_.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < left.bytes_.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (left.bytes_[i] ^ right.bytes_[i]));
  }
  return difference == 0;
}

}  // namespace openimds
