#include "http/json_views.h"

#include <set>

#include "app/rfc3339.h"
#include "domain/assignment_rules.h"
#include "domain/service_id.h"

namespace pm {
namespace {

Json pid_or_null(int pid) {
  return pid > 0 ? Json(pid) : Json(nullptr);
}

bool has_listener(const Conflict& conflict) {
  return conflict.type == ConflictType::system_conflict || conflict.type == ConflictType::drift;
}

/// How to register a service that the registry does not know: a sentence.
std::string offer(const Registry& registry, const Discovered& found) {
  if (!check_service_id(found.service_id)) {
    return "It calls itself by what is no service id. Give it one of letters, digits, dots, "
           "hyphens "
           "and underscores, then POST /api/services/register.";
  }
  if (is_self(registry, found.service_id)) {
    return "It is the Port Manager itself, which enters itself at its start when it serves on a "
           "port "
           "that it may have.";
  }
  Json call;
  call["service_id"] = found.service_id;
  const PortKey key{normalize_host(found.host), Protocol::tcp,
                    found.port.value_or(Port::clamped(Port::lowest))};
  if (!is_local(key)) call["host"] = found.host;
  const auto permitted =
      found.port ? check_target(registry, key, found.service_id, false) : Expected<void>();
  if (found.port && permitted) call[found.running ? "current_port" : "port"] = found.port->value();
  const auto text =
      "POST /api/services/register " + call.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (!permitted) {
    return text + " gives it another port than " + to_string(*found.port) +
           ", which it may not have: " + permitted.error().message;
  }
  return text + (found.port ? " registers it with port " + to_string(*found.port) + "."
                            : " registers it and gives it a port.");
}

}  // namespace

Json port_or_null(const std::optional<Port>& port) {
  return port ? Json(port->value()) : Json(nullptr);
}

Json time_or_null(const std::optional<Timestamp>& time) {
  return time ? Json(to_rfc3339(*time)) : Json(nullptr);
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json to_json(const Registry& registry, const Conflict& conflict) {
  Json json;
  json["id"] = conflict.conflict_id;
  json["type"] = to_string(conflict.type);
  json["port"] = conflict.key.port.value();
  json["host"] = conflict.key.host;
  json["protocol"] = to_string(conflict.key.protocol);
  json["severity"] = severity_of(conflict.type);
  json["detected_at"] = to_rfc3339(conflict.detected_at);
  if (conflict.type == ConflictType::duplicate_assignment) {
    json["services"] = conflict.services;
  } else if (!conflict.services.empty()) {
    json["service"] = conflict.services.front();
  }
  if (has_listener(conflict)) {
    json["listener"] = conflict.listener ? to_json(*conflict.listener) : Json(nullptr);
  }
  if (conflict.type == ConflictType::drift) {
    json["actual_port"] = conflict.listener ? Json(conflict.listener->port.value()) : Json(nullptr);
  }
  json["resolvable"] = is_resolvable(registry, conflict);
  json["detail"] = conflict.detail;
  if (conflict.resolved_at) {
    json["resolved_at"] = to_rfc3339(*conflict.resolved_at);
    json["resolution"] = conflict.resolution;
  }
  return json;
}

Json to_json(const Service& service, const Assignment* assignment, const Health* health) {
  Json json;
  json["service_id"] = service.service_id;
  json["name"] = service.name;
  json["host"] = service.host ? Json(*service.host) : Json(nullptr);
  json["port"] = assignment ? Json(assignment->key.port.value()) : Json(nullptr);
  json["protocol"] = assignment ? to_string(assignment->key.protocol) : to_string(Protocol::tcp);
  json["contested"] = assignment && assignment->contested;
  json["health_endpoint"] = service.health_endpoint;
  json["process"] = text_or_null(service.process);
  json["category"] = text_or_null(service.category);
  json["status"] = to_string(health ? health->status : HealthStatus::unknown);
  json["registered_at"] = to_rfc3339(service.registered_at);
  return json;
}

Json to_json(const HistoryEvent& event) {
  Json json;
  json["at"] = to_rfc3339(event.context.at);
  json["action"] = to_string(event.action);
  json["old_port"] = port_or_null(event.old_port);
  json["new_port"] = port_or_null(event.new_port);
  json["actor"] = event.context.actor;
  json["reason"] = event.context.reason;
  json["request_id"] = event.context.request_id;
  json["revision"] = event.revision;
  return json;
}

Json to_json(const Listener& listener) {
  Json json;
  json["pid"] = pid_or_null(listener.pid);
  json["process"] = text_or_null(listener.process);
  json["address"] = listener.address;
  json["protocol"] = to_string(listener.protocol);
  json["port"] = listener.port.value();
  json["executable"] = text_or_null(listener.executable);
  json["user"] = text_or_null(listener.user);
  json["unit"] = text_or_null(listener.unit);
  json["process_started_at"] = time_or_null(listener.started);
  json["since"] = time_or_null(listener.since);
  json["v6_only"] = listener.v6_only;
  return json;
}

Json to_json(const OpenConnection& connection) {
  Json json;
  json["local"] = connection.local;
  json["remote"] = connection.remote;
  json["state"] = connection.state;
  json["pid"] = pid_or_null(connection.pid);
  json["process"] = text_or_null(connection.process);
  return json;
}

Json to_json(const ProbeSight& sight) {
  Json json;
  json["source"] = sight.source;
  json["listeners"] = sight.listeners;
  json["without_owner"] = sight.without_owner;
  json["advice"] = text_or_null(sight.advice);
  return json;
}

Json to_json(const LearnedIdentity& identity) {
  Json json;
  json["pid"] = pid_or_null(identity.pid);
  json["executable"] = text_or_null(identity.executable);
  json["learned_at"] = to_rfc3339(identity.learned_at);
  return json;
}

Json to_json(const Registry& registry, const Discovered& found) {
  const auto* known = registry.service(found.service_id);
  Service stranger;
  stranger.service_id = found.service_id;
  stranger.name = found.name;
  if (!found.host.empty()) stranger.host = found.host;
  auto json = to_json(known ? *known : stranger, registry.assignment(found.service_id),
                      registry.health(found.service_id));
  json["port"] = port_or_null(found.port);
  if (!known) json["registered_at"] = nullptr;
  json["registered"] = known != nullptr;
  json["running"] = found.running;
  json["sources"] = found.sources;
  json["listener"] = found.listener ? to_json(*found.listener) : Json(nullptr);
  if (!known) json["offer"] = offer(registry, found);
  return json;
}

Json to_json(const MoveResult& result) {
  Json json;
  json["service_id"] = result.service_id;
  json["service"] = result.service_id;
  json["old_port"] = result.old_port.value();
  json["new_port"] = result.new_port.value();
  json["success"] = result.success();
  json["message"] = result.message;
  if (result.error) json["code"] = to_string(result.error->code);
  Json update;
  update["contacted"] = result.update.contacted;
  update["success"] = result.update.success;
  update["restart_required"] = result.update.restart_required;
  update["message"] = result.update.message;
  update["old_port_released"] =
      result.update.old_port_released ? Json(*result.update.old_port_released) : Json(nullptr);
  json["update_result"] = std::move(update);
  return json;
}

Json to_json(const Resolution& resolution) {
  auto json = to_json(resolution.result);
  json["action"] = to_string(resolution.kind);
  json["why"] = resolution.why;
  return json;
}

Json to_json(const HealthChecks::Status& status) {
  Json json;
  json["service_id"] = status.service_id;
  json["port"] = port_or_null(status.port);
  json["status"] = to_string(status.health.status);
  const bool checked = status.health.last_checked != Timestamp{};
  json["last_checked"] = checked ? Json(to_rfc3339(status.health.last_checked)) : Json(nullptr);
  json["detail"] = status.health.detail;
  return json;
}

Json to_json(const BackupFile& backup) {
  Json json;
  json["name"] = backup.name;
  json["size"] = backup.size;
  json["created_at"] = to_rfc3339(backup.created_at);
  json["sha256"] = backup.sha256;
  return json;
}

Json to_json(const Reservation& reservation, bool bound) {
  Json json;
  json["port"] = reservation.key.port.value();
  json["host"] = reservation.key.host;
  json["protocol"] = to_string(reservation.key.protocol);
  json["reason"] = reservation.reason;
  json["expires_at"] = time_or_null(reservation.expires_at);
  json["hold"] = reservation.hold;
  json["service_id"] = text_or_null(reservation.service_id);
  json["bound"] = bound;
  return json;
}

Json statistics_to_json(const Registry& registry) {
  const auto& range = registry.config().range;
  std::set<PortKey> used;
  registry.assignments().for_each(
      [&](const std::string&, const Assignment& assignment) { used.insert(assignment.key); });
  const auto occupied = registry.occupied(std::string(local_host), Protocol::tcp);
  Json json;
  json["total_services"] = registry.services().size();
  json["used_ports"] = used.size();
  json["available_ports"] = range.size() - occupied.count(range.lo, range.hi);
  json["reserved_ports"] = registry.reservations().size();
  json["port_range"] = {range.lo.value(), range.hi.value()};
  json["conflicts"] = registry.open_conflicts().size();
  json["ports_reassigned"] = registry.ports_reassigned();
  return json;
}

Json open_conflicts_to_json(const Registry& registry) {
  Json all = Json::array();
  for (const auto& [id, conflict] : registry.open_conflicts().sorted()) {
    all.push_back(to_json(registry, conflict));
  }
  return all;
}

}  // namespace pm
