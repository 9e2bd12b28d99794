#pragma once

#include <string>
#include <vector>

#include "domain/change.h"
#include "domain/registry.h"
#include "store/connection.h"

namespace pm {

/// Writes change sets as rows, inside the transaction that the caller has begun.
/// Not thread-safe; it lives with its connection.
class ChangeWriter {
 public:
  /// `outbox_targets`: who is told of each announced port change. Both must outlive the writer.
  ChangeWriter(Connection& connection, const std::vector<std::string>& outbox_targets)
      : connection_(connection), outbox_targets_(outbox_targets) {}

  /// Writes the change set as the given revision. Throws SQLite::Exception, for example when a
  /// port would get a second holder that is not contested; the caller rolls back.
  void write(const ChangeSet& set, const ChangeContext& context, std::int64_t revision);

  /// Writes the age that the next assignment or reservation gets: the rows that used the last one
  /// may be gone by the next start.
  void write_next_sequence(std::int64_t next_sequence, std::int64_t revision);

  /// Writes the row of `changes` alone.
  void write_revision(const std::string& action, const ChangeContext& context,
                      std::int64_t revision);

 private:
  void write_assignments(const ChangeSet& set);
  void put(const PutService& change);
  void put(const RemoveService& change);
  void put(const PutAssignment&) {}     // write_assignments() writes where the set ends up
  void put(const RemoveAssignment&) {}  // likewise
  void put(const AppendHistory& change);
  void put(const PutHeldPorts& change);
  void put(const PutReservation& change);
  void put(const RemoveReservation& change);
  void put(const PutMove& change);
  void put(const OpenConflict& change);
  void put(const CloseConflict& change);
  void put(const AnnouncePortChange& change);
  void put(const PutHealth& change);
  void put(const PutIdentity& change);
  void put(const PutUnknownMembers& change);
  void put_setting(const char* key, const std::string& value);
  void cut_held_ports(const std::string& service_id, std::size_t count);

  Connection& connection_;
  const std::vector<std::string>& outbox_targets_;
  ChangeContext context_;  ///< of the set being written
  std::int64_t revision_{0};
  int announced_{0};
};

}  // namespace pm
