#pragma once

#include "app/outbox.h"
#include "domain/learned_identity.h"
#include "domain/model.h"
#include "store/connection.h"

namespace pm {

/// The row under the query's cursor as a value of the domain. The columns are those of the
/// statement named at each. All throw CorruptRow on a value that is none of ours.

Service read_service(const Query& row);          ///< load_services
Assignment read_assignment(const Query& row);    ///< load_assignments
Reservation read_reservation(const Query& row);  ///< load_reservations
Move read_move(const Query& row);                ///< load_open_moves
/// load_open_conflicts, without its services. Of a listener, what names a process or a socket only
/// while it lives (inode, uid, start_ticks) is not kept, nor v6_only.
Conflict read_conflict(const Query& row);
HistoryEvent read_history_event(const Query& row);    ///< history_of_service, _of_all, _of_port
LearnedIdentity read_identity(const Query& row);      ///< load_identities
OutboxEvent read_outbox_event(const Query& row);      ///< due_events
OutboxBacklog read_outbox_backlog(const Query& row);  ///< outbox_backlog

struct HealthRow {
  std::string service_id;
  Port port;
  Health health;
};
HealthRow read_health(const Query& row);  ///< load_health

Port read_port(const Query& row, int column);
std::optional<Timestamp> read_optional_time(const Query& row, int column);  ///< NULL: unset

/// The services of a conflict, in the order in which they got the port.
std::vector<std::string> services_of(Connection& connection, std::int64_t conflict_id);

}  // namespace pm
