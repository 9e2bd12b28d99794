"""Holds the double of Hub and Ninja to what its own documentation promises."""

import http.client
import json
import socket
import subprocess
import threading
import urllib.error

import pytest

from hub_double_process import PROGRAM, HubDouble
from suite_service_process import call, free_port, wait_until


@pytest.fixture
def start():
    doubles = []

    def run(*options):
        doubles.append(HubDouble(*options))
        return doubles[-1]

    yield run
    for double in doubles:
        double.close()


def post(double, path="/x", body=None, timeout=10):
    return call(double.port, "POST", path, body or {}, timeout)


def test_says_yes_and_writes_down_what_it_was_told(start):
    double = start()
    assert post(double, "/a", {"n": 1}) == (200, {"success": True, "services": []})
    assert call(double.port, "GET", "/b?c=d")[0] == 200
    first, second = double.calls()
    assert (first["n"], first["method"], first["path"], first["body"], first["answered"]) == (
        1, "POST", "/a", {"n": 1}, 200)
    assert (second["n"], second["method"], second["path"], second["body"]) == (2, "GET", "/b?c=d", None)
    assert first["time"] <= second["time"]
    assert double.bodies("/a") == [{"n": 1}]


def test_calls_can_be_asked_for_bit_by_bit(start):
    double = start()
    for _ in range(3):
        post(double)
    assert double.ask("/_calls?since=2")["next"] == 3
    assert [seen["n"] for seen in double.ask("/_calls?since=2")["calls"]] == [3]
    assert double.ask("/_calls?since=3")["calls"] == []


def test_keeps_the_password_that_came(start):
    double = start()
    connection = http.client.HTTPConnection("127.0.0.1", double.port, timeout=10)
    connection.request("POST", "/x", "not JSON", {"Authorization": "Basic YTpi"})
    connection.getresponse().read()
    connection.close()
    seen, = double.calls()
    assert (seen["authorization"], seen["body"]) == ("Basic YTpi", "not JSON")


@pytest.mark.parametrize("status", [201, 404, 429, 500, 503])
def test_any_status(start, status):
    double = start("--mode", str(status))
    assert post(double)[0] == status
    assert double.calls()[0]["answered"] == status
    double.tell("ok")
    assert post(double)[0] == 200


def test_only_below_some_paths(start):
    double = start()
    double.tell("500", paths=["/api/v1/events", "/other"])
    assert post(double, "/api/v1/events/port-change")[0] == 500
    assert post(double, "/api/v1/errors")[0] == 200


def test_by_chance(start):
    double = start()
    double.tell("500", chance=0.5)
    statuses = {post(double)[0] for _ in range(64)}
    assert statuses == {200, 500}
    double.tell("500", chance=0)
    assert post(double)[0] == 200


def test_asks_to_wait(start):
    double = start()
    double.tell("503", retry_after=7)
    connection = http.client.HTTPConnection("127.0.0.1", double.port, timeout=10)
    connection.request("POST", "/x", "{}")
    assert connection.getresponse().getheader("Retry-After") == "7"
    connection.close()


def test_stalls_until_the_mode_changes(start):
    double = start("--mode", "stall")
    with pytest.raises(TimeoutError):
        post(double, timeout=0.2)
    ended = []

    def be_dropped():
        with pytest.raises(http.client.RemoteDisconnected):
            post(double)
        ended.append(True)

    caller = threading.Thread(target=be_dropped)
    caller.start()
    wait_until(lambda: len(double.calls()) == 2)
    assert not ended
    double.tell("ok")
    caller.join(10)
    assert ended
    assert [seen["answered"] for seen in double.calls()] == [0, 0]


def test_closes_the_connection(start):
    double = start("--mode", "close")
    with pytest.raises(http.client.RemoteDisconnected):
        post(double)


def test_answers_what_is_not_http(start):
    double = start("--mode", "garbage")
    with pytest.raises(http.client.HTTPException):
        post(double)


def test_goes_away_and_comes_back_on_its_port(start):
    double = start()
    double.tell("away")
    assert post(double) is None
    double.tell("away")
    double.tell("ok")
    assert post(double)[0] == 200
    assert len(double.calls()) == 1


def test_begins_away_on_a_port_of_choice(start):
    port = free_port()
    double = start("--port", port, "--mode", "away")
    assert double.port == port
    assert post(double) is None


def test_keeps_the_calls_in_a_file(start, tmp_path):
    log = tmp_path / "calls"
    double = start("--log", log)
    post(double, "/a", {"n": 1})
    line, = log.read_text().splitlines()
    assert json.loads(line) == double.calls()[0]


@pytest.mark.parametrize("mode", ["loud", "99", "600", 500, None])
def test_an_unknown_mode_is_refused(start, mode):
    double = start()
    with pytest.raises(urllib.error.HTTPError):
        double.tell(mode)
    assert post(double)[0] == 200


def test_a_port_that_is_taken_and_a_wrong_mode_end_it():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = str(taken.getsockname()[1])
        assert subprocess.run([PROGRAM, "--port", port], capture_output=True, timeout=10).returncode == 1
    assert subprocess.run([PROGRAM, "--mode", "loud"], capture_output=True, timeout=10).returncode == 1


def test_ends_on_sigterm(start):
    assert start().end() == 0
