#include "store/change_writer.h"

#include <map>

namespace pm {
namespace {

void set_key(Query& query, const PortKey& key) {
  query.set(":host", key.host).set(":protocol", to_string(key.protocol)).set(":port", key.port);
}

void set_context(Query& query, const ChangeContext& context) {
  query.set(":actor", context.actor)
      .set(":reason", context.reason)
      .set(":request_id", context.request_id);
}

/// Leaves every parameter NULL without a listener.
void set_listener(Query& query, const std::optional<Listener>& listener) {
  if (!listener) return;
  query.set(":listener_address", listener->address)
      .set(":listener_port", listener->port)
      .set(":listener_pid", std::int64_t{listener->pid})
      .set(":listener_process", listener->process)
      .set(":listener_executable", listener->executable)
      .set(":listener_user", listener->user)
      .set(":listener_unit", listener->unit)
      .set(":listener_started_at", listener->started)
      .set(":listener_since", listener->since);
}

std::string json_array(const std::vector<Port>& ports) {
  std::string text = "[";
  for (const auto port : ports) {
    if (text.size() > 1) text += ',';
    text += to_string(port);
  }
  return text + "]";
}

}  // namespace

void ChangeWriter::write(const ChangeSet& set, const ChangeContext& context,
                         std::int64_t revision) {
  write_revision(set.action, context, revision);
  context_ = context;
  revision_ = revision;
  announced_ = 0;
  for (const auto& change : set.changes) {
    std::visit([&](const auto& each) { put(each); }, change);
  }
  write_assignments(set);
}

void ChangeWriter::write_revision(const std::string& action, const ChangeContext& context,
                                  std::int64_t revision) {
  auto query = connection_.query("append_change");
  set_context(query, context);
  query.set(":revision", revision).set(":at", context.at).set(":action", action).run();
}

void ChangeWriter::write_next_sequence(std::int64_t next_sequence, std::int64_t revision) {
  revision_ = revision;
  put_setting("next_sequence", std::to_string(next_sequence));
}

// SQLite checks a unique index row by row, but two services that change places hold one port twice
// for a moment. So the rows that the set touches go first; then each comes back as it ends up.
void ChangeWriter::write_assignments(const ChangeSet& set) {
  std::map<std::string, const Assignment*> last;
  for (const auto& change : set.changes) {
    if (const auto* put = std::get_if<PutAssignment>(&change)) {
      last[put->assignment.service_id] = &put->assignment;
    } else if (const auto* remove = std::get_if<RemoveAssignment>(&change)) {
      last[remove->service_id] = nullptr;
    }
  }
  for (const auto& [service_id, assignment] : last) {
    connection_.query("remove_assignment").set(":service_id", service_id).run();
  }
  for (const auto& [service_id, assignment] : last) {
    if (!assignment) continue;
    auto query = connection_.query("insert_assignment");
    set_key(query, assignment->key);
    query.set(":service_id", service_id)
        .set(":contested", std::int64_t{assignment->contested})
        .set(":sequence", assignment->sequence)
        .set(":assigned_at", assignment->assigned_at)
        .set(":revision", revision_)
        .run();
  }
}

void ChangeWriter::put(const PutService& change) {
  const auto& service = change.service;
  connection_.query("put_service")
      .set(":service_id", service.service_id)
      .set(":name", service.name)
      .set(":host", service.host)
      .set(":health_endpoint", service.health_endpoint)
      .set(":process", service.process)
      .set(":category", service.category)
      .set(":registered_at", service.registered_at)
      .set(":revision", revision_)
      .run();
}

void ChangeWriter::put(const RemoveService& change) {
  cut_held_ports(change.service_id, 0);
  connection_.query("remove_health_checks").set(":service_id", change.service_id).run();
  connection_.query("remove_service").set(":service_id", change.service_id).run();
}

void ChangeWriter::put(const AppendHistory& change) {
  const auto& event = change.event;
  auto query = connection_.query("append_history");
  set_context(query, context_);
  query.set(":service_id", event.service_id)
      .set(":host", event.host)
      .set(":protocol", to_string(event.protocol))
      .set(":action", to_string(event.action))
      .set(":old_port", event.old_port)
      .set(":new_port", event.new_port)
      .set(":at", context_.at)
      .set(":revision", revision_)
      .run();
}

void ChangeWriter::put(const PutHeldPorts& change) {
  connection_.query("put_held_ports")
      .set(":service_id", change.service_id)
      .set(":ports", json_array(change.ports))
      .set(":revision", revision_)
      .run();
  cut_held_ports(change.service_id, change.ports.size());
}

void ChangeWriter::cut_held_ports(const std::string& service_id, std::size_t count) {
  connection_.query("cut_held_ports")
      .set(":service_id", service_id)
      .set(":count", static_cast<std::int64_t>(count))
      .run();
}

void ChangeWriter::put(const PutReservation& change) {
  const auto& reservation = change.reservation;
  auto query = connection_.query("put_reservation");
  set_key(query, reservation.key);
  query.set(":reason", reservation.reason)
      .set(":expires_at", reservation.expires_at)
      .set(":sequence", reservation.sequence)
      .set(":hold", std::int64_t{reservation.hold})
      .set(":service_id", reservation.service_id)
      .set(":revision", revision_)
      .run();
}

void ChangeWriter::put(const RemoveReservation& change) {
  auto query = connection_.query("remove_reservation");
  set_key(query, change.key);
  query.run();
}

void ChangeWriter::put(const PutMove& change) {
  const auto& move = change.move;
  auto query = connection_.query("put_move");
  set_context(query, move.context);
  query.set(":move_id", move.move_id)
      .set(":service_id", move.service_id)
      .set(":host", move.from.host)
      .set(":protocol", to_string(move.from.protocol))
      .set(":old_port", move.from.port)
      .set(":new_port", move.to)
      .set(":state", to_string(move.state))
      .set(":phase", to_string(move.phase))
      .set(":force", std::int64_t{move.force})
      .set(":batch_id", move.batch_id)
      .set(":outcome", move.outcome)
      .set(":started_at", move.context.at)
      .set(":finished_at", move.finished_at)
      .set(":revision", revision_)
      .run();
}

void ChangeWriter::put(const OpenConflict& change) {
  const auto& conflict = change.conflict;
  auto query = connection_.query("open_conflict");
  set_key(query, conflict.key);
  set_listener(query, conflict.listener);
  query.set(":conflict_id", conflict.conflict_id)
      .set(":type", to_string(conflict.type))
      .set(":detail", conflict.detail)
      .set(":opened_at", conflict.detected_at)
      .set(":revision", revision_)
      .run();
  connection_.query("remove_conflict_services").set(":conflict_id", conflict.conflict_id).run();
  for (std::size_t position = 0; position < conflict.services.size(); ++position) {
    connection_.query("add_conflict_service")
        .set(":conflict_id", conflict.conflict_id)
        .set(":position", static_cast<std::int64_t>(position))
        .set(":service_id", conflict.services[position])
        .run();
  }
}

void ChangeWriter::put(const CloseConflict& change) {
  connection_.query("close_conflict")
      .set(":conflict_id", change.conflict.conflict_id)
      .set(":closed_at", change.conflict.resolved_at.value_or(context_.at))
      .set(":resolution", change.conflict.resolution)
      .set(":revision", revision_)
      .run();
}

void ChangeWriter::put(const AnnouncePortChange& change) {
  // With the time: another database, or one restored from a copy, comes to the same revisions, and
  // whoever drops what he has seen must not take its events for these.
  const auto event_id = std::to_string(context_.at.time_since_epoch().count()) + "-" +
                        std::to_string(revision_) + "-" + std::to_string(++announced_);
  for (const auto& target : outbox_targets_) {
    connection_.query("enqueue_event")
        .set(":event_id", event_id)
        .set(":target", target)
        .set(":service_id", change.service_id)
        .set(":old_port", change.old_port)
        .set(":new_port", change.new_port)
        .set(":at", context_.at)
        .set(":revision", revision_)
        .run();
  }
}

void ChangeWriter::put(const PutHealth& change) {
  connection_.query("add_health_check")
      .set(":service_id", change.service_id)
      .set(":port", change.port)
      .set(":status", to_string(change.health.status))
      .set(":detail", change.health.detail)
      .set(":checked_at", change.health.last_checked)
      .set(":revision", revision_)
      .run();
}

void ChangeWriter::put(const PutIdentity& change) {
  const auto& identity = change.identity;
  connection_.query("put_identity")
      .set(":service_id", identity.service_id)
      .set(":boot_id", identity.boot_id)
      .set(":pid", std::int64_t{identity.pid})
      .set(":start_ticks", static_cast<std::int64_t>(identity.start_ticks))
      .set(":inode", static_cast<std::int64_t>(identity.inode))
      .set(":executable", identity.executable)
      .set(":named_itself", std::int64_t{identity.named_itself})
      .set(":learned_at", identity.learned_at)
      .set(":revision", revision_)
      .run();
}

void ChangeWriter::put(const PutUnknownMembers& change) {
  put_setting("unknown_members", change.json);
}

void ChangeWriter::put_setting(const char* key, const std::string& value) {
  connection_.query("put_setting")
      .set(":key", key)
      .set(":value", value)
      .set(":revision", revision_)
      .run();
}

}  // namespace pm
