"""Holds the test double to what its own documentation promises, mode by mode."""

import http.client
import json
import socket
import time

import pytest

from suite_service_process import (PATIENCE, Service, call, free_port, let_go, update,
                                   wait_until)


@pytest.fixture
def start():
    services = []

    def run(mode="none", port=0, *more):
        services.append(Service("--port", str(port), "--misbehave", mode, *more))
        return services[-1]

    yield run
    for service in services:
        service.process.kill()
        service.process.wait()
        service.process.stdout.close()


def name_of(answer):
    return answer[1].get("service_id")


def test_health_names_the_service_and_its_port(start):
    service = start()
    assert service.health() == (200, {"status": "healthy", "service_id": "billing",
                                      "service": "billing", "port": service.port})


def test_moves_and_moves_back(start):
    service = start()
    home, away = service.port, free_port()
    service.moves(away)
    let_go(home)
    assert service.health()[1]["port"] == away
    service.moves(home)
    let_go(away)


def test_asked_to_be_where_it_is_it_does_nothing(start):
    service = start()
    assert service.ask_to_move(service.port)[1]["success"] is True
    assert service.health()[0] == 200


@pytest.mark.parametrize("change", [{"new_port": "9001"}, {"new_port": 80}, {"old_port": None},
                                    {"old_port": True}, {"timestamp": "yesterday"},
                                    {"timestamp": "2026-11-22T20:05:10"}, {"source": "me"}])
def test_refuses_a_request_that_breaks_the_contract(start, change):
    service = start()
    body = update(service.port, free_port()) | change
    status, answer = call(service.port, "POST", "/api/config/update-port", body)
    assert (status, answer["success"]) == (400, False)
    assert next(iter(change)) in answer["message"]


def test_restart_closes_and_opens_the_same_port(start):
    service = start()
    port = service.port
    assert call(port, "POST", "/api/admin/restart", {})[1]["success"] is True
    assert service.next_port() == port
    assert service.health()[0] == 200


def test_lists_the_calls_it_has_seen(start):
    service = start()
    service.health()
    service.ask_to_move(service.port)
    calls = call(service.port, "GET", "/_calls")[1]
    assert [(seen["method"], seen["path"], seen["port"]) for seen in calls] == [
        ("GET", "/health", service.port), ("POST", "/api/config/update-port", service.port)]
    assert json.loads(calls[1]["body"])["source"] == "port-manager"


@pytest.mark.parametrize("mode, status, success", [("refuse", 200, False),
                                                   ("http_error", 500, False),
                                                   ("stale", 200, "true")])
def test_says_no_and_stays(start, mode, status, success):
    service = start(mode)
    answer = service.ask_to_move(free_port())
    assert (answer[0], answer[1]["success"]) == (status, success)
    service.misbehave("none")
    service.moves(free_port())


def test_not_json(start):
    status, answer = start("not_json").ask_to_move(free_port())
    assert status == 200 and isinstance(answer, str)


def test_timeout_answers_nothing_until_told_otherwise(start):
    service = start("timeout")
    body = update(service.port, free_port())
    with pytest.raises(TimeoutError):
        call(service.port, "POST", "/api/config/update-port", body, timeout=0.1)
    assert service.health()[0] == 200
    service.misbehave("none")
    service.moves(free_port())


def test_timeout_drops_a_caller_when_told_otherwise(start):
    service = start("timeout")
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)
    connection.request("POST", "/api/config/update-port",
                       json.dumps(update(service.port, free_port())),
                       {"Content-Type": "application/json"})
    wait_until(lambda: call(service.port, "GET", "/_calls")[1])
    service.misbehave("none")
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()
    assert service.health()[0] == 200


def test_never_up_says_yes_and_stays(start):
    service = start("never_up")
    home, away = service.port, free_port()
    assert service.ask_to_move(away)[1]["success"] is True
    assert service.health(home)[0] == 200 and service.health(away) is None
    back = call(home, "POST", "/api/config/update-port", update(away, home))
    assert back[1]["success"] is True
    service.misbehave("none")
    service.moves(free_port())


def test_vanish_says_yes_and_listens_nowhere(start):
    service = start("vanish")
    home, away = service.port, free_port()
    assert service.ask_to_move(away)[1]["success"] is True
    let_go(home)
    assert service.health(away) is None
    assert service.process.poll() is None


def test_imposter_is_another_until_sent_home(start):
    service = start("imposter")
    home, away = service.port, free_port()
    for _ in range(2):
        assert name_of(service.health()) == "billing"
        service.moves(away)
        let_go(home)
        assert name_of(service.health()) == "somebody-else"
        service.moves(home)


def test_hold_old_port_until_sent_home(start):
    service = start("hold_old_port")
    home, away = service.port, free_port()
    service.moves(away)
    assert name_of(service.health(home)) == name_of(service.health(away)) == "billing"
    service.moves(home)
    let_go(away)
    assert service.health(home)[0] == 200


def test_hold_old_port_until_told_otherwise(start):
    service = start("hold_old_port")
    home, away = service.port, free_port()
    service.moves(away)
    service.misbehave("none")
    let_go(home)
    assert service.health(away)[0] == 200


def test_slow_moves_after_two_seconds(start):
    service = start("slow")
    home, away = service.port, free_port()
    asked = time.monotonic()
    assert service.ask_to_move(away)[1]["success"] is True
    assert service.health(home)[0] == 200
    assert service.next_port() == away
    assert time.monotonic() - asked > 1.9
    let_go(home)


def test_slow_forgets_a_move_when_sent_back_before_it(start):
    service = start("slow")
    home = service.port
    service.ask_to_move(free_port())
    assert service.ask_to_move(home)[1]["success"] is True
    service.misbehave("none")
    service.moves(free_port())


def test_unhealthy(start):
    status, answer = start("unhealthy").health()
    assert (status, answer["status"]) == (503, "unhealthy")


def test_no_identity(start):
    status, answer = start("no_identity").health()
    assert status == 200 and "service_id" not in answer and "service" not in answer


def test_stays_where_it_is_when_the_new_port_is_taken(start):
    service = start()
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        assert service.ask_to_move(taken.getsockname()[1])[1]["success"] is True
        assert service.health()[0] == 200
    service.moves(free_port())


def test_state_survives_the_process(start, tmp_path):
    state = tmp_path / "port"
    service = start("none", 0, "--state", str(state))
    away = free_port()
    service.moves(away)
    assert state.read_text() == f"{away}\n"
    service.end()
    assert start("none", 0, "--state", str(state)).port == away
    assert [file.name for file in tmp_path.iterdir()] == ["port"]


def test_sigterm_ends_it_at_once_even_while_a_caller_waits(start):
    service = start("timeout")
    with socket.create_connection(("127.0.0.1", service.port)):
        assert service.end() == 0


def test_silent_answers_nothing_until_told_otherwise(start):
    service = start("silent")
    with pytest.raises(TimeoutError):
        call(service.port, "GET", "/health", timeout=0.3)
    service.misbehave("none")
    assert service.health()[0] == 200


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_listens_where_it_is_told(start, address):
    service = start("none", 0, "--address", address)
    with socket.create_connection(("127.0.0.2", service.port), timeout=PATIENCE):
        pass
    home, away = service.port, free_port()
    service.moves(away)
    let_go(home)


def test_shares_its_port_where_it_is_told(start):
    first = start("none", 0, "--reuse-port")
    second = start("none", first.port, "--reuse-port")
    assert second.port == first.port
