#include "store/rows.h"

#include "app/rfc3339.h"
#include "store/storage_error.h"

namespace pm {
namespace {

template <typename T>
T known(const Expected<T>& value) {
  if (!value) throw CorruptRow("a row cannot be read: " + value.error().message);
  return *value;
}

Timestamp time_at(const Query& row, int column) {
  const auto text = row.text(column);
  const auto time = from_rfc3339(text);
  if (!time) throw CorruptRow("a row cannot be read: \"" + text + "\" is not a time");
  return *time;
}

std::optional<Port> optional_port(const Query& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return read_port(row, column);
}

PortKey key_at(const Query& row, int first_column) {
  return {row.text(first_column), known(protocol_from(row.text(first_column + 1))),
          read_port(row, first_column + 2)};
}

ChangeContext context_at(const Query& row, int first_column) {
  return {row.text(first_column), row.text(first_column + 1), row.text(first_column + 2),
          time_at(row, first_column + 3)};
}

/// The columns listener_address to listener_since; unset when they are NULL.
std::optional<Listener> listener_at(const Query& row, int first_column, Protocol protocol) {
  if (row.is_null(first_column)) return std::nullopt;
  Listener listener;
  listener.protocol = protocol;
  listener.address = row.text(first_column);
  listener.port = read_port(row, first_column + 1);
  listener.pid = static_cast<int>(row.integer(first_column + 2));
  listener.process = row.text(first_column + 3);
  listener.executable = row.text(first_column + 4);
  listener.user = row.text(first_column + 5);
  listener.unit = row.text(first_column + 6);
  listener.started = read_optional_time(row, first_column + 7);
  listener.since = read_optional_time(row, first_column + 8);
  return listener;
}

HealthStatus health_status_from(const std::string& text) {
  for (const auto status :
       {HealthStatus::unknown, HealthStatus::healthy, HealthStatus::unhealthy}) {
    if (text == to_string(status)) return status;
  }
  throw CorruptRow("a row cannot be read: \"" + text + "\" is not a health status");
}

}  // namespace

Port read_port(const Query& row, int column) {
  return known(Port::from(row.integer(column)));
}

std::optional<Timestamp> read_optional_time(const Query& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return time_at(row, column);
}

Service read_service(const Query& row) {
  Service service;
  service.service_id = row.text(0);
  service.name = row.text(1);
  if (!row.is_null(2)) service.host = row.text(2);
  service.health_endpoint = row.text(3);
  service.process = row.text(4);
  service.category = row.text(5);
  service.registered_at = time_at(row, 6);
  return service;
}

Assignment read_assignment(const Query& row) {
  return {row.text(0), key_at(row, 1), row.integer(4) != 0, row.integer(5), time_at(row, 6)};
}

Reservation read_reservation(const Query& row) {
  return {key_at(row, 0), row.text(3),         read_optional_time(row, 4),
          row.integer(5), row.integer(6) != 0, row.text(7)};
}

Move read_move(const Query& row) {
  Move move;
  move.move_id = row.integer(0);
  move.service_id = row.text(1);
  move.from = key_at(row, 2);
  move.to = read_port(row, 5);
  move.state = known(move_state_from(row.text(6)));
  move.phase = known(move_phase_from(row.text(7)));
  move.force = row.integer(8) != 0;
  move.batch_id = row.integer(9);
  move.outcome = row.text(10);
  move.context = context_at(row, 11);
  move.finished_at = read_optional_time(row, 15);
  return move;
}

Conflict read_conflict(const Query& row) {
  Conflict conflict;
  conflict.conflict_id = row.integer(0);
  conflict.type = known(conflict_type_from(row.text(1)));
  conflict.key = key_at(row, 2);
  conflict.detail = row.text(5);
  conflict.detected_at = time_at(row, 6);
  conflict.resolved_at = read_optional_time(row, 7);
  conflict.resolution = row.text(8);
  conflict.listener = listener_at(row, 9, conflict.key.protocol);
  return conflict;
}

HistoryEvent read_history_event(const Query& row) {
  HistoryEvent event;
  event.history_id = row.integer(0);
  event.service_id = row.text(1);
  event.host = row.text(2);
  event.protocol = known(protocol_from(row.text(3)));
  event.action = known(history_action_from(row.text(4)));
  event.old_port = optional_port(row, 5);
  event.new_port = optional_port(row, 6);
  event.context = context_at(row, 7);
  event.revision = row.integer(11);
  return event;
}

LearnedIdentity read_identity(const Query& row) {
  LearnedIdentity identity;
  identity.service_id = row.text(0);
  identity.boot_id = row.text(1);
  identity.pid = static_cast<int>(row.integer(2));
  identity.start_ticks = static_cast<std::uint64_t>(row.integer(3));
  identity.inode = static_cast<std::uint64_t>(row.integer(4));
  identity.executable = row.text(5);
  identity.named_itself = row.integer(6) != 0;
  identity.learned_at = time_at(row, 7);
  return identity;
}

HealthRow read_health(const Query& row) {
  return {row.text(0), read_port(row, 1),
          Health{health_status_from(row.text(2)), row.text(3), time_at(row, 4)}};
}

OutboxEvent read_outbox_event(const Query& row) {
  return {row.integer(0),
          row.text(1),
          row.text(2),
          optional_port(row, 3),
          optional_port(row, 4),
          time_at(row, 5),
          static_cast<int>(row.integer(6))};
}

OutboxBacklog read_outbox_backlog(const Query& row) {
  return {row.integer(0), read_optional_time(row, 1), row.integer(2), row.integer(3),
          row.integer(4)};
}

std::vector<std::string> services_of(Connection& connection, std::int64_t conflict_id) {
  std::vector<std::string> services;
  auto row = connection.query("services_of_conflict");
  row.set(":conflict_id", conflict_id);
  while (row.next()) services.push_back(row.text(0));
  return services;
}

}  // namespace pm
