"""Hub and Ninja: what they are sent, when, and what it means when they are not there."""

import contextlib
import re
import socket
import sqlite3
import subprocess
import time

import pytest

from harness import SELF, binary, refused, wait_until
from upstreams import (ERRORS, EVENTS, FAST, HEALTH, METRICS, NINJA_REGISTER, PERFORMANCE, REGISTER,
                       UNREGISTER, events_of, state, wait_for_calls, wait_for_state,
                       wait_until_told)

STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")


@pytest.fixture
def hub(run_double):
    return run_double()


@pytest.fixture
def ninja(run_double):
    return run_double()


@pytest.fixture
def reporting(launch, suite, hub, ninja):
    """reporting(options...) starts a server with the small suite that is told of both."""
    def start(*args, **options):
        return launch("--hub-url", hub.url, "--ninja-url", ninja.url, *args, import_file=suite,
                      **(FAST | options))
    return start


def version():
    said = subprocess.run([binary(), "version"], capture_output=True, text=True, check=True).stdout
    return said.split()[-1]


# ---------------------------------------------------------------------------------------------
# Registration


def test_registers_with_hub(reporting, hub):
    server = reporting()
    body = wait_for_calls(hub, REGISTER)[0]
    assert body == {
        "service_id": SELF, "service_name": "iTechSmart Port Manager",
        "service_type": "infrastructure", "version": version(), "host": "127.0.0.1",
        "port": server.port, "health_endpoint": "/health",
        "capabilities": ["port_management", "conflict_detection", "automatic_reassignment",
                         "real_time_monitoring"],
        "metadata": {}}
    wait_for_calls(hub, HEALTH, 3)
    assert len(hub.calls(REGISTER)) == 1


def test_registers_as_it_is_told_to(reporting, hub, ninja):
    reporting(self_id="ports", self_name="Ports", advertised_host="ports.example",
              advertised_port=80, capabilities="one,two", self_metadata="zone=a,owner=b=c",
              ninja_self_healing="false")
    body = wait_for_calls(hub, REGISTER)[0]
    assert (body["service_id"], body["service_name"]) == ("ports", "Ports")
    assert (body["host"], body["port"]) == ("ports.example", 80)
    assert body["capabilities"] == ["one", "two"]
    assert body["metadata"] == {"zone": "a", "owner": "b=c"}
    assert wait_for_calls(ninja, NINJA_REGISTER)[0]["self_healing_enabled"] is False


def test_registers_with_ninja(reporting, ninja):
    reporting()
    assert wait_for_calls(ninja, NINJA_REGISTER)[0] == {
        "service_id": SELF, "service_name": "iTechSmart Port Manager",
        "monitoring_enabled": True, "self_healing_enabled": True}


@pytest.mark.parametrize("mode", ["403", "500", "close", "garbage", "away"])
def test_registers_until_it_is_accepted(reporting, hub, ninja, mode):
    hub.tell(mode)
    ninja.tell(mode)
    server = reporting()
    for target in ("hub", "ninja"):
        wait_until(lambda: state(server, target)["failures"] >= 3, f"{target} to fail")
        assert state(server, target)["state"] in ("registering", "away")
    assert not hub.calls(HEALTH)
    hub.tell("ok")
    ninja.tell("ok")
    wait_for_state(server, "hub", "registered")
    wait_for_state(server, "ninja", "registered")
    wait_for_calls(hub, HEALTH)


def test_registers_again_when_hub_was_away(reporting, hub):
    server = reporting()
    wait_for_state(server, "hub", "registered")
    hub.tell("away")
    gone = wait_for_state(server, "hub", "away")
    assert "nobody listens on 127.0.0.1" in gone["last_error"]
    assert gone["circuit"] in ("open", "half_open")
    hub.tell("ok")
    back = wait_for_state(server, "hub", "registered")
    assert back["circuit"] == "closed"
    assert back["retry_at"] is None
    assert back["registered_at"] > gone["registered_at"]
    assert len(hub.calls(REGISTER)) == 2


@pytest.mark.parametrize("status", ["404", "410"])
def test_registers_again_when_hub_does_not_know_it(reporting, hub, status):
    server = reporting()
    wait_for_state(server, "hub", "registered")
    hub.tell(status, paths=[HEALTH])
    wait_for_calls(hub, REGISTER, 2)
    hub.tell("ok")
    wait_for_state(server, "hub", "registered")


def test_unregisters_at_the_end(reporting, hub):
    server = reporting()
    wait_for_state(server, "hub", "registered")
    assert server.stop() == 0
    assert hub.bodies(UNREGISTER) == [{"service_id": SELF}]
    assert hub.calls()[-1]["path"] == UNREGISTER


@pytest.mark.parametrize("mode", ["stall", "away", "500"])
def test_the_end_is_quick_whatever_they_do(reporting, hub, ninja, ports, mode):
    server = reporting(upstream_timeout_ms=60000)
    wait_for_state(server, "hub", "registered")
    wait_for_state(server, "ninja", "registered")
    hub.tell(mode)
    ninja.tell(mode)
    server.assign("kite", ports[60])
    if mode != "away":
        wait_until(lambda: hub.calls(EVENTS) and ninja.calls(EVENTS), "both to be called")
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 3


# ---------------------------------------------------------------------------------------------
# Reports


def test_hub_is_told_its_health(reporting, hub):
    reporting()
    bodies = wait_for_calls(hub, HEALTH, 6)
    for body in bodies:
        assert list(body) == ["service_id", "status", "timestamp", "metrics", "issues"]
        assert (body["service_id"], body["status"]) == (SELF, "healthy")
        assert STAMP.match(body["timestamp"])
        assert body["metrics"] == {"uptime": body["metrics"]["uptime"], "port_manager_active": True,
                                   "suite_communicator_active": True}
        assert isinstance(body["issues"], list)
    uptimes = [body["metrics"]["uptime"] for body in bodies]
    assert uptimes == sorted(uptimes)
    assert uptimes[-1] >= 1


def test_hub_is_told_what_somebody_should_look_at(reporting, hub, ports):
    server = reporting()
    server.assign("kite", ports[60])
    server.assign("twin", ports[60], force=True)
    wait_until(lambda: any("Open conflicts: 1." in issue for body in hub.bodies(HEALTH)
                           for issue in body["issues"]), "the conflict to be an issue")


def test_hub_is_told_real_metrics(reporting, hub, ports):
    server = reporting()
    server.assign("kite", ports[60])
    server.assign("twin", ports[60], force=True)
    server.ok("POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[61]})
    asked = 40
    for _ in range(asked):
        server.get("/api/ports/assignments")
    server.sql("SELECT 1")
    since = len(wait_for_calls(hub, METRICS))
    body = wait_for_calls(hub, METRICS, since + 2)[-1]
    assert list(body) == ["service_id", "timestamp", "cpu_usage", "memory_usage",
                          "active_connections", "request_count", "error_count",
                          "avg_response_time", "custom_metrics"]
    assert body["service_id"] == SELF
    assert STAMP.match(body["timestamp"])
    statistics = server.ok("GET", "/api/ports/statistics")["statistics"]
    assert body["custom_metrics"] == {
        "managed_services": statistics["total_services"],
        "port_assignments": len(server.assignments()), "conflicts_detected": 1,
        "ports_reassigned": statistics["ports_reassigned"]}
    assert body["custom_metrics"]["ports_reassigned"] == 1
    assert body["request_count"] >= asked
    assert body["error_count"] == 0
    assert 0 < body["memory_usage"] < 100
    assert all(0 <= each["cpu_usage"] <= 100 for each in hub.bodies(METRICS))
    assert any(each["cpu_usage"] > 0 for each in hub.bodies(METRICS))
    assert any(each["avg_response_time"] > 0 for each in hub.bodies(METRICS))


def test_connections_are_counted(reporting, hub):
    server = reporting()
    wait_for_calls(hub, METRICS)
    with server_connection(server), server_connection(server):
        since = len(hub.calls(METRICS))
        assert wait_for_calls(hub, METRICS, since + 2)[-1]["active_connections"] >= 2


def server_connection(server):
    return socket.create_connection((server.host, server.port))


def test_ninja_is_told_how_fast_each_endpoint_is(reporting, ninja, ports):
    server = reporting()
    wait_for_state(server, "ninja", "registered")
    for _ in range(3):
        server.get(f"/api/ports/{ports[0]}")

    def told():
        return [body for body in ninja.bodies(PERFORMANCE) if body["endpoint"] == "/api/ports/{port}"]
    body = wait_until(told, "the performance of the endpoint")[0]
    assert body == {"service_id": SELF, "timestamp": body["timestamp"],
                    "endpoint": "/api/ports/{port}", "method": "GET",
                    "response_time": body["response_time"], "status_code": 200, "error": None}
    assert STAMP.match(body["timestamp"])
    assert 0 < body["response_time"] < 10_000
    # Once it is not used any more, nothing is said of it.
    count = len(told())
    server.get("/health")
    wait_until(lambda: any(body["endpoint"] == "/health" for body in ninja.bodies(PERFORMANCE)),
               "the next performance")
    assert len(told()) <= count + 1


def test_ninja_is_told_of_a_conflict(reporting, ninja, ports):
    server = reporting()
    server.assign("kite", ports[60])
    server.assign("twin", ports[60], force=True)
    body, = wait_for_calls(ninja, ERRORS)
    conflict, = server.conflicts()
    assert body == {
        "service_id": SELF, "error_type": "PortConflictError", "error_message": conflict["detail"],
        "stack_trace": "", "timestamp": body["timestamp"], "severity": conflict["severity"],
        "context": {"conflict_id": conflict["id"], "type": "duplicate_assignment",
                    "port": ports[60], "host": "127.0.0.1", "protocol": "tcp",
                    "services": ["kite", "twin"]}}
    assert STAMP.match(body["timestamp"])


def test_ninja_is_told_of_a_broken_database(reporting, ninja):
    server = reporting()
    wait_for_state(server, "ninja", "registered")
    with contextlib.closing(sqlite3.connect(server.database)) as outsider:
        outsider.execute("ALTER TABLE reservations RENAME TO reserved")
    body = wait_for_calls(ninja, ERRORS)[0]
    assert (body["error_type"], body["severity"], body["context"]) == ("PortManagerError", "high", {})
    assert "reservations" in body["error_message"]
    assert body["error_message"] in server.log()


def test_errors_wait_for_ninja(reporting, ninja, ports):
    ninja.tell("away")
    server = reporting()
    server.assign("kite", ports[60])
    server.assign("twin", ports[60], force=True)
    wait_for_state(server, "ninja", "away")
    ninja.tell("ok")
    wait_for_calls(ninja, ERRORS)


# ---------------------------------------------------------------------------------------------
# Port changes


def test_both_are_told_of_each_change_in_order(reporting, hub, ninja, ports):
    server = reporting()
    server.assign("kite", ports[60])
    server.ok("POST", "/api/ports/reassign", {"service_id": "kite", "new_port": ports[61]})
    server.ok("POST", "/api/ports/release", {"service_id": "kite"})
    wait_until_told(server, "hub", "ninja")
    expected = [(None, ports[60]), (ports[60], ports[61]), (ports[61], None)]
    assert events_of(hub, "kite") == expected
    assert events_of(ninja, "kite") == expected
    bodies = [body for body in hub.bodies(EVENTS) if body["service_id"] == "kite"]
    for body in bodies:
        assert list(body) == ["event", "service_id", "old_port", "new_port", "timestamp", "event_id"]
        assert body["event"] == "port_changed"
        assert STAMP.match(body["timestamp"])
    ids = [body["event_id"] for body in bodies]
    assert len(set(ids)) == 3
    assert ids == [body["event_id"] for body in ninja.bodies(EVENTS) if body["service_id"] == "kite"]


def test_a_change_is_told_at_once(reporting, hub, ports):
    server = reporting()
    wait_for_state(server, "hub", "registered")
    wait_until_told(server, "hub")
    since = len(hub.calls(EVENTS))
    began = time.monotonic()
    server.assign("kite", ports[60])
    wait_for_calls(hub, EVENTS, since + 1)
    assert time.monotonic() - began < 2


def test_what_waits_survives_the_end(reporting, hub, ninja, ports):
    hub.tell("away")
    server = reporting()
    for place in range(60, 65):
        server.assign(f"svc-{place}", ports[place])
    wait_until_told(server, "ninja")
    assert state(server, "hub")["backlog"]["waiting"] >= 5
    server.stop()
    hub.tell("ok")
    server.start()
    wait_until_told(server, "hub")
    for place in range(60, 65):
        assert events_of(hub, f"svc-{place}") == [(None, ports[place])]
    assert {body["event_id"] for body in hub.bodies(EVENTS)} == {
        body["event_id"] for body in ninja.bodies(EVENTS)}


def test_what_is_refused_for_good_makes_way(reporting, hub, ports):
    hub.tell("422", paths=[EVENTS])
    server = reporting(upstream_give_up_attempts=3)
    server.assign("kite", ports[60])
    wait_until(lambda: state(server, "hub")["backlog"]["given_up"] > 0, "the event to be given up")
    wait_until_told(server, "hub")
    assert "HTTP 422" in server.log()
    hub.tell("ok")
    server.ok("POST", "/api/ports/release", {"service_id": "kite"})
    wait_until(lambda: (ports[60], None) in events_of(hub, "kite"), "the next event")
    tried = [body for body in hub.bodies(EVENTS) if body["service_id"] == "kite"]
    assert len(tried) == 4
    assert len({body["event_id"] for body in tried}) == 2


def test_a_hub_that_is_being_deployed_loses_nothing(reporting, hub, ports):
    hub.tell("404", paths=[EVENTS])
    server = reporting(upstream_give_up_attempts=1)
    server.assign("kite", ports[60])
    wait_until(lambda: sum(body["service_id"] == "kite" for body in hub.bodies(EVENTS)) >= 4,
               "some attempts")
    assert state(server, "hub")["backlog"]["given_up"] == 0
    hub.tell("ok")
    wait_until_told(server, "hub")


# ---------------------------------------------------------------------------------------------
# They hold up nothing


def test_a_stalled_hub_slows_neither_an_assignment_nor_ninja(reporting, hub, ninja, ports):
    hub.tell("stall")
    server = reporting(upstream_timeout_ms=60000)
    wait_until(lambda: hub.calls(), "Hub to be called")
    longest = 0
    for place in range(110, 160):
        began = time.monotonic()
        server.assign(f"svc-{place}", ports[place])
        longest = max(longest, time.monotonic() - began)
    assert longest < 2
    wait_until_told(server, "ninja", deadline=10)
    assert all(events_of(ninja, f"svc-{place}") for place in range(110, 160))
    assert state(server, "hub")["backlog"]["waiting"] >= 50


def test_a_running_service_is_moved_while_both_stall(reporting, hub, ninja, run_service, ports):
    service = run_service("alpha", ports[0])
    hub.tell("stall")
    ninja.tell("stall")
    server = reporting(upstream_timeout_ms=60000)
    server.ok("POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[61]})
    assert service.answers_on(ports[61])


def test_without_a_url_there_is_no_call(launch, suite, ports):
    server = launch(import_file=suite, **FAST)
    server.assign("kite", ports[60])
    for target in ("hub", "ninja"):
        found = state(server, target)
        assert (found["state"], found["enabled"], found["url"]) == ("off", False, None)
        assert (found["calls"], found["backlog"]["waiting"]) == (0, 0)


def test_one_of_them_may_be_off(launch, suite, hub, ports):
    server = launch("--ninja-url", hub.url, import_file=suite, **FAST)
    server.assign("kite", ports[60])
    wait_until_told(server, "ninja")
    assert state(server, "hub")["state"] == "off"
    assert {call["path"] for call in hub.calls()} <= {NINJA_REGISTER, EVENTS, PERFORMANCE}


# ---------------------------------------------------------------------------------------------
# What is said of them


def test_how_it_stands_with_them(reporting, hub, ports):
    server = reporting()
    found = wait_for_state(server, "hub", "registered")
    assert found["url"] == hub.url
    assert found["enabled"] is True
    assert found["circuit"] == "closed"
    assert found["last_error"] is None
    assert found["registered_at"] <= found["last_success_at"]
    assert found["calls"] >= 1 and found["failures"] == 0
    server.assign("kite", ports[60])
    wait_until_told(server, "hub")
    backlog = state(server, "hub")["backlog"]
    assert backlog["delivered"] >= 1
    assert (backlog["given_up"], backlog["superseded"], backlog["oldest_at"]) == (0, 0, None)

    hub.tell("503", retry_after=1)
    server.ok("POST", "/api/ports/release", {"service_id": "kite"})
    found = wait_for_state(server, "hub", "away")
    assert "HTTP 503" in found["last_error"]
    assert found["failures"] >= 5
    assert found["last_failure_at"] >= found["last_success_at"]
    assert found["backlog"]["waiting"] == 1
    assert found["backlog"]["oldest_at"]


def test_a_password_is_sent_and_never_told(launch, suite, hub, ninja, ports):
    def locked(double, path=""):
        return f"http://ada:pa55word@127.0.0.1:{double.port}{path}"
    server = launch("--hub-url", locked(hub, "/suite"), "--ninja-url", locked(ninja),
                    import_file=suite, log_level="debug", **FAST)
    wait_for_state(server, "hub", "registered")
    assert hub.calls("/suite" + REGISTER)[0]["authorization"] == "Basic YWRhOnBhNTV3b3Jk"
    assert state(server, "hub")["url"] == f"http://127.0.0.1:{hub.port}/suite"
    for mode in ("401", "500", "away", "garbage"):
        hub.tell(mode)
        ninja.tell(mode)
        server.ok("POST", "/api/ports/assign", {"service_id": "kite", "port": ports[60]})
        server.ok("POST", "/api/ports/release", {"service_id": "kite"})
        failures = state(server, "hub")["failures"]
        wait_until(lambda: state(server, "hub")["failures"] > failures, f"Hub to fail with {mode}")
        server.get("/api/services/discover")
        server.post("/api/services/restart", {"service_id": "alpha"})
        for path in ("/api/upstream", "/metrics", "/api/health/detailed", "/api/services/discover"):
            assert "pa55word" not in server.get(path).text
    assert server.stop() == 0
    assert "pa55word" not in server.log()
    assert "Hub could not be called" in server.log()


def test_a_url_that_is_none_stops_the_start(launch):
    server = launch("--hub-url", "ftp://ada:pa55word@hub", start=False)
    process = server.spawn()
    assert process.wait(10) == 2
    assert "--hub-url is not an http or https URL" in server.log().replace(":", "")
    assert "pa55word" not in server.log()


# ---------------------------------------------------------------------------------------------
# Restart and discovery


def test_hub_is_asked_to_restart_a_service_before_the_service_is(reporting, hub, run_service, ports):
    service = run_service("alpha", ports[0])
    server = reporting()
    wait_for_state(server, "hub", "registered")
    message = server.ok("POST", "/api/services/restart", {"service_id": "alpha"})["message"]
    assert "Hub" in message
    assert hub.bodies("/api/v1/services/alpha/restart") == [{"service_id": "alpha"}]
    assert not [call for call in service.calls() if call["path"] == "/api/admin/restart"]

    hub.tell("404", paths=["/api/v1/services/alpha"])
    assert "alpha accepted" in server.ok("POST", "/api/services/restart",
                                         {"service_id": "alpha"})["message"]
    assert len(hub.calls("/api/v1/services/alpha/restart")) == 2
    wait_until(lambda: [call for call in service.calls() if call["path"] == "/api/admin/restart"],
               "the service to be asked")
    refused(server.post("/api/services/restart", {"service_id": "nobody"}), 404, "unknown_service")


def test_paths_are_where_they_are_told_to_be(reporting, hub, ninja, ports):
    paths = {"hub_register_path": "/r", "hub_health_path": "/h", "hub_metrics_path": "/m",
             "hub_unregister_path": "/u", "hub_events_path": "/e?source=ports",
             "hub_discover_path": "/d?all=1", "hub_restart_path": "/restart?id={service_id}",
             "ninja_register_path": "/r", "ninja_errors_path": "/errors",
             "ninja_performance_path": "/p", "ninja_events_path": "/e"}
    server = reporting(**paths)
    server.assign("kite", ports[60])
    server.assign("twin", ports[60], force=True)
    server.get("/api/services/discover")
    server.post("/api/services/restart", {"service_id": "kite"})
    wait_until_told(server, "hub", "ninja")
    for path in ("/r", "/h", "/m"):
        wait_for_calls(hub, path)
    for path in ("/r", "/errors", "/p"):
        wait_for_calls(ninja, path)
    server.stop()
    assert {call["path"] for call in hub.calls()} == {
        "/r", "/h", "/m", "/u", "/e?source=ports", "/d?all=1", "/restart?id=kite"}
    assert {call["path"] for call in ninja.calls()} == {"/r", "/errors", "/p", "/e"}


def test_reports_can_be_turned_off(reporting, hub, ninja, ports):
    server = reporting(hub_health_interval_ms=0, hub_metrics_interval_ms=0,
                       ninja_performance_interval_ms=0)
    wait_for_state(server, "hub", "registered")
    wait_for_state(server, "ninja", "registered")
    server.assign("kite", ports[60])
    wait_until_told(server, "hub", "ninja")
    server.stop()
    assert {call["path"] for call in hub.calls()} == {REGISTER, EVENTS, UNREGISTER}
    assert {call["path"] for call in ninja.calls()} == {NINJA_REGISTER, EVENTS}


def test_a_port_that_another_program_changed_is_told(reporting, hub, ninja, ports):
    server = reporting()
    with contextlib.closing(sqlite3.connect(server.database, timeout=10)) as shell, shell:
        shell.execute("UPDATE assignments SET port = ? WHERE service_id = 'beta'", [ports[7]])
    for double in (hub, ninja):
        wait_until(lambda told=double: ports[7] in [new for _, new in events_of(told, "beta")],
                   f"{double.url} to be told")
