#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/outbox.h"

namespace pm::test {

/// An Outbox in memory, and the model that the one on SQLite is compared with: no index, no slice,
/// each call looks at every event. Thread-safe.
class MemoryOutbox final : public Outbox {
 public:
  enum class State : std::uint8_t { waiting, delivered, given_up, superseded };
  struct Row {
    OutboxEvent event;
    std::string target;
    State state{State::waiting};
    Timestamp next_attempt_at;
    std::optional<Timestamp> settled_at;
    std::string last_error;
  };

  /// Queues an event for a target, as the newest of all, with an outbox_id that it answers.
  std::int64_t add(const std::string& target, OutboxEvent event) {
    const std::lock_guard lock(mutex_);
    event.outbox_id = ++last_id_;
    event.attempts = 0;
    const auto at = event.at;
    rows_.emplace(last_id_, Row{std::move(event), target, State::waiting, at, std::nullopt, ""});
    return last_id_;
  }

  /// The time that events get which trim() ends.
  void set_now(Timestamp now) {
    const std::lock_guard lock(mutex_);
    now_ = now;
  }

  /// All that is still there, by outbox_id.
  std::map<std::int64_t, Row> rows() const {
    const std::lock_guard lock(mutex_);
    return rows_;
  }

  Expected<std::vector<OutboxEvent>> due(const std::string& target, Timestamp now,
                                         int limit) override {
    const std::lock_guard lock(mutex_);
    auto heads = next_in_line(target);
    std::erase_if(heads, [&](const Row* row) { return row->next_attempt_at > now; });
    std::stable_sort(heads.begin(), heads.end(), [](const Row* left, const Row* right) {
      return left->next_attempt_at < right->next_attempt_at;
    });
    std::vector<OutboxEvent> events;
    for (const auto* row : heads) {
      if (std::ssize(events) < limit) events.push_back(row->event);
    }
    return events;
  }

  Expected<std::optional<Timestamp>> next_due(const std::string& target, Timestamp now) override {
    const std::lock_guard lock(mutex_);
    std::optional<Timestamp> next;
    for (const auto* row : next_in_line(target)) {
      if (row->next_attempt_at > now)
        next = std::min(next.value_or(row->next_attempt_at), row->next_attempt_at);
    }
    return next;
  }

  Expected<void> settle(const std::vector<OutboxOutcome>& outcomes) override {
    const std::lock_guard lock(mutex_);
    for (const auto& outcome : outcomes) {
      const auto found = rows_.find(outcome.outbox_id);
      if (found == rows_.end() || found->second.state != State::waiting) continue;
      auto& row = found->second;
      ++row.event.attempts;
      if (outcome.kind != OutboxOutcome::Kind::delivered) row.last_error = outcome.error;
      if (outcome.kind == OutboxOutcome::Kind::retry) {
        row.next_attempt_at = outcome.retry_at;
      } else {
        const bool delivered = outcome.kind == OutboxOutcome::Kind::delivered;
        end(row, delivered ? State::delivered : State::given_up, outcome.at);
      }
    }
    return {};
  }

  Expected<void> hurry(const std::string& target, Timestamp now) override {
    const std::lock_guard lock(mutex_);
    for (auto* row : waiting(target)) row->next_attempt_at = std::min(row->next_attempt_at, now);
    return {};
  }

  Expected<OutboxBacklog> backlog(const std::string& target) override {
    const std::lock_guard lock(mutex_);
    const auto rows = waiting(target);
    OutboxBacklog backlog;
    backlog.waiting = std::ssize(rows);
    if (!rows.empty()) backlog.oldest_at = rows.front()->event.at;
    backlog.delivered = ended_[{target, State::delivered}];
    backlog.given_up = ended_[{target, State::given_up}];
    backlog.superseded = ended_[{target, State::superseded}];
    return backlog;
  }

  Expected<std::int64_t> trim(const std::string& target, const Bounds& bounds) override {
    const std::lock_guard lock(mutex_);
    const auto queue = waiting(target);
    const auto heads = next_in_line(target);
    auto excess = std::ssize(queue) - bounds.waiting;
    std::int64_t dropped = 0;
    for (auto it = queue.begin(); it != queue.end() && excess > 0; ++it) {
      const bool is_next = std::find(heads.begin(), heads.end(), *it) != heads.end();
      const bool has_later = std::any_of(it + 1, queue.end(), [&](const Row* later) {
        return later->event.service_id == (*it)->event.service_id;
      });
      if (is_next || !has_later) continue;
      end(**it, State::superseded, now_);
      --excess;
      ++dropped;
    }
    remove_settled(target, bounds.settled);
    return dropped;
  }

 private:
  std::vector<Row*> waiting(const std::string& target) {
    std::vector<Row*> rows;
    for (auto& [id, row] : rows_) {
      if (row.target == target && row.state == State::waiting) rows.push_back(&row);
    }
    return rows;
  }

  /// The oldest of each service.
  std::vector<Row*> next_in_line(const std::string& target) {
    auto rows = waiting(target);
    std::set<std::string> seen;
    std::erase_if(rows, [&](const Row* row) { return !seen.insert(row->event.service_id).second; });
    return rows;
  }

  void end(Row& row, State state, Timestamp at) {
    row.state = state;
    row.settled_at = at;
    ++ended_[{row.target, state}];
  }

  void remove_settled(const std::string& target, std::int64_t bound) {
    std::vector<std::pair<Timestamp, std::int64_t>> settled;
    for (const auto& [id, row] : rows_) {
      if (row.target == target && row.settled_at) settled.emplace_back(*row.settled_at, id);
    }
    std::sort(settled.begin(), settled.end());
    for (auto i = 0; i < std::ssize(settled) - bound; ++i) {
      rows_.erase(settled[static_cast<std::size_t>(i)].second);
    }
  }

  mutable std::mutex mutex_;
  std::map<std::int64_t, Row> rows_;
  std::map<std::pair<std::string, State>, std::int64_t> ended_;
  std::int64_t last_id_{0};
  Timestamp now_;
};

}  // namespace pm::test
