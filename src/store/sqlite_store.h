#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/outbox.h"
#include "app/store.h"
#include "app/system_clock.h"

namespace pm {

class FileLock;
class GroupCommit;
class HistoryReader;
class Ledger;
class SqliteOutbox;

struct SqliteStoreOptions {
  /// The upstreams that announced port changes are queued for: "hub", "ninja". Empty: none are.
  std::vector<std::string> outbox_targets;
  /// The time, for what no caller asked for: a change by another program, an event of the outbox
  /// that is superseded.
  std::function<Timestamp()> now{[] {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }};
  /// See Clock::pause; so that a stop need not wait for another program that is writing.
  std::function<bool(std::chrono::milliseconds)> pause{
      [clock = std::make_shared<SystemClock>()](std::chrono::milliseconds duration) {
        return clock->pause(duration);
      }};
  /// How long a write waits for another program that is writing to the file.
  std::chrono::milliseconds busy_timeout{5000};
  /// How often an idle store looks for changes by other programs.
  std::chrono::milliseconds outside_check{1000};
};

/// Store on an SQLite file (WAL, synchronous=FULL), with a writer thread of its own: group_commit.h
/// says how changes are committed, ledger.h how they are written.
///
/// Other programs may read the file at any time, and may write to it: their changes are taken over
/// within `outside_check` and count as a revision, and so does what follows from them (who of a
/// port's holders is contested, which conflicts are open). Only one SqliteStore has a file open, on
/// the whole machine: it holds the lock file `<file>.lock`.
class SqliteStore final : public Store {
 public:
  using Options = SqliteStoreOptions;

  /// Opens the file, creating it where there is none, brings its tables up to date and loads them.
  /// `storage_failed` or `storage_full`, naming the path and what to do, when that cannot be done;
  /// a file that cannot be read, is damaged, empty or too new is left as it is.
  static Expected<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& file,
                                                     std::shared_ptr<const SuiteConfig> config,
                                                     Options options = {});
  ~SqliteStore() override;
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  Snapshot snapshot() const override;
  Expected<Committed> commit(const ChangeContext& context, Rule rule) override;
  Expected<Page<HistoryEvent>> history(const std::string& service_id, int limit,
                                       std::optional<std::int64_t> before) override;
  Expected<Page<HistoryEvent>> history_of_all(const HistoryFilter& filter, int limit,
                                              std::optional<std::int64_t> before) override;
  Expected<Page<Conflict>> conflict_history(std::optional<Timestamp> since, int limit,
                                            std::optional<std::int64_t> before) override;
  Expected<RecentEvents> recent_events(int limit) override;
  void observe(std::function<void(const CommitNotice&)> observer) override;

  /// The queue that the commits fill; it lives as long as the store.
  Outbox& outbox();

  /// Commits what is waiting and refuses what comes later with `shutting_down`. Reading goes on.
  void stop();

 private:
  SqliteStore(std::unique_ptr<FileLock> lock, std::unique_ptr<Ledger> ledger,
              const std::filesystem::path& path, const Options& options);

  // The readers go first: the last connection to close folds the WAL into the file, and a
  // read-only one cannot.
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<GroupCommit> writer_;
  std::unique_ptr<HistoryReader> reader_;
  std::unique_ptr<SqliteOutbox> outbox_;
};

}  // namespace pm
