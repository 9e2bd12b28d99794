#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/outbox.h"

namespace pm::test {

/// An Outbox in memory. Thread-safe.
class FakeOutbox final : public Outbox {
 public:
  enum class State : std::uint8_t { waiting, delivered, given_up };
  struct Row {
    std::string target;
    OutboxEvent event;
    State state{State::waiting};
    Timestamp next_at;
    std::string error{};
  };

  /// The nth change of a service is event "service#n", the same for every target.
  void add(const std::string& service_id, int old_port, int new_port, Timestamp at,
           const std::vector<std::string>& targets = {"hub"}) {
    const std::lock_guard lock(mutex_);
    const auto event_id = service_id + "#" + std::to_string(++changes_[service_id]);
    for (const auto& target : targets) {
      const auto id = static_cast<std::int64_t>(rows_.size()) + 1;
      rows_.push_back(
          {target,
           {id, event_id, service_id, Port::clamped(old_port), Port::clamped(new_port), at, 0},
           State::waiting,
           at});
    }
  }

  Expected<std::vector<OutboxEvent>> due(const std::string& target, Timestamp now,
                                         int limit) override {
    const std::lock_guard lock(mutex_);
    if (auto fault = take_fault()) return tl::unexpected(*fault);
    std::vector<OutboxEvent> events;
    for (const auto* row : heads(target)) {
      if (row->next_at <= now && static_cast<int>(events.size()) < limit) {
        events.push_back(row->event);
      }
    }
    return events;
  }

  Expected<std::optional<Timestamp>> next_due(const std::string& target, Timestamp now) override {
    const std::lock_guard lock(mutex_);
    std::optional<Timestamp> next;
    for (const auto* row : heads(target)) {
      if (row->next_at > now && (!next || row->next_at < *next)) next = row->next_at;
    }
    return next;
  }

  Expected<void> settle(const std::vector<OutboxOutcome>& outcomes) override {
    const std::lock_guard lock(mutex_);
    if (auto fault = take_fault()) return tl::unexpected(*fault);
    for (const auto& outcome : outcomes) {
      auto& row = rows_.at(static_cast<std::size_t>(outcome.outbox_id - 1));
      ++row.event.attempts;
      row.error = outcome.error;
      row.next_at = outcome.retry_at;
      if (outcome.kind == OutboxOutcome::Kind::delivered) row.state = State::delivered;
      if (outcome.kind == OutboxOutcome::Kind::given_up) row.state = State::given_up;
    }
    return {};
  }

  Expected<void> hurry(const std::string& target, Timestamp now) override {
    const std::lock_guard lock(mutex_);
    if (auto fault = take_fault()) return tl::unexpected(*fault);
    ++hurried_;
    for (auto& row : rows_) {
      if (row.target == target && row.state == State::waiting) {
        row.next_at = std::min(row.next_at, now);
      }
    }
    return {};
  }

  Expected<OutboxBacklog> backlog(const std::string& target) override {
    const std::lock_guard lock(mutex_);
    if (auto fault = take_fault()) return tl::unexpected(*fault);
    OutboxBacklog backlog;
    for (const auto& row : rows_) {
      if (row.target != target) continue;
      if (row.state == State::waiting) {
        ++backlog.waiting;
        if (!backlog.oldest_at) backlog.oldest_at = row.event.at;
      }
      if (row.state == State::delivered) ++backlog.delivered;
      if (row.state == State::given_up) ++backlog.given_up;
    }
    return backlog;
  }

  Expected<std::int64_t> trim(const std::string& target, const Bounds& bounds) override {
    const std::lock_guard lock(mutex_);
    trims_.push_back({target, bounds});
    return trim_answer_;
  }

  /// The nth call from now on that reads or writes fails; 1 is the next.
  void fail_call(int nth) {
    const std::lock_guard lock(mutex_);
    failing_in_ = nth;
  }
  std::vector<Row> rows() const {
    const std::lock_guard lock(mutex_);
    return rows_;
  }
  Row row(std::size_t place) const { return rows().at(place); }
  std::int64_t waiting(const std::string& target) const {
    const auto all = rows();
    return std::count_if(all.begin(), all.end(), [&](const Row& row) {
      return row.target == target && row.state == State::waiting;
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
  /// The oldest waiting row of each service.
  std::vector<const Row*> heads(const std::string& target) const {
    std::vector<const Row*> found;
    std::set<std::string> seen;
    for (const auto& row : rows_) {
      if (row.target != target || row.state != State::waiting) continue;
      if (seen.insert(row.event.service_id).second) found.push_back(&row);
    }
    return found;
  }
  std::optional<Error> take_fault() {
    if (failing_in_ == 0 || --failing_in_ > 0) return std::nullopt;
    return Error{ErrorCode::storage_failed, "The disk is broken.", ""};
  }

  mutable std::mutex mutex_;
  std::vector<Row> rows_;
  std::map<std::string, int> changes_;
  std::vector<std::pair<std::string, Bounds>> trims_;
  std::int64_t trim_answer_{0};
  int failing_in_{0};
  int hurried_{0};
};

}  // namespace pm::test
