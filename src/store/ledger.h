#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/store.h"
#include "store/change_writer.h"
#include "store/connection.h"

namespace SQLite {
class Transaction;
}

namespace pm {

/// What one caller wants to be decided and written.
struct CommitRequest {
  ChangeContext context;
  Store::Rule rule;
};

/// Work on the writer's connection that is not a change of the registry.
using AsideWork = std::function<void(Connection&)>;

/// The registry and its tables, in step: every commit writes the rows and moves the state on.
/// Not thread-safe: it belongs to the writer thread.
class Ledger {
 public:
  using Answer = Expected<Committed>;

  struct Options {
    /// Who is told of announced port changes: "hub", "ninja". Empty: nobody, no outbox rows.
    std::vector<std::string> outbox_targets;
    /// The time, for what the store itself records.
    std::function<Timestamp()> now;
  };

  /// Loads the registry from tables that are up to date, and notes the configured ranges. Throws
  /// SQLite::Exception and CorruptRow.
  Ledger(Connection connection, std::shared_ptr<const SuiteConfig> config, Options options);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// The state as of the last transaction that committed.
  Snapshot state() const { return state_; }

  /// Decides and writes all requests in one transaction, each seeing what those before it did, and
  /// answers each in its place. An error instead of answers: the database refused, nothing of any
  /// of them was kept, and whoever is not to blame succeeds when tried alone. Never throws for what
  /// a rule or the database does.
  Expected<std::vector<Answer>> commit(std::span<const CommitRequest> requests);

  /// Takes over what another program has written to the tables, if anything, and what follows from
  /// it, in one transaction: a revision "external", unless the program made one, and one more,
  /// "recheck", where something followed: what does at the start (recheck()), and that the changes
  /// of ports are announced. While what it wrote cannot be read, this and every commit fail.
  Expected<void> take_over_outside_changes();

  /// Runs work on rows that are no part of the registry, in a relaxed transaction of its own
  /// (Connection::Writes). It makes no revision and leaves the state as it is. False: another
  /// program is writing, and nothing was done. `storage_failed` or `storage_full`, also for what
  /// the work throws: nothing of it was kept.
  Expected<bool> write_aside(const AsideWork& work);

  /// What was committed since the last call, in revision order.
  std::vector<CommitNotice> take_notices();

 private:
  void begin(std::optional<SQLite::Transaction>& transaction);
  void take_over(SQLite::Transaction& transaction, std::int64_t data_version);
  std::optional<CommitNotice> follow_up(const Registry& before, const Registry& taken_over);
  std::vector<Answer> decide_and_write(std::span<const CommitRequest> requests,
                                       SQLite::Transaction& transaction);
  Snapshot record(Draft draft, const ChangeContext& context, const Registry& before);
  Error error_of(const std::exception& thrown) const;

  Connection connection_;
  std::shared_ptr<const SuiteConfig> config_;
  Options options_;
  ChangeWriter writer_;
  Snapshot state_;
  std::vector<CommitNotice> notices_;
  /// PRAGMA data_version as of state_: it changes when another connection commits.
  std::int64_t data_version_{0};
};

}  // namespace pm
