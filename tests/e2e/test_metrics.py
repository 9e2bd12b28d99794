"""GET /metrics: what Prometheus reads is well formed, and counts what happens."""

import concurrent.futures
import json
import pathlib
import re
import subprocess
import threading
import time

import pytest

from harness import ROOT, SHORT, wait_until
from live import LiveClient
from scrape import Scrape, grown, wait_for
from wire import Wire, get, post, serves

REQUESTS = "portmanager_http_requests_total"
DURATIONS = "portmanager_http_request_duration_seconds_count"
MOVES = "portmanager_moves_total"


def promtool(text):
    """What promtool has to say about it; nothing is what it should."""
    done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                          capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def use_everything(server, ports):
    """A little of all that is counted, errors among it."""
    for path in ("/", "/health", "/api/ports/assignments", "/api/ports/conflicts", "/nowhere",
                 f"/api/ports/{ports[0]}", "/api/ports/available", "/api/services"):
        server.get(path)
    server.delete("/api/ports/assignments")
    server.post("/api/ports/assign", {"service_id": "kite", "port": ports[60]})
    server.post("/api/ports/assign", {"service_id": "twin", "port": ports[60], "force": True})
    server.post("/api/ports/assign", {"service_id": "kite", "port": ports[0]})
    server.post("/api/ports/assign", data=b"{", headers={"Content-Type": "application/json"})
    server.post("/api/ports/reassign", {"service_id": "alpha", "new_port": ports[61]})
    server.post("/api/ports/resolve-conflicts")
    with LiveClient(server) as client:
        client.ask({"type": "ping"}, "pong")


# ---------------------------------------------------------------------------------------------
# The text


def test_promtool_finds_nothing(watching, ports):
    assert promtool(Scrape(watching).text) == (0, "")
    use_everything(watching, ports)
    assert promtool(Scrape(watching).text) == (0, "")


def test_promtool_would_find_something(server):
    text = Scrape(server).text.replace("# HELP portmanager_revision", "# HELP portmanager_other")
    status, told = promtool(text)
    assert status != 0 and "portmanager_revision" in told


def test_the_text_is_of_the_version_it_says(server):
    scrape = Scrape(server)
    assert scrape.content_type == "text/plain; version=0.0.4; charset=utf-8"
    for family in scrape.families:
        assert family.type in ("counter", "gauge", "histogram", "summary"), family
        assert len(family.documentation) > 5, family


def test_every_metric_is_in_the_manual(watching, ports):
    use_everything(watching, ports)
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for name in re.findall(r"^# TYPE (\S+) ", Scrape(watching).text, re.MULTILINE):
        assert f"`{name}" in manual, f"docs/operations.md does not tell of {name}"


def test_the_alerts_of_the_manual_are_expressions(server, tmp_path):
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = manual.split("\nWorth an alert:\n")[1].split("\n## ")[0]
    expressions = [found.replace(r"\|", "|") for found in re.findall(r"^\| `(.*?)`", table, re.MULTILINE)]
    assert len(expressions) > 8
    rules = [{"alert": f"Alert{number}", "expr": each} for number, each in enumerate(expressions)]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "portmanager", "rules": rules}]}))
    done = subprocess.run(["promtool", "check", "rules", str(file)], text=True, capture_output=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    known = manual.split("\nWorth an alert:\n")[0]
    for name in re.findall(r"\b(?:portmanager|process)_\w+", " ".join(expressions)):
        assert f"`{re.sub('_(bucket|count|sum)$', '', name)}`" in known, name


def test_head_and_other_methods(server):
    with Wire(server) as wire:
        head = wire.ask(get("/metrics", method="HEAD"), method="HEAD")
        assert head.status == 200 and int(head.header("Content-Length")) > 1000
        refused = wire.ask(post("/metrics", {}))
        assert refused.status == 405 and refused.header("Allow") == "GET, HEAD"


def test_reading_needs_no_token(launch, tmp_path):
    token = tmp_path / "token"
    token.write_text("s3cr3t")
    server = launch(auth_token_file=token)
    assert "s3cr3t" not in Scrape(server).text


def test_a_scraper_that_does_not_read_holds_up_nobody(launch, ports, suite):
    server = launch(import_file=suite, http_threads=1)
    use_everything(server, ports)
    asked = 60
    with Wire(server, receive_buffer=4096) as slow:
        slow.send(get("/metrics") * asked)
        for _ in range(20):
            serves(server)
        for _ in range(asked):
            answer = slow.read()
            assert answer.status == 200
            assert answer.body.endswith(b"\n") and b"portmanager_revision" in answer.body


# ---------------------------------------------------------------------------------------------
# Requests


def test_requests_are_counted_by_route_method_and_status(server, ports):
    before = Scrape(server)
    for _ in range(3):
        server.get("/api/ports/assignments")
    server.get(f"/api/ports/{ports[0]}")
    server.get(f"/api/ports/{ports[1]}")
    server.post("/api/ports/assign", {"service_id": "kite", "port": ports[0]})
    server.post("/api/ports/assign", data=b"{", headers={"Content-Type": "application/json"})
    after = Scrape(server)

    def count(route, method, status):
        return grown(before, after, REQUESTS, route=route, method=method, status=status)

    assert count("/api/ports/assignments", "GET", "200") == 3
    assert count("/api/ports/{port}", "GET", "200") == 2
    assert count("/api/ports/assign", "POST", "409") == 1
    assert count("/api/ports/assign", "POST", "400") == 1
    assert grown(before, after, DURATIONS, route="/api/ports/assign", method="POST") == 2
    assert grown(before, after, "portmanager_http_request_duration_seconds_sum",
                 route="/api/ports/assign", method="POST") > 0


def test_what_reaches_no_route_is_one_route(server):
    def ask(names):
        for name in names:
            server.get(f"/{name}?{name}={name}")
            server.get(f"/api/{name}")
            server.request("DELETE", f"/api/ports/assignments/{name}/{name}")
        server.request("PUT", "/health")
        with Wire(server) as wire:
            assert wire.ask(f"BREW /{names[0]} HTTP/1.1\r\nHost: x\r\n\r\n").status == 400
        with Wire(server) as wire:
            assert wire.ask(get(f"/{names[0]}%zz")).status == 400

    ask(["first"])
    before = Scrape(server)
    names = [f"unheard-of-{number}" for number in range(30)]
    ask(names)
    after = Scrape(server)
    # The first scrape is in the second.
    made = after.samples.keys() - before.samples.keys()
    assert all(dict(labels).get("route") == "/metrics" for _, labels in made), made
    assert grown(before, after, REQUESTS, route="none", method="GET", status="404") == 60
    assert grown(before, after, REQUESTS, route="none", method="DELETE", status="404") == 30
    assert grown(before, after, REQUESTS, route="none", method="PUT", status="405") == 1
    assert grown(before, after, REQUESTS, route="none", status="400") == 2
    assert not any(name in after.text for name in names)


def test_every_refusal_is_counted(launch):
    server = launch(header_timeout_ms=300)
    before = Scrape(server)
    for request, status in ((post("/api/ports/assign", b"x" * 20, "Content-Length: 9999999"), 400),
                            (get("/" + "x" * 3000), 414),
                            (get("/health", version="HTTP/9.9"), 505),
                            (get("/health", "X: " + "x" * 20_000), 431),
                            (post("/api/ports/assign", {}, "Expect: a miracle"), 417),
                            (b"GET /hea", 408)):
        with Wire(server) as wire:
            assert wire.ask(request).status == status
        after = Scrape(server)
        assert grown(before, after, REQUESTS, route="none", status=str(status)) == 1, status


def test_a_long_poll_is_counted_when_it_is_answered_and_without_its_wait(server, ports):
    before = Scrape(server)
    revision = server.revision()
    labels = {"route": "/api/ports/assignments", "method": "GET"}
    with Wire(server) as wire:
        asked = time.monotonic()
        wire.send(get(f"/api/ports/assignments?revision={revision}&wait=60s"))
        waiting = wait_for(server, lambda it: it.value("portmanager_http_long_polls") == 1,
                           "the long poll to wait")
        while time.monotonic() < asked + 0.3:
            serves(server)
        assert grown(before, waiting, REQUESTS, **labels) == 1, "that of revision() alone"
        server.assign("kite", ports[60])
        assert wire.read().status == 200
    after = wait_for(server, lambda it: it.value("portmanager_http_long_polls") == 0, "its end")
    assert grown(before, after, REQUESTS, status="200", **labels) == 2
    took = grown(before, after, "portmanager_http_request_duration_seconds_sum", **labels)
    assert took < 0.3, "the wait is counted"


def test_connections_are_those_open_now(server):
    wires = [Wire(server) for _ in range(7)]
    for wire in wires:
        assert wire.ask(get("/health")).status == 200
    wait_for(server, lambda it: it.value("portmanager_http_connections") >= 7, "7 connections")
    for wire in wires:
        wire.close()
    wait_for(server, lambda it: it.value("portmanager_http_connections") < 7, "them to be gone")


def test_a_move_under_way_is_in_flight(launch, suite, ports, run_service):
    server = launch(import_file=suite, **SHORT)
    run_service("alpha", ports[0], "timeout")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        moving = pool.submit(server.post, "/api/ports/reassign",
                             {"service_id": "alpha", "new_port": ports[60]})
        # The scrape is one itself.
        wait_for(server, lambda it: it.value("portmanager_http_requests_in_flight") == 2 and
                 it.value("portmanager_open_moves", state="pending") == 1, "it to be in flight")
        assert moving.result().status_code == 502
    wait_for(server, lambda it: it.value("portmanager_http_requests_in_flight") == 1, "its end")


# ---------------------------------------------------------------------------------------------
# Changes


def test_commits_are_counted_and_so_are_the_groups_they_come_in(server, ports):
    before = Scrape(server)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: server.assign(f"svc-{number}", ports[110 + number]), range(64)))
    after = Scrape(server)
    assert grown(before, after, "portmanager_commits_total", action="assign") == 64
    assert grown(before, after, "portmanager_commit_group_size_sum") == 64
    groups = grown(before, after, "portmanager_commit_group_size_count")
    assert 1 <= groups <= 64
    assert grown(before, after, "portmanager_commit_duration_seconds_count") == groups
    assert grown(before, after, "portmanager_commit_duration_seconds_sum") > 0
    assert grown(before, after, "portmanager_revision") == 64
    assert after.value("portmanager_revision") == server.revision()
    assert grown(before, after, "portmanager_assignments") == 64
    assert grown(before, after, "portmanager_services") == 64


def test_moves_are_counted_by_their_outcome(launch, suite, ports, run_service):
    server = launch(import_file=suite, **SHORT)
    service = run_service("alpha", ports[0])
    before = Scrape(server)

    def move(to, status):
        answer = server.post("/api/ports/reassign", {"service_id": "alpha", "new_port": to})
        assert answer.status_code == status, answer.text

    def outcomes():
        after = Scrape(server)
        return [grown(before, after, MOVES, outcome=outcome)
                for outcome in ("committed", "rolled_back", "registry_only")]

    assert {dict(labels)["outcome"] for name, labels in before.samples if name == MOVES} == {
        "committed", "rolled_back", "registry_only"}
    move(ports[60], 200)
    assert outcomes() == [1, 0, 0]
    service.misbehave("refuse")
    move(ports[61], 502)
    assert outcomes() == [1, 1, 0]
    service.close()
    move(ports[62], 200)
    assert outcomes() == [1, 1, 1]


def test_conflicts_are_counted_by_type(server, ports):
    before = Scrape(server)
    duplicate = {"type": "duplicate_assignment"}
    assert before.value("portmanager_conflicts_opened_total", **duplicate) == 0
    server.assign("twin", ports[0], force=True)
    server.assign("triplet", ports[0], force=True)
    opened = Scrape(server)
    assert grown(before, opened, "portmanager_conflicts_opened_total", **duplicate) == 1
    assert opened.value("portmanager_open_conflicts", severity="high", **duplicate) == 1
    assert server.ok("POST", "/api/ports/resolve-conflicts")["count"] == 2
    closed = Scrape(server)
    assert grown(before, closed, "portmanager_conflicts_closed_total", **duplicate) == 1
    assert closed.value("portmanager_open_conflicts", severity="high", **duplicate) == 0
    assert grown(opened, closed, "portmanager_conflicts_opened_total") == 0


def test_a_conflict_of_the_kernel_is_counted(watching, ports, run_stranger):
    stranger = run_stranger(ports[1])
    labels = {"type": "system_conflict", "severity": "critical"}
    wait_for(watching, lambda it: it.value("portmanager_open_conflicts", **labels) == 1,
             "the conflict")
    stranger.close()
    ended = wait_for(watching, lambda it: it.value("portmanager_open_conflicts", **labels) == 0,
                     "its end")
    for what in ("opened", "closed"):
        assert ended.value(f"portmanager_conflicts_{what}_total", type="system_conflict") == 1


def test_ranges_tell_how_full_they_are(server, ports):
    before = Scrape(server)
    assert before.value("portmanager_range_ports", range="suite") == ports.SIZE
    server.assign("kite", ports[60])
    server.ok("POST", "/api/ports/reserve", {"port": ports[61]})
    after = Scrape(server)
    assert grown(before, after, "portmanager_range_ports_taken", range="suite") == 2
    assert grown(before, after, "portmanager_reservations", hold="false") == 1
    statistics = server.ok("GET", "/api/ports/statistics")["statistics"]
    taken = after.value("portmanager_range_ports_taken", range="suite")
    assert statistics["available_ports"] == ports.SIZE - taken


# ---------------------------------------------------------------------------------------------
# Live clients, the kernel, the process


def test_websocket_clients_and_their_messages(server, ports):
    before = Scrape(server)
    with LiveClient(server) as first, LiveClient(server) as second:
        during = Scrape(server)
        assert during.value("portmanager_websocket_clients") == 2
        assert during.value("portmanager_http_connections") >= 2
        assert grown(before, during, REQUESTS, route="/ws/updates", status="101") == 2
        server.assign("kite", ports[60])
        for client in (first, second):
            client.wait("port_change", service_id="kite")
        # It is counted once it has been sent to everybody.
        wait_for(server, lambda it: grown(
            during, it, "portmanager_websocket_messages_total") == 2, "both messages")
    wait_for(server, lambda it: it.value("portmanager_websocket_clients") == 0, "them to be gone")
    assert server.get("/ws/updates").status_code == 426
    assert grown(before, Scrape(server), REQUESTS, route="/ws/updates", status="426") == 1


def test_looks_at_the_kernel_go_on(watching):
    first = Scrape(watching)
    name = "portmanager_kernel_scan_duration_seconds"
    later = wait_for(watching, lambda it: grown(first, it, f"{name}_count") >= 3, "three looks")
    assert grown(first, later, f"{name}_sum") > 0
    assert later.value("portmanager_kernel_listeners") >= 1
    assert later.value("portmanager_kernel_scan_failures_total") == 0


def test_the_process_is_this_one(server):
    scrape = Scrape(server)
    proc = pathlib.Path(f"/proc/{server.process.pid}")
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    resident = int(status["VmRSS"].split()[0]) * 1024
    assert scrape.value("process_resident_memory_bytes") == pytest.approx(resident, rel=0.2)
    assert scrape.value("process_threads") == pytest.approx(int(status["Threads"]), abs=4)
    assert 0 < scrape.value("process_open_fds") < scrape.value("process_max_fds")
    assert 0 <= time.time() - scrape.value("process_start_time_seconds") < 600
    assert scrape.value("portmanager_build_info", version=server.get("/").json()["version"]) == 1

    def busy(it):
        for _ in range(50):
            server.get("/api/ports/assignments")
        return grown(scrape, it, "process_cpu_seconds_total") > 0
    wait_for(server, busy, "CPU time to grow")


def test_hub_and_ninja_are_off(server):
    body = server.ok("GET", "/api/upstream")
    assert [(each["target"], each["state"], each["enabled"]) for each in body["upstreams"]] == [
        ("hub", "off", False), ("ninja", "off", False)]
    scrape = Scrape(server)
    assert not any("upstream" in name or "outbox" in name for name, _ in scrape.samples)


# ---------------------------------------------------------------------------------------------
# Under load


def test_scrapes_under_load_never_go_back_and_nothing_is_lost(server, ports):
    stopping = threading.Event()
    before = Scrape(server)

    def load(number):
        count = 0
        with Wire(server) as wire:
            while not stopping.is_set():
                assert wire.ask(get("/api/ports/assignments")).status == 200
                assert wire.ask(get(f"/lost/{number}/{count}")).status == 404
                assert wire.ask(post("/api/ports/assign", {"service_id": f"svc-{number}",
                                                           "port": ports[200 + number]})).status == 200
                count += 1
        return count

    with concurrent.futures.ThreadPoolExecutor() as pool:
        loads = [pool.submit(load, number) for number in range(4)]
        try:
            last = before
            for _ in range(40):
                scrape = Scrape(server)
                now = scrape.cumulative()
                for series, value in last.cumulative().items():
                    assert now[series] >= value, series
                last = scrape
        finally:
            stopping.set()
        rounds = sum(each.result() for each in loads)
    assert rounds > 0
    after = Scrape(server)
    assert promtool(after.text) == (0, "")
    for route, status in (("/api/ports/assignments", "200"), ("none", "404"),
                          ("/api/ports/assign", "200")):
        assert grown(before, after, REQUESTS, route=route, status=status) == rounds
        assert grown(before, after, DURATIONS, route=route) == rounds
    wait_until(server.alive, "it to live")
