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

const Registry& nothing() {
  static const Registry registry(std::make_shared<const SuiteConfig>());
  return registry;
}

/// Of which all is known.
Listener nginx() {
  Listener listener;
  listener.pid = 4711;
  listener.process = "nginx";
  listener.address = "::";
  listener.protocol = Protocol::udp;
  listener.port = Port::clamped(8001);
  listener.v6_only = true;
  listener.executable = "/usr/sbin/nginx";
  listener.user = "www-data";
  listener.unit = "nginx.service";
  listener.started = at;
  listener.since = at + std::chrono::seconds(1);
  return listener;
}

/// Of one service on port 8000.
Conflict conflict_of(ConflictType type, const std::string& service_id) {
  Conflict conflict;
  conflict.conflict_id = 4;
  conflict.type = type;
  conflict.key = tcp(8000);
  conflict.services = {service_id};
  conflict.detected_at = at;
  return conflict;
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
  expect_json(to_json(nothing(), conflict), R"({
    "id": 3, "type": "duplicate_assignment", "port": 8000, "host": "127.0.0.1", "protocol": "tcp",
    "severity": "high", "detected_at": "2026-11-22T20:05:10.000Z", "services": ["kite", "wren"],
    "resolvable": true, "detail": "two"})");
}

TEST(JsonViews, AClosedConflictOfOneService) {
  auto conflict = conflict_of(ConflictType::reserved_port, "kite");
  conflict.resolved_at = at + std::chrono::seconds(1);
  conflict.resolution = "moved";
  const auto json = to_json(nothing(), conflict);
  EXPECT_EQ(json["service"], "kite");
  EXPECT_FALSE(json.contains("services"));
  EXPECT_FALSE(json.contains("listener"));
  EXPECT_EQ(json["resolvable"], false);
  EXPECT_EQ(json["resolved_at"], "2026-11-22T20:05:11.000Z");
  EXPECT_EQ(json["resolution"], "moved");
  EXPECT_EQ(json["severity"], severity_of(ConflictType::reserved_port));
}

TEST(JsonViews, AStrangerOnAPort) {
  auto conflict = conflict_of(ConflictType::system_conflict, "kite");
  conflict.listener = nginx();
  const auto json = to_json(nothing(), conflict);
  EXPECT_EQ(json["service"], "kite");
  EXPECT_EQ(json["listener"], to_json(nginx()));
  EXPECT_FALSE(json.contains("actual_port"));
  EXPECT_EQ(json["resolvable"], true);
  conflict.listener.reset();
  EXPECT_TRUE(to_json(nothing(), conflict)["listener"].is_null());
}

TEST(JsonViews, AServiceThatIsElsewhere) {
  auto conflict = conflict_of(ConflictType::drift, "kite");
  conflict.listener = nginx();
  const auto json = to_json(nothing(), conflict);
  EXPECT_EQ(json["port"], 8000);
  EXPECT_EQ(json["actual_port"], 8001);
  EXPECT_EQ(json["listener"]["pid"], 4711);
}

TEST(JsonViews, WhatNoMoveEndsIsNotResolvable) {
  const auto& self = nothing().config().self_id;
  const auto resolvable = [](const Conflict& conflict) {
    return to_json(nothing(), conflict)["resolvable"].get<bool>();
  };
  EXPECT_FALSE(resolvable(conflict_of(ConflictType::ephemeral_overlap, "kite")));
  EXPECT_FALSE(resolvable(conflict_of(ConflictType::system_conflict, self)));
  EXPECT_FALSE(resolvable(conflict_of(ConflictType::out_of_range, self)));
  EXPECT_TRUE(resolvable(conflict_of(ConflictType::out_of_range, "kite")));
  auto shared = conflict_of(ConflictType::duplicate_assignment, self);
  shared.services.push_back("kite");
  EXPECT_TRUE(resolvable(shared));
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
  expect_json(to_json(nginx()), R"({
    "pid": 4711, "process": "nginx", "address": "::", "protocol": "udp", "port": 8001,
    "executable": "/usr/sbin/nginx", "user": "www-data", "unit": "nginx.service",
    "process_started_at": "2026-11-22T20:05:10.000Z", "since": "2026-11-22T20:05:11.000Z",
    "v6_only": true})");
}

TEST(JsonViews, AListenerWhoseOwnerIsNotVisible) {
  Listener listener;
  listener.address = "0.0.0.0";
  listener.port = Port::clamped(8000);
  expect_json(to_json(listener), R"({
    "pid": null, "process": null, "address": "0.0.0.0", "protocol": "tcp", "port": 8000,
    "executable": null, "user": null, "unit": null, "process_started_at": null, "since": null,
    "v6_only": false})");
}

TEST(JsonViews, AConnection) {
  expect_json(to_json(OpenConnection{"127.0.0.1:8000", "[::1]:443", "ESTAB", 4711, "curl"}), R"({
    "local": "127.0.0.1:8000", "remote": "[::1]:443", "state": "ESTAB", "pid": 4711,
    "process": "curl"})");
  expect_json(to_json(OpenConnection{"127.0.0.1:8000", "[::1]:443", "TIME-WAIT", 0, ""}), R"({
    "local": "127.0.0.1:8000", "remote": "[::1]:443", "state": "TIME-WAIT", "pid": null,
    "process": null})");
}

TEST(JsonViews, HowWellTheKernelIsSeen) {
  expect_json(to_json(ProbeSight{"sock_diag", 12, 0, ""}), R"({
    "source": "sock_diag", "listeners": 12, "without_owner": 0, "advice": null})");
  EXPECT_EQ(to_json(ProbeSight{"/proc/net", 12, 3, "Be root."})["advice"], "Be root.");
}

TEST(JsonViews, AnIdentity) {
  LearnedIdentity identity;
  identity.pid = 4711;
  identity.executable = "/usr/bin/kited";
  identity.learned_at = at;
  expect_json(to_json(identity), R"({
    "pid": 4711, "executable": "/usr/bin/kited", "learned_at": "2026-11-22T20:05:10.000Z"})");
  expect_json(to_json(LearnedIdentity{}), R"({
    "pid": null, "executable": null, "learned_at": "1970-01-01T00:00:00.000Z"})");
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

TEST(JsonViews, AResolution) {
  Resolution resolution;
  resolution.kind = ResolutionKind::bring_home;
  resolution.why = "it may not be there";
  resolution.result.service_id = "kite";
  const auto json = to_json(resolution);
  EXPECT_EQ(json["action"], "bring_home");
  EXPECT_EQ(json["why"], "it may not be there");
  EXPECT_EQ(json["service"], "kite");
  EXPECT_EQ(json["success"], true);
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
  expect_json(to_json(Reservation{tcp(8000), "kept", std::nullopt, 1}, false), R"({
    "port": 8000, "host": "127.0.0.1", "protocol": "tcp", "reason": "kept", "expires_at": null,
    "hold": false, "service_id": null, "bound": false})");
  expect_json(to_json(Reservation{tcp(8000), "", at, 1, true, "kite"}, true), R"({
    "port": 8000, "host": "127.0.0.1", "protocol": "tcp", "reason": "",
    "expires_at": "2026-11-22T20:05:10.000Z", "hold": true, "service_id": "kite", "bound": true})");
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
  EXPECT_TRUE(text_or_null("").is_null());
  EXPECT_EQ(text_or_null("kite"), "kite");
}

}  // namespace
}  // namespace pm
