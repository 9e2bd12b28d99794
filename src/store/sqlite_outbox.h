#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "app/outbox.h"
#include "store/connection.h"
#include "store/group_commit.h"

namespace pm {

struct SqliteOutboxOptions {
  /// The time, for events that trim() ends.
  std::function<Timestamp()> now;
  /// How long a change waits for another program that is writing to the file. It is the caller who
  /// waits; commits go on.
  std::chrono::milliseconds patience{5000};
  /// Waits so long, or less when the program stops: then false, and the change is not waited for.
  std::function<bool(std::chrono::milliseconds)> pause;
};

/// Outbox on the tables of the store. It reads on a connection of its own, so that a long answer
/// never waits for the writer nor it for the answer. It writes on the writer's, between two rounds
/// of commits, a few rows at a time: on any other connection, the ledger would take what is written
/// here for an outside change and load everything again.
///
/// `storage_failed` when the database cannot be read or written, `storage_full`, and
/// `shutting_down` once the writer was stopped, or when `pause` says so; reading goes on.
class SqliteOutbox final : public Outbox {
 public:
  using Options = SqliteOutboxOptions;

  /// The writer must outlive it.
  SqliteOutbox(Connection reader, GroupCommit& writer, Options options)
      : reader_(std::move(reader)), writer_(writer), options_(std::move(options)) {}

  Expected<std::vector<OutboxEvent>> due(const std::string& target, Timestamp now,
                                         int limit) override;
  Expected<std::optional<Timestamp>> next_due(const std::string& target, Timestamp now) override;
  Expected<void> settle(const std::vector<OutboxOutcome>& outcomes) override;
  Expected<void> hurry(const std::string& target, Timestamp now) override;
  Expected<OutboxBacklog> backlog(const std::string& target) override;
  Expected<std::int64_t> trim(const std::string& target, const Bounds& bounds) override;

 private:
  using Ids = std::vector<std::int64_t>;
  /// Sets the parameters of a statement.
  using Bind = std::function<void(Query&)>;

  template <typename Value>
  Expected<Value> read(std::string_view statement, const Bind& bind,
                       const std::function<Value(Query&)>& read);
  Expected<Ids> read_ids(std::string_view statement, const Bind& bind);

  Expected<void> write(const AsideWork& work);
  Expected<std::int64_t> supersede(const std::string& target, std::int64_t excess);
  Expected<std::int64_t> remove_settled(const std::string& target, std::int64_t excess);
  /// Runs the statement for each of the rows, a slice of them at a time; how many it changed.
  Expected<std::int64_t> write_each(const Expected<Ids>& ids, std::string_view statement,
                                    const Bind& bind);

  std::mutex reading_;
  Connection reader_;
  GroupCommit& writer_;
  const Options options_;
};

}  // namespace pm
