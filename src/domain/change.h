#pragma once

#include <string>
#include <variant>
#include <vector>

#include "domain/learned_identity.h"
#include "domain/model.h"

namespace pm {

struct PutService {
  Service service;
};
struct RemoveService {
  std::string service_id;
};
/// Inserts or replaces the service's assignment.
struct PutAssignment {
  Assignment assignment;
};
struct RemoveAssignment {
  std::string service_id;
};
/// `context` is filled in by the draft, `history_id` and `revision` by the commit.
struct AppendHistory {
  HistoryEvent event;
};
/// Replaces the list of ports that the service has held, as port_config.json shows it.
struct PutHeldPorts {
  std::string service_id;
  std::vector<Port> ports;
};
struct PutReservation {
  Reservation reservation;
};
struct RemoveReservation {
  PortKey key;
};
/// Inserts the move, or replaces the one of the same move_id.
struct PutMove {
  Move move;
};
/// Inserts the conflict, or replaces the open one of the same conflict_id (a third service joined).
struct OpenConflict {
  Conflict conflict;
};
/// Closes an open conflict: `conflict` carries resolved_at and resolution.
struct CloseConflict {
  Conflict conflict;
};
/// A port change that everybody is told about: a row in the outbox for each upstream, a live
/// message. Either port may be unset (assigned for the first time, released).
struct AnnouncePortChange {
  std::string service_id;
  std::optional<Port> old_port;
  std::optional<Port> new_port;
};
struct PutHealth {
  std::string service_id;
  Port port;
  Health health;
};
/// Inserts or replaces what is known of the process that is the service.
struct PutIdentity {
  LearnedIdentity identity;
};
/// The members of an imported port_config.json that are not ours, as JSON text.
struct PutUnknownMembers {
  std::string json;
};

using Change =
    std::variant<PutService, RemoveService, PutAssignment, RemoveAssignment, AppendHistory,
                 PutHeldPorts, PutReservation, RemoveReservation, PutMove, OpenConflict,
                 CloseConflict, AnnouncePortChange, PutHealth, PutIdentity, PutUnknownMembers>;

/// All that one request changes, in the order to apply it. It is committed whole or not at all.
/// An empty set is a request that found everything as it wants it: nothing is committed.
struct ChangeSet {
  std::string action;  ///< a word for the log and the `changes` table, for example "assign"
  std::vector<Change> changes;

  bool empty() const { return changes.empty(); }
  template <typename T>
  void add(T change) {
    changes.emplace_back(std::move(change));
  }
};

}  // namespace pm
