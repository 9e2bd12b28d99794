#include "upstream/payloads.h"

#include <cmath>

#include "app/rfc3339.h"

namespace pm {
namespace {

/// Two decimals are as much as these figures mean.
double rounded(double value) {
  return std::round(value * 100) / 100;
}

Json from_self(const SelfDescription& self) {
  return Json{{"service_id", self.service_id}};
}

Json stamped(const SelfDescription& self, Timestamp at) {
  auto json = from_self(self);
  json["timestamp"] = to_rfc3339_seconds(at);
  return json;
}

Json to_json(const std::optional<Port>& port) {
  return port ? Json(port->value()) : Json(nullptr);
}

}  // namespace

Json hub_registration(const SelfDescription& self, int port) {
  auto json = from_self(self);
  json["service_name"] = self.service_name;
  json["service_type"] = self.service_type;
  json["version"] = self.version;
  json["host"] = self.host;
  json["port"] = self.port != 0 ? self.port : port;
  json["health_endpoint"] = self.health_endpoint;
  json["capabilities"] = self.capabilities;
  json["metadata"] = self.metadata;
  return json;
}

Json ninja_registration(const SelfDescription& self, bool self_healing) {
  auto json = from_self(self);
  json["service_name"] = self.service_name;
  json["monitoring_enabled"] = true;
  json["self_healing_enabled"] = self_healing;
  return json;
}

Json unregistration(const SelfDescription& self) {
  return from_self(self);
}

Json health_report(const SelfDescription& self, Timestamp at, const HealthReport& report) {
  auto json = from_self(self);
  json["status"] = report.issues.empty() ? "healthy" : "degraded";
  json["timestamp"] = to_rfc3339_seconds(at);
  json["metrics"] = {{"uptime", report.uptime.count()},
                     {"port_manager_active", true},
                     {"suite_communicator_active", true}};
  json["issues"] = report.issues;
  return json;
}

Json metrics_report(const SelfDescription& self, Timestamp at, const MetricsReport& report,
                    const Registry& registry) {
  auto json = stamped(self, at);
  json["cpu_usage"] = rounded(report.load.cpu_percent);
  json["memory_usage"] = rounded(report.load.memory_percent);
  json["active_connections"] = report.active_connections;
  json["request_count"] = report.requests.requests;
  json["error_count"] = report.requests.errors;
  json["avg_response_time"] = rounded(report.average_response_ms);
  json["custom_metrics"] = {{"managed_services", registry.services().size()},
                            {"port_assignments", registry.assignments().size()},
                            {"conflicts_detected", registry.open_conflicts().size()},
                            {"ports_reassigned", registry.ports_reassigned()}};
  return json;
}

Json performance_report(const SelfDescription& self, Timestamp at, const EndpointUse& use) {
  auto json = stamped(self, at);
  json["endpoint"] = use.route;
  json["method"] = use.method;
  json["response_time"] = rounded(use.average_ms);
  json["status_code"] = use.last_status;
  json["error"] = use.errors == 0
                      ? Json(nullptr)
                      : Json(std::to_string(use.errors) + " of " + std::to_string(use.requests) +
                             " requests were answered with a status of 500 or above.");
  return json;
}

Json error_report(const SelfDescription& self, const ErrorReport& report, std::uint64_t dropped) {
  auto json = from_self(self);
  json["error_type"] = report.error_type;
  json["error_message"] = report.message;
  json["stack_trace"] = "";
  json["timestamp"] = to_rfc3339_seconds(report.at);
  json["severity"] = report.severity;
  json["context"] = report.context;
  if (dropped > 0) json["context"]["reports_dropped"] = dropped;
  return json;
}

ErrorReport conflict_error(const Conflict& conflict) {
  ErrorReport report;
  report.error_type = "PortConflictError";
  report.message = conflict.detail;
  report.severity = severity_of(conflict.type);
  report.context = {{"conflict_id", conflict.conflict_id},
                    {"type", to_string(conflict.type)},
                    {"port", conflict.key.port.value()},
                    {"host", conflict.key.host},
                    {"protocol", to_string(conflict.key.protocol)},
                    {"services", conflict.services}};
  report.at = conflict.detected_at;
  return report;
}

ErrorReport logged_error(const std::string& message, Timestamp at) {
  return {"PortManagerError", message, "high", Json::object(), at};
}

Json port_change(const OutboxEvent& event) {
  return Json{{"event", "port_changed"},
              {"service_id", event.service_id},
              {"old_port", to_json(event.old_port)},
              {"new_port", to_json(event.new_port)},
              {"timestamp", to_rfc3339_seconds(event.at)},
              {"event_id", event.event_id}};
}

}  // namespace pm
