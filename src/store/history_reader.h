#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "app/store.h"
#include "store/connection.h"

namespace pm {

/// Answers questions about the past on a read-only connection of its own, so that a long answer
/// never waits for the writer nor it for the answer (WAL). Thread-safe: one question at a time.
/// `storage_failed` when the database cannot be read.
class HistoryReader {
 public:
  explicit HistoryReader(Connection connection) : connection_(std::move(connection)) {}

  /// See Store. A limit below 1 counts as 1.
  Expected<Page<HistoryEvent>> history(const std::string& service_id, int limit,
                                       std::optional<std::int64_t> before);
  Expected<Page<HistoryEvent>> history_of_all(const HistoryFilter& filter, int limit,
                                              std::optional<std::int64_t> before);
  Expected<Page<Conflict>> conflicts(std::optional<Timestamp> since, int limit,
                                     std::optional<std::int64_t> before);

  Expected<RecentEvents> recent_events(int limit);

 private:
  std::mutex one_at_a_time_;
  Connection connection_;
};

}  // namespace pm
