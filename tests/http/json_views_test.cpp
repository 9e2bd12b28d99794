#include "http/json_views.h"

#include <gtest/gtest.h>

#include "domain/assignment_rules.h"
#include "support/manual_clock.h"
#include "support/memory_store.h"

namespace pm {
namespace {

constexpr Timestamp at = test::ManualClock::start;

PortKey tcp(int port) {
  return {std::string(local_host), Protocol::tcp, Port::clamped(port)};
}

/// The same members, in the same order, with the same values.
void expect_json(const Json& json, const char* text) {
  EXPECT_EQ(json.dump(), Json::parse(text).dump());
}

TEST(JsonViews, AnOpenDuplicate) {
  Conflict conflict;
  conflict.conflict_id = 3;
  conflict.type = ConflictType::duplicate_assignment;
  conflict.key = tcp(8000);
  conflict.services = {"kite", "wren"};
  conflict.detail = "two";
  conflict.detected_at = at;
  expect_json(to_json(conflict), R"({
    "id": 3, "type": "duplicate_assignment", "port": 8000, "host": "127.0.0.1", "protocol": "tcp",
    "severity": "high", "detected_at": "2026-11-22T20:05:10.000Z", "services": ["kite", "wren"],
    "detail": "two"})");
}

TEST(JsonViews, AClosedConflictOfOneService) {
  Conflict conflict;
  conflict.conflict_id = 4;
  conflict.type = ConflictType::reserved_port;
  conflict.key = tcp(8000);
  conflict.services = {"kite"};
  conflict.detected_at = at;
  conflict.resolved_at = at + std::chrono::seconds(1);
  conflict.resolution = "moved";
  const auto json = to_json(conflict);
  EXPECT_EQ(json["service"], "kite");
  EXPECT_FALSE(json.contains("services"));
  EXPECT_EQ(json["resolved_at"], "2026-11-22T20:05:11.000Z");
  EXPECT_EQ(json["resolution"], "moved");
  EXPECT_EQ(json["severity"], severity_of(ConflictType::reserved_port));
}

TEST(JsonViews, AServiceOfWhichAllIsKnown) {
  Service service;
  service.service_id = "kite";
  service.name = "Kite";
  service.host = "10.0.0.1";
  service.health_endpoint = "/status";
  service.process = "kited";
  service.category = "foundation";
  service.registered_at = at;
  Assignment assignment;
  assignment.key = {"10.0.0.1", Protocol::udp, Port::clamped(8000)};
  assignment.contested = true;
  const Health health{HealthStatus::healthy, "ok", at};
  expect_json(to_json(service, &assignment, &health), R"({
    "service_id": "kite", "name": "Kite", "host": "10.0.0.1", "port": 8000, "protocol": "udp",
    "contested": true, "health_endpoint": "/status", "process": "kited", "category": "foundation",
    "status": "healthy", "registered_at": "2026-11-22T20:05:10.000Z"})");
}

TEST(JsonViews, AServiceOfWhichLittleIsKnown) {
  Service service;
  service.service_id = "kite";
  service.registered_at = at;
  expect_json(to_json(service, nullptr, nullptr), R"({
    "service_id": "kite", "name": "", "host": null, "port": null, "protocol": "tcp",
    "contested": false, "health_endpoint": "/health", "process": null, "category": null,
    "status": "unknown", "registered_at": "2026-11-22T20:05:10.000Z"})");
}

TEST(JsonViews, AnEventOfTheHistory) {
  HistoryEvent event;
  event.service_id = "kite";
  event.action = HistoryAction::release;
  event.old_port = Port::clamped(8000);
  event.context = {"ada", "why not", "req-1", at};
  event.revision = 7;
  expect_json(to_json(event), R"({
    "at": "2026-11-22T20:05:10.000Z", "action": "release", "old_port": 8000, "new_port": null,
    "actor": "ada", "reason": "why not", "request_id": "req-1", "revision": 7})");
}

TEST(JsonViews, AListener) {
  expect_json(to_json(Listener{4711, "nginx", "0.0.0.0", Protocol::tcp, Port::clamped(8000)}),
              R"({"pid": 4711, "process": "nginx", "address": "0.0.0.0"})");
  expect_json(to_json(Listener{0, "", "::", Protocol::tcp, Port::clamped(8000)}),
              R"({"pid": null, "process": null, "address": "::"})");
}

TEST(JsonViews, AMove) {
  MoveResult result;
  result.service_id = "kite";
  result.old_port = Port::clamped(8000);
  result.new_port = Port::clamped(8005);
  result.message = "moved";
  result.update = {true, true, false, "yes", true};
  expect_json(to_json(result), R"({
    "service_id": "kite", "service": "kite", "old_port": 8000, "new_port": 8005, "success": true,
    "message": "moved",
    "update_result": {"contacted": true, "success": true, "restart_required": false,
                      "message": "yes", "old_port_released": true}})");
}

TEST(JsonViews, AMoveThatWasUndone) {
  MoveResult result;
  result.error = Error{ErrorCode::service_refused, "no", ""};
  result.message = "no";
  const auto json = to_json(result);
  EXPECT_EQ(json["success"], false);
  EXPECT_EQ(json["code"], "service_refused");
  EXPECT_TRUE(json["update_result"]["old_port_released"].is_null());
}

TEST(JsonViews, AStatus) {
  HealthChecks::Status status{"kite", Port::clamped(8000), {HealthStatus::unhealthy, "sick", at}};
  expect_json(to_json(status), R"({
    "service_id": "kite", "port": 8000, "status": "unhealthy",
    "last_checked": "2026-11-22T20:05:10.000Z", "detail": "sick"})");
  expect_json(to_json(HealthChecks::Status{"kite", std::nullopt, {}}), R"({
    "service_id": "kite", "port": null, "status": "unknown", "last_checked": null, "detail": ""})");
}

TEST(JsonViews, ABackup) {
  expect_json(to_json(BackupFile{"monday.json", 12, at, "abc"}), R"({
    "name": "monday.json", "size": 12, "created_at": "2026-11-22T20:05:10.000Z",
    "sha256": "abc"})");
}

TEST(JsonViews, AReservation) {
  expect_json(to_json(Reservation{tcp(8000), "kept", std::nullopt, 1}), R"({
    "port": 8000, "host": "127.0.0.1", "protocol": "tcp", "reason": "kept", "expires_at": null})");
  EXPECT_EQ(to_json(Reservation{tcp(8000), "", at, 1})["expires_at"], "2026-11-22T20:05:10.000Z");
}

TEST(JsonViews, Statistics) {
  test::MemoryStore store;
  const auto commit = [&](const Store::Rule& rule) { ASSERT_TRUE(store.commit({}, rule)); };
  for (const auto& [service_id, port] :
       {std::pair("kite", 8000), std::pair("wren", 8000), std::pair("swan", 9500)}) {
    commit([&](Draft& draft) -> Expected<void> {
      const auto assigned = assign(draft, {service_id, tcp(port), true});
      if (!assigned) return tl::unexpected(assigned.error());
      return {};
    });
  }
  commit([](Draft& draft) {
    return reserve(draft, {.lo = Port::clamped(8001), .hi = Port::clamped(8002)});
  });
  const auto registry = store.snapshot();
  expect_json(statistics_to_json(*registry), R"({
    "total_services": 3, "used_ports": 2, "available_ports": 998, "reserved_ports": 2,
    "port_range": [8000, 9000], "conflicts": 2, "ports_reassigned": 0})");
  const auto conflicts = open_conflicts_to_json(*registry);
  ASSERT_EQ(conflicts.size(), 2U);
  EXPECT_EQ(conflicts[0]["type"], "duplicate_assignment");
  EXPECT_EQ(conflicts[1]["type"], "out_of_range");
  EXPECT_LT(conflicts[0]["id"], conflicts[1]["id"]);
}

TEST(JsonViews, NullsForWhatIsNotThere) {
  EXPECT_TRUE(port_or_null(std::nullopt).is_null());
  EXPECT_TRUE(time_or_null(std::nullopt).is_null());
  EXPECT_EQ(port_or_null(Port::clamped(8000)), 8000);
}

}  // namespace
}  // namespace pm
