#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/outbox.h"
#include "support/memory_outbox.h"

namespace pm::test {

/// An outbox in memory that remembers what was asked of it, and fails when it is told to.
/// Thread-safe.
class FakeOutbox final : public Outbox {
 public:
  using Row = MemoryOutbox::Row;

  /// The nth change of a service is event "service#n", the same for every target.
  void add(const std::string& service_id, int old_port, int new_port, Timestamp at,
           const std::vector<std::string>& targets = {"hub"}) {
    const std::lock_guard lock(mutex_);
    OutboxEvent event;
    event.event_id = service_id + "#" + std::to_string(++changes_[service_id]);
    event.service_id = service_id;
    event.old_port = Port::clamped(old_port);
    event.new_port = Port::clamped(new_port);
    event.at = at;
    for (const auto& target : targets) memory_.add(target, event);
  }

  Expected<std::vector<OutboxEvent>> due(const std::string& target, Timestamp now,
                                         int limit) override {
    if (auto fault = take_fault()) return tl::unexpected(*fault);
    return memory_.due(target, now, limit);
  }
  Expected<std::optional<Timestamp>> next_due(const std::string& target, Timestamp now) override {
    return memory_.next_due(target, now);
  }
  Expected<void> settle(const std::vector<OutboxOutcome>& outcomes) override {
    if (auto fault = take_fault()) return tl::unexpected(*fault);
    return memory_.settle(outcomes);
  }
  Expected<void> hurry(const std::string& target, Timestamp now) override {
    if (auto fault = take_fault()) return tl::unexpected(*fault);
    const std::lock_guard lock(mutex_);
    ++hurried_;
    return memory_.hurry(target, now);
  }
  Expected<OutboxBacklog> backlog(const std::string& target) override {
    if (auto fault = take_fault()) return tl::unexpected(*fault);
    return memory_.backlog(target);
  }
  Expected<std::int64_t> trim(const std::string& target, const Bounds& bounds) override {
    const std::lock_guard lock(mutex_);
    trims_.emplace_back(target, bounds);
    return memory_.trim(target, bounds);
  }

  /// The nth call from now on of those above that may fail does; 1 is the next.
  void fail_call(int nth) {
    const std::lock_guard lock(mutex_);
    failing_in_ = nth;
  }
  /// In the order in which they were added.
  Row row(std::size_t place) const {
    const auto rows = memory_.rows();
    return std::next(rows.begin(), static_cast<std::ptrdiff_t>(place))->second;
  }
  std::int64_t waiting(const std::string& target) const {
    const auto rows = memory_.rows();
    return std::count_if(rows.begin(), rows.end(), [&](const auto& each) {
      return each.second.target == target && each.second.state == MemoryOutbox::State::waiting;
    });
  }
  int hurried() const {
    const std::lock_guard lock(mutex_);
    return hurried_;
  }
  std::vector<std::pair<std::string, Bounds>> trims() const {
    const std::lock_guard lock(mutex_);
    return trims_;
  }

 private:
  std::optional<Error> take_fault() {
    const std::lock_guard lock(mutex_);
    if (failing_in_ == 0 || --failing_in_ > 0) return std::nullopt;
    return Error{ErrorCode::storage_failed, "The disk is broken.", ""};
  }

  MemoryOutbox memory_;
  mutable std::mutex mutex_;
  std::map<std::string, int> changes_;
  std::vector<std::pair<std::string, Bounds>> trims_;
  int failing_in_{0};
  int hurried_{0};
};

}  // namespace pm::test
