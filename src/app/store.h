#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/draft.h"
#include "domain/registry.h"

namespace pm {

using Snapshot = std::shared_ptr<const Registry>;

/// What a commit did. `registry` is the state right after it: `registry->revision() == revision`.
struct Committed {
  std::int64_t revision{0};
  Snapshot registry;
};

/// One committed change set, as observers see it.
struct CommitNotice {
  std::int64_t revision{0};
  ChangeContext context;
  std::shared_ptr<const ChangeSet> changes;
  Snapshot registry;  ///< of the whole group commit: its revision may be later
  /// The changes that shared the disk write, this one among them, told with the last of them; 0
  /// with the others.
  std::size_t group_size{0};
  /// What that disk write took, told likewise.
  std::chrono::nanoseconds disk_time{0};
};

/// One thing that live clients are told of.
struct LiveEvent {
  std::int64_t revision{0};
  Timestamp at;
  std::variant<AnnouncePortChange, OpenConflict, CloseConflict, PutHealth> change;
};

/// What live clients were told of last, as far as the tables still know it: a conflict that is
/// closed is only told as closed.
struct RecentEvents {
  std::vector<LiveEvent> events;  ///< in revision order
  /// Everything after this revision is among them.
  std::int64_t complete_since{0};
};

template <typename T>
struct Page {
  std::vector<T> rows;
  /// Give it back to get the next page; empty at the end.
  std::optional<std::int64_t> next_cursor;
};

/// Which changes of ports are wanted.
struct HistoryFilter {
  std::optional<Timestamp> since;  ///< of that time or later
  std::optional<Port> port;        ///< those that took it or left it, on any host and protocol
};

/// The registry's records. An interface so that a second engine can serve several Port Managers:
/// nothing here may assume that the database lives in this process.
///
/// Thread-safe: every call may come from any thread.
class Store {
 public:
  /// Decides from the draft's state what to change and applies it to the draft, or refuses. Called
  /// on the writer, inside the transaction, perhaps more than once, each time with a fresh draft:
  /// it must depend on its argument only, and must not block.
  using Rule = std::function<Expected<void>(Draft&)>;

  virtual ~Store() = default;

  /// The last committed state. Never blocks on a writer or on the disk.
  virtual Snapshot snapshot() const = 0;

  /// Runs the rule, closes the draft (Draft::reconcile_conflicts) and makes its changes durable. A
  /// rule that changed nothing commits nothing: the answer carries the current state. Returns only
  /// after they are on the disk, or with the rule's refusal, `storage_full`, `storage_failed` or
  /// `shutting_down`; then nothing has changed. Changes of many callers share one disk write (group
  /// commit).
  virtual Expected<Committed> commit(const ChangeContext& context, Rule rule) = 0;

  /// History of one service, newest first from the cursor (a history_id, exclusive).
  virtual Expected<Page<HistoryEvent>> history(const std::string& service_id, int limit,
                                               std::optional<std::int64_t> before) = 0;

  /// History of all services, newest first from the cursor (a history_id, exclusive).
  virtual Expected<Page<HistoryEvent>> history_of_all(const HistoryFilter& filter, int limit,
                                                      std::optional<std::int64_t> before) = 0;

  /// Conflicts, open and closed, newest first from the cursor (a conflict_id, exclusive); `since`
  /// limits to those open at or after that time.
  virtual Expected<Page<Conflict>> conflict_history(std::optional<Timestamp> since, int limit,
                                                    std::optional<std::int64_t> before) = 0;

  /// The newest events, at most `limit` of each kind; a revision is among them whole or not at all.
  virtual Expected<RecentEvents> recent_events(int limit) = 0;

  /// Observers are called after each group commit, in revision order, on the writer's thread: they
  /// must hand work on, not do it. Register all before the first commit.
  virtual void observe(std::function<void(const CommitNotice&)> observer) = 0;
};

}  // namespace pm
