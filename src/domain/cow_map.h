#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace pm {

/// A map whose copies share what they have in common. Copying costs one pointer; writing copies one
/// of the shards, about 1/128 of the entries. That is what lets every commit publish an immutable
/// snapshot of thousands of services without copying them.
///
/// Iteration is in no useful order. Thread-safety: as for a standard container, and a copy is
/// independent of what it was copied from: readers may read a copy while another is written.
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class CowMap {
 public:
  using Shard = std::map<Key, Value>;

  const Value* find(const Key& key) const {
    const auto& shard = (*shards_)[index(key)];
    if (!shard) return nullptr;
    const auto it = shard->find(key);
    return it == shard->end() ? nullptr : &it->second;
  }

  bool contains(const Key& key) const { return find(key) != nullptr; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void put(const Key& key, Value value) {
    auto& shard = writable(key);
    const auto [it, inserted] = shard.insert_or_assign(key, std::move(value));
    if (inserted) ++size_;
  }

  /// True when there was something to erase.
  bool erase(const Key& key) {
    if (!contains(key)) return false;
    writable(key).erase(key);
    --size_;
    return true;
  }

  /// Calls `visit(key, value)` for every entry.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& shard : *shards_) {
      if (!shard) continue;
      for (const auto& [key, value] : *shard) visit(key, value);
    }
  }

  /// A copy in the order of the keys.
  std::map<Key, Value> sorted() const {
    std::map<Key, Value> all;
    for_each([&](const Key& key, const Value& value) { all.emplace(key, value); });
    return all;
  }

 private:
  static constexpr std::size_t shard_count = 128;
  using Shards = std::array<std::shared_ptr<const Shard>, shard_count>;

  static std::size_t index(const Key& key) { return Hash{}(key) % shard_count; }

  // What nobody else holds could be written in place, but use_count() cannot be trusted while
  // readers copy snapshots on other threads. Copying is correct at any time.
  Shard& writable(const Key& key) {
    auto shards = std::make_shared<Shards>(*shards_);
    auto& slot = (*shards)[index(key)];
    auto copy = slot ? std::make_shared<Shard>(*slot) : std::make_shared<Shard>();
    auto& writable = *copy;
    slot = std::move(copy);
    shards_ = std::move(shards);
    return writable;
  }

  std::shared_ptr<const Shards> shards_{std::make_shared<Shards>()};
  std::size_t size_{0};
};

}  // namespace pm
