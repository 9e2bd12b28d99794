#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "app/store.h"

namespace pm::test {

/// A Store in memory. It keeps the change sets of its commits and the history of each service; of
/// all together no history but the page that a test puts here.
/// Thread-safe.
class MemoryStore final : public Store {
 public:
  explicit MemoryStore(SuiteConfig config = {})
      : registry_(std::make_shared<const Registry>(
            std::make_shared<const SuiteConfig>(std::move(config)))) {}

  Snapshot snapshot() const override {
    const std::lock_guard lock(mutex_);
    return registry_;
  }

  Expected<Committed> commit(const ChangeContext& context, Rule rule) override {
    const std::lock_guard lock(mutex_);
    Draft draft(*registry_, context);
    if (auto decided = rule(draft); !decided) return tl::unexpected(decided.error());
    if (draft.empty()) return Committed{registry_->revision(), registry_};
    if (failing_in_ > 0 && --failing_in_ == 0) {
      return fail(ErrorCode::storage_full, "The disk is full; nothing was changed.");
    }
    draft.reconcile_conflicts();
    change_sets_.push_back(draft.changes());
    for (const auto& change : draft.changes().changes) {
      if (const auto* added = std::get_if<AppendHistory>(&change)) {
        events_.push_back(added->event);
        events_.back().context = context;
      }
    }
    auto next = std::move(draft).take_registry();
    next.set_revision(registry_->revision() + 1);
    registry_ = std::make_shared<const Registry>(std::move(next));
    const CommitNotice notice{registry_->revision(), context,
                              std::make_shared<const ChangeSet>(change_sets_.back()), registry_};
    for (const auto& observer : observers_) observer(notice);
    return Committed{registry_->revision(), registry_};
  }

  /// The newest page, whatever the cursor.
  Expected<Page<HistoryEvent>> history(const std::string& service_id, int limit,
                                       std::optional<std::int64_t>) override {
    const std::lock_guard lock(mutex_);
    Page<HistoryEvent> page;
    for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
      if (page.rows.size() == static_cast<std::size_t>(limit)) break;
      if (event->service_id == service_id) page.rows.push_back(*event);
    }
    return page;
  }
  Expected<Page<HistoryEvent>> history_of_all(const HistoryFilter& filter, int limit,
                                              std::optional<std::int64_t> before) override {
    asked = {filter, limit, before};
    return history_page;
  }
  Expected<Page<Conflict>> conflict_history(std::optional<Timestamp>, int,
                                            std::optional<std::int64_t>) override {
    return Page<Conflict>{};
  }
  Expected<RecentEvents> recent_events(int) override {
    return RecentEvents{{}, snapshot()->revision()};
  }
  void observe(std::function<void(const CommitNotice&)> observer) override {
    const std::lock_guard lock(mutex_);
    observers_.push_back(std::move(observer));
  }

  /// What history_of_all was asked last, and what it answers. Not thread-safe.
  struct HistoryQuestion {
    HistoryFilter filter;
    int limit{0};
    std::optional<std::int64_t> before;
  };
  HistoryQuestion asked;
  Page<HistoryEvent> history_page;

  /// The nth commit from now on that changes something fails with storage_full; 1 is the next.
  void fail_commit(int nth) {
    const std::lock_guard lock(mutex_);
    failing_in_ = nth;
  }
  std::vector<ChangeSet> change_sets() const {
    const std::lock_guard lock(mutex_);
    return change_sets_;
  }

 private:
  mutable std::mutex mutex_;
  Snapshot registry_;
  std::vector<ChangeSet> change_sets_;
  std::vector<HistoryEvent> events_;
  std::vector<std::function<void(const CommitNotice&)>> observers_;
  int failing_in_{0};
};

/// The changes of one kind in the sets, in the order of their commits.
template <typename Kind>
std::vector<Kind> changes_of(const std::vector<ChangeSet>& sets) {
  std::vector<Kind> found;
  for (const auto& set : sets) {
    for (const auto& change : set.changes) {
      if (const auto* kind = std::get_if<Kind>(&change)) found.push_back(*kind);
    }
  }
  return found;
}

}  // namespace pm::test
