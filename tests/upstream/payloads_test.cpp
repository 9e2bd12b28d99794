#include "upstream/payloads.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

using namespace std::chrono_literals;

const Timestamp at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 20h + 5min + 10s +
                   123ms};

SelfDescription self() {
  SelfDescription self;
  self.version = "1.2.3";
  self.host = "ports.example";
  self.metadata = {{"zone", "a"}};
  return self;
}

/// Member by member, in their order, with nothing more.
void expect_json(const Json& actual, const std::string& expected) {
  EXPECT_EQ(actual.dump(2), Json::parse(expected).dump(2));
}

TEST(Payloads, HubRegistration) {
  expect_json(hub_registration(self(), 8100), R"({
    "service_id": "itechsmart-port-manager", "service_name": "iTechSmart Port Manager",
    "service_type": "infrastructure", "version": "1.2.3", "host": "ports.example", "port": 8100,
    "health_endpoint": "/health",
    "capabilities": ["port_management", "conflict_detection", "automatic_reassignment",
                     "real_time_monitoring"],
    "metadata": {"zone": "a"}})");
}

TEST(Payloads, HubRegistrationWithAPortOfItsOwnAndNothingToAdd) {
  auto mapped = self();
  mapped.port = 80;
  mapped.metadata.clear();
  mapped.capabilities.clear();
  const auto json = hub_registration(mapped, 8100);
  EXPECT_EQ(json["port"], 80);
  EXPECT_EQ(json["metadata"].dump(), "{}");
  EXPECT_EQ(json["capabilities"].dump(), "[]");
}

TEST(Payloads, NinjaRegistration) {
  expect_json(ninja_registration(self(), true), R"({
    "service_id": "itechsmart-port-manager", "service_name": "iTechSmart Port Manager",
    "monitoring_enabled": true, "self_healing_enabled": true})");
  EXPECT_EQ(ninja_registration(self(), false)["self_healing_enabled"], false);
}

TEST(Payloads, Unregistration) {
  expect_json(unregistration(self()), R"({"service_id": "itechsmart-port-manager"})");
}

TEST(Payloads, Health) {
  expect_json(health_report(self(), at, {3600s, {}}), R"({
    "service_id": "itechsmart-port-manager", "status": "healthy",
    "timestamp": "2026-11-22T20:05:10Z",
    "metrics": {"uptime": 3600, "port_manager_active": true, "suite_communicator_active": true},
    "issues": []})");
}

TEST(Payloads, HealthWithIssuesIsDegraded) {
  const auto json = health_report(self(), at, {1s, {"The disk is full."}});
  EXPECT_EQ(json["status"], "degraded");
  EXPECT_EQ(json["issues"].dump(), R"(["The disk is full."])");
}

Registry registry_with(int services) {
  Registry registry(std::make_shared<const SuiteConfig>());
  for (int i = 0; i < services; ++i) {
    Service service;
    service.service_id = "svc-" + std::to_string(i);
    registry.apply(PutService{service});
    if (i == 0) continue;
    Assignment assignment;
    assignment.service_id = service.service_id;
    assignment.key = {std::string(local_host), Protocol::tcp, Port::clamped(8000 + i)};
    registry.apply(PutAssignment{assignment});
  }
  return registry;
}

TEST(Payloads, Metrics) {
  auto registry = registry_with(3);
  Conflict conflict;
  conflict.conflict_id = 1;
  registry.apply(OpenConflict{conflict});
  registry.restore_counters({1, 1, 1, 7});
  const MetricsReport report{{15.4567, 45.2}, 6, {120, 3}, 12.345};
  expect_json(metrics_report(self(), at, report, registry), R"({
    "service_id": "itechsmart-port-manager", "timestamp": "2026-11-22T20:05:10Z",
    "cpu_usage": 15.46, "memory_usage": 45.2, "active_connections": 6, "request_count": 120,
    "error_count": 3, "avg_response_time": 12.35,
    "custom_metrics": {"managed_services": 3, "port_assignments": 2, "conflicts_detected": 1,
                       "ports_reassigned": 7}})");
}

TEST(Payloads, Performance) {
  expect_json(performance_report(self(), at, {"GET", "/api/ports/assignments", 10, 0, 85.333, 200}),
              R"({
    "service_id": "itechsmart-port-manager", "timestamp": "2026-11-22T20:05:10Z",
    "endpoint": "/api/ports/assignments", "method": "GET", "response_time": 85.33,
    "status_code": 200, "error": null})");
}

TEST(Payloads, PerformanceWithErrorsSaysHowMany) {
  const auto json = performance_report(self(), at, {"GET", "/x", 10, 2, 1, 503});
  EXPECT_EQ(json["error"], "2 of 10 requests were answered with a status of 500 or above.");
}

TEST(Payloads, Error) {
  const ErrorReport report{
      "PortConflictError", "Port 8000 is taken twice.", "high", {{"port", 8000}}, at};
  expect_json(error_report(self(), report, 0), R"({
    "service_id": "itechsmart-port-manager", "error_type": "PortConflictError",
    "error_message": "Port 8000 is taken twice.", "stack_trace": "",
    "timestamp": "2026-11-22T20:05:10Z", "severity": "high", "context": {"port": 8000}})");
}

TEST(Payloads, AnErrorAfterDroppedOnesSaysHowMany) {
  const auto json = error_report(self(), logged_error("It broke.", at), 4);
  EXPECT_EQ(json["context"].dump(), R"({"reports_dropped":4})");
}

TEST(Payloads, ALoggedErrorIsOne) {
  expect_json(error_report(self(), logged_error("It broke.", at), 0), R"({
    "service_id": "itechsmart-port-manager", "error_type": "PortManagerError",
    "error_message": "It broke.", "stack_trace": "", "timestamp": "2026-11-22T20:05:10Z",
    "severity": "high", "context": {}})");
}

TEST(Payloads, AConflictIsAnError) {
  Conflict conflict;
  conflict.conflict_id = 12;
  conflict.type = ConflictType::system_conflict;
  conflict.key = {"127.0.0.1", Protocol::tcp, Port::clamped(8000)};
  conflict.services = {"kite"};
  conflict.detail = "nginx sits on port 8000.";
  conflict.detected_at = at;
  expect_json(error_report(self(), conflict_error(conflict), 0), R"({
    "service_id": "itechsmart-port-manager", "error_type": "PortConflictError",
    "error_message": "nginx sits on port 8000.", "stack_trace": "",
    "timestamp": "2026-11-22T20:05:10Z", "severity": "critical",
    "context": {"conflict_id": 12, "type": "system_conflict", "port": 8000, "host": "127.0.0.1",
                "protocol": "tcp", "services": ["kite"]}})");
}

TEST(Payloads, PortChange) {
  const OutboxEvent event{7, "0195-event", "kite", Port::clamped(8000), Port::clamped(8050), at, 2};
  expect_json(port_change(event), R"({
    "event": "port_changed", "service_id": "kite", "old_port": 8000, "new_port": 8050,
    "timestamp": "2026-11-22T20:05:10Z", "event_id": "0195-event"})");
}

TEST(Payloads, APortThatIsNotThereIsNull) {
  const OutboxEvent first{1, "e", "kite", std::nullopt, Port::clamped(8000), at, 0};
  EXPECT_TRUE(port_change(first)["old_port"].is_null());
  const OutboxEvent last{1, "e", "kite", Port::clamped(8000), std::nullopt, at, 0};
  EXPECT_TRUE(port_change(last)["new_port"].is_null());
}

}  // namespace
}  // namespace pm
