// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace openimds {

// An ordered map whose copies share what they have in common: a copy costs a few microseconds with
// a hundred thousand entries, a change the copying of the few hundred entries around it. For values
// that are cheap to copy, as pointers are. Like std::map with a transparent comparison, but that
// values are not changed in place: insert_or_assign() says what is new, and ends all iterators.
//
// A map belongs to one thread while it is changed; any number may read its copies meanwhile. The
// map that it was copied from must live as long as changes go on: that is how a chunk is known to
// be its own.
template <class Key, class Value, class Less = std::less<>>
class SharedMap {
 public:
  using key_type = Key;
  using mapped_type = Value;

 private:
  using Entry = std::pair<Key, Value>;
  using Chunk = std::vector<Entry>;  // sorted, never empty
  static constexpr std::size_t kMostInChunk = 256;

 public:
  class ConstIterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using pointer = const Entry*;
    using reference = const Entry&;

    ConstIterator() = default;
    reference operator*() const { return (*(*chunks_)[chunk_])[place_]; }
    pointer operator->() const { return &**this; }
    ConstIterator& operator++() {
      if (++place_ == (*chunks_)[chunk_]->size()) {
        ++chunk_;
        place_ = 0;
      }
      return *this;
    }
    ConstIterator operator++(int) {
      ConstIterator before = *this;
      ++*this;
      return before;
    }
    ConstIterator& operator--() {
      if (place_ == 0) place_ = (*chunks_)[--chunk_]->size();
      --place_;
      return *this;
    }
    friend bool operator==(const ConstIterator& a, const ConstIterator& b) {
      return a.chunk_ == b.chunk_ && a.place_ == b.place_;
    }

   private:
    friend SharedMap;
    ConstIterator(const std::vector<std::shared_ptr<Chunk>>* chunks, std::size_t chunk,
                  std::size_t place)
        : chunks_(chunks), chunk_(chunk), place_(place) {}

    const std::vector<std::shared_ptr<Chunk>>* chunks_ = nullptr;
    std::size_t chunk_ = 0;
    std::size_t place_ = 0;
  };
  // What a range has to call it, for algorithms and for std::iterator_traits.
  using const_iterator = ConstIterator;
  using iterator = ConstIterator;

  ConstIterator begin() const { return {&chunks_, 0, 0}; }
  ConstIterator end() const { return {&chunks_, chunks_.size(), 0}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The first entry whose key is not less.
  template <class Other>
  ConstIterator lower_bound(const Other& key) const {
    const auto chunk = std::partition_point(
        chunks_.begin(), chunks_.end(),
        [&](const std::shared_ptr<Chunk>& one) { return Less{}(one->back().first, key); });
    if (chunk == chunks_.end()) return end();
    const auto entry =
        std::partition_point((*chunk)->begin(), (*chunk)->end(),
                             [&](const Entry& one) { return Less{}(one.first, key); });
    return {&chunks_, static_cast<std::size_t>(chunk - chunks_.begin()),
            static_cast<std::size_t>(entry - (*chunk)->begin())};
  }

  template <class Other>
  ConstIterator find(const Other& key) const {
    const ConstIterator found = lower_bound(key);
    return found != end() && !Less{}(key, found->first) ? found : end();
  }
  template <class Other>
  bool contains(const Other& key) const {
    return find(key) != end();
  }

  // Leaves an entry of that key as it is.
  std::pair<ConstIterator, bool> emplace(Key key, Value value) {
    const ConstIterator at = lower_bound(key);
    if (at != end() && !Less{}(key, at->first)) return {at, false};
    return {Insert(at, Entry(std::move(key), std::move(value))), true};
  }
  ConstIterator insert_or_assign(Key key, Value value) {
    const ConstIterator at = lower_bound(key);
    if (at == end() || Less{}(key, at->first)) {
      return Insert(at, Entry(std::move(key), std::move(value)));
    }
    Own(at.chunk_)[at.place_].second = std::move(value);
    return at;
  }

  template <class Other>
  std::size_t erase(const Other& key) {
    const ConstIterator at = find(key);
    if (at == end()) return 0;
    erase(at);
    return 1;
  }
  // Gives the entry that follows. REQUIRES: not end()
  ConstIterator erase(const ConstIterator& at) {
    --size_;
    Chunk& chunk = Own(at.chunk_);
    chunk.erase(chunk.begin() + static_cast<std::ptrdiff_t>(at.place_));
    if (at.place_ < chunk.size()) return at;
    if (!chunk.empty()) return {&chunks_, at.chunk_ + 1, 0};
    chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(at.chunk_));
    return {&chunks_, at.chunk_, 0};
  }

 private:
  // A chunk that no other map has.
  Chunk& Own(std::size_t number) {
    std::shared_ptr<Chunk>& chunk = chunks_[number];
    if (chunk.use_count() != 1) chunk = std::make_shared<Chunk>(*chunk);
    return *chunk;
  }

  ConstIterator Insert(const ConstIterator& before, Entry entry) {
    ++size_;
    // What is behind the last entry goes into the last chunk.
    const bool behind = before.chunk_ == chunks_.size();
    if (chunks_.empty()) chunks_.push_back(std::make_shared<Chunk>());
    const std::size_t number = behind ? chunks_.size() - 1 : before.chunk_;
    Chunk& chunk = Own(number);
    const std::size_t place = behind ? chunk.size() : before.place_;
    chunk.insert(chunk.begin() + static_cast<std::ptrdiff_t>(place), std::move(entry));
    if (chunk.size() <= kMostInChunk) return {&chunks_, number, place};
    // Filled in order, as when everything is read, chunks stay nearly full.
    const std::size_t left = behind ? kMostInChunk - kMostInChunk / 8 : chunk.size() / 2;
    const auto middle = chunk.begin() + static_cast<std::ptrdiff_t>(left);
    auto rest = std::make_shared<Chunk>(std::make_move_iterator(middle),
                                        std::make_move_iterator(chunk.end()));
    chunk.erase(middle, chunk.end());
    chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(number) + 1, std::move(rest));
    return place < left ? ConstIterator{&chunks_, number, place}
                        : ConstIterator{&chunks_, number + 1, place - left};
  }

  std::vector<std::shared_ptr<Chunk>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace openimds
