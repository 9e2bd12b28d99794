#include "http/json_views.h"

#include <set>

#include "app/rfc3339.h"

namespace pm {

Json port_or_null(const std::optional<Port>& port) {
  return port ? Json(port->value()) : Json(nullptr);
}

Json time_or_null(const std::optional<Timestamp>& time) {
  return time ? Json(to_rfc3339(*time)) : Json(nullptr);
}

Json to_json(const Conflict& conflict) {
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
  json["process"] = service.process.empty() ? Json(nullptr) : Json(service.process);
  json["category"] = service.category.empty() ? Json(nullptr) : Json(service.category);
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
  json["pid"] = listener.pid > 0 ? Json(listener.pid) : Json(nullptr);
  json["process"] = listener.process.empty() ? Json(nullptr) : Json(listener.process);
  json["address"] = listener.address;
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

Json to_json(const Reservation& reservation) {
  Json json;
  json["port"] = reservation.key.port.value();
  json["host"] = reservation.key.host;
  json["protocol"] = to_string(reservation.key.protocol);
  json["reason"] = reservation.reason;
  json["expires_at"] = time_or_null(reservation.expires_at);
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
    all.push_back(to_json(conflict));
  }
  return all;
}

}  // namespace pm
