"""Each operation of the OpenAPI document once with success, and once with each error of its own.

The other tests have their answers compared with the document too. These see to it that the document
promises nothing that is not so: an operation or an error code that no call here gets is a fault.
"""

import json
import threading

import pytest

from contract import Contract
from harness import SELF, Server, squatter, suite_file, wait_until
from live import LiveClient
from wire import Wire, get

# A full or broken disk, a stop and 10,000 clients have tests of their own.
ELSEWHERE = {"storage_full", "storage_failed", "shutting_down", "overloaded"}
JSON = {"Content-Type": "application/json"}


class Tour:
    """A server whose answers are remembered, and what can be started beside it."""

    def __init__(self, launch, suite, run_service, run_stranger):
        self.launch, self.suite = launch, suite
        self.run_service, self.run_stranger = run_service, run_stranger
        self.server = launch(import_file=suite, update_timeout_ms=1000, health_timeout_ms=1000,
                             restart_timeout_ms=1000, come_up_timeout_ms=1000)


@pytest.fixture
def tour(launch, suite, run_service, run_stranger, monkeypatch):
    made = Tour(launch, suite, run_service, run_stranger)
    monkeypatch.setattr(Server, "contract", Contract(Server.contract.document))
    return made


def call(server, method, path, body=None, **options):
    """The call; the contract keeps what was answered."""
    return server.request(method, path, body, **options)


def open_websocket(server):
    """RFC 6455 has no place in requests; the contract is told of it here."""
    with LiveClient(server):
        Server.contract.seen.add(("GET /ws/updates", 101, ""))


def refuse_websocket(server, query, *headers):
    with Wire(server) as wire:
        answer = wire.ask(get(f"/ws/updates{query}", "Connection: Upgrade", "Upgrade: websocket",
                              "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                              *headers))
    Server.contract.seen.add(("GET /ws/updates", answer.status, answer.json()["code"]))


def successes(tour, ports):
    server = tour.server
    tour.run_service("alpha", ports[0])
    for path in ("/", "/health", "/api/health/", "/api/health/detailed", "/api/openapi.json",
                 "/api/docs", "/api/docs/docs.js", "/metrics", "/api/upstream", "/api/ports/history",
                 "/api/ports/assignments",
                 "/api/ports/assignments/alpha", "/api/ports/statistics", "/api/ports/history/alpha",
                 "/api/ports/conflicts", "/api/ports/conflicts/history", "/api/ports/reserved",
                 "/api/ports/backups", "/api/ports/export", "/api/ports/export?format=sysctl",
                 f"/api/ports/available?start_port={ports[0]}", f"/api/ports/{ports[0]}/available",
                 f"/api/ports/{ports[0]}", "/api/services", "/api/services/alpha",
                 "/api/services/alpha/port", "/api/services/discover", "/api/services/status",
                 "/api/services/status/alpha", "/api/services/health/alpha"):
        call(server, "GET", path)
    open_websocket(server)
    for path, body in (
            ("assign", {"service_id": "epsilon"}), ("release", {"service_id": "epsilon"}),
            ("reassign", {"service_id": "alpha", "new_port": ports[60]}),
            ("bulk-update", {"updates": {"beta": ports[2], "gamma": ports[1]}}),
            ("reserve", {"port": ports[70]}), ("resolve-conflicts", None), ("backup", None),
            ("assign", {"service_id": "zeta", "port": ports[60], "force": True}),
            ("resolve-conflict", {"service_name": "zeta", "current_port": ports[60]}),
            ("assign", {"service_name": "eta", "preferred_port": ports[80]})):
        call(server, "POST", f"/api/ports/{path}", body)
    call(server, "DELETE", f"/api/ports/reserve/{ports[70]}")
    call(server, "DELETE", f"/api/ports/{ports[80]}", {"service_name": "eta"})
    call(server, "POST", "/api/services/register", {"service_id": "theta"})
    call(server, "POST", "/api/services/restart", {"service_id": "alpha"})
    call(server, "DELETE", "/api/services/theta")
    backup = server.ok("GET", "/api/ports/backups")["backups"][0]["name"]
    call(server, "GET", f"/api/ports/backups/{backup}")
    call(server, "POST", f"/api/ports/restore?backup_file={backup}")
    call(server, "POST", "/api/ports/import", json.loads(server.get("/api/ports/export").text))
    # One that has no port of its own: the defaults would put it on another.
    call(tour.launch(name="empty"), "POST", "/api/ports/reset")


class TestTour:
    def test_every_operation_succeeds(self, tour, ports):
        successes(tour, ports)
        done = {name for name, status, _ in Server.contract.seen if status < 300}
        assert set(Server.contract.operations) - done == set()

    def test_every_error_of_an_operation_is_answered(self, tour, ports):
        for errors in (wrong_values, wrong_names, unknown, taken, in_use, full, files, bad_services,
                       moves_under_way, websocket):
            errors(tour, ports)
        seen = {(name, code) for name, _, code in Server.contract.seen}
        promised = {(name, code) for name, operation in Server.contract.operations.items()
                    for code in operation.definition.get("x-errors", []) if code not in ELSEWHERE}
        assert promised - seen == set()


def wrong_values(tour, ports):
    server = tour.server
    for path in ("assignments", "assignments/alpha", "conflicts"):
        call(server, "GET", f"/api/ports/{path}?revision=0&wait=forever")
    for path in ("services", "services/alpha"):
        call(server, "GET", f"/api/{path}?revision=0&wait=forever")
    for path in ("conflicts/history?since=yesterday", "history/alpha?limit=0", "history?port=80",
                 "available?count=0", "80", "80/available", "export?format=xml"):
        call(server, "GET", f"/api/ports/{path}")
    call(server, "DELETE", "/api/ports/reserve/80")
    for path, body in (("assign", {"service_id": "epsilon", "port": 80}), ("reserve", {"port": 80}),
                       ("reassign", {"service_id": "alpha", "new_port": 80})):
        call(server, "POST", f"/api/ports/{path}", body)
    call(server, "POST", "/api/services/register", {"service_id": "epsilon", "health_endpoint": "no path"})


def wrong_names(tour, ports):
    server = tour.server
    call(server, "POST", "/api/ports/assign", {"service_id": "no/id"})
    call(server, "POST", "/api/services/register", {"service_id": "no/id"})
    call(server, "POST", "/api/ports/reserve", {"hold": True, "service_id": "no/id"})
    call(server, "POST", "/api/ports/import", {"port_assignments": {"no/id": ports[0], SELF: ports[100]}})
    call(server, "POST", "/api/ports/backup?backup_file=../x")
    call(server, "POST", "/api/ports/restore?backup_file=../x")
    call(server, "GET", "/api/ports/backups/.hidden.json")
    call(server, "GET", "/api/docs/nothing.js")


def unknown(tour, ports):
    server = tour.server
    call(server, "POST", "/api/ports/release", {"service_id": "delta"})
    for service in ("nobody", "delta"):
        for path in (f"ports/assignments/{service}", f"services/{service}/port",
                     f"services/health/{service}"):
            call(server, "GET", f"/api/{path}")
        for path, body in (("ports/release", {"service_id": service}),
                           ("ports/reassign", {"service_id": service, "new_port": ports[90]}),
                           ("ports/bulk-update", {"updates": {service: ports[90]}}),
                           ("ports/resolve-conflict", {"service_name": service, "current_port": ports[90]}),
                           ("services/restart", {"service_id": service})):
            call(server, "POST", f"/api/{path}", body)
    call(server, "GET", "/api/ports/export?format=csv&services=nobody")
    for path in ("ports/history", "services", "services/status"):
        call(server, "GET", f"/api/{path}/nobody")
    call(server, "DELETE", "/api/services/nobody")
    call(server, "DELETE", f"/api/ports/{ports[0]}", {"service_name": "nobody"})
    call(server, "DELETE", f"/api/ports/{ports[90]}", {"service_name": "alpha"})
    call(server, "DELETE", f"/api/ports/reserve/{ports[90]}")


def taken(tour, ports):
    server = tour.server
    call(server, "DELETE", f"/api/ports/{ports[1]}", {"service_name": "alpha"})
    for port in (ports[1], ports[50]):  # beta's, and reserved
        call(server, "POST", "/api/ports/assign", {"service_id": "epsilon", "port": port})
        call(server, "POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": port})
        call(server, "POST", "/api/ports/bulk-update", {"updates": {"alpha": port}})
        call(server, "POST", "/api/ports/reserve", {"port": port, "hold": True})
        call(server, "POST", "/api/services/register", {"service_id": "epsilon", "port": port})
    call(server, "POST", "/api/ports/assign", {"service_id": "alpha", "port": ports[90]})
    call(server, "POST", "/api/services/register", {"service_id": "alpha", "host": "node-7.example"})


def in_use(tour, ports):
    server = tour.server
    with squatter(ports[91]):
        call(server, "POST", "/api/ports/assign", {"service_id": "epsilon", "port": ports[91]})
        call(server, "POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[91]})
        call(server, "POST", "/api/ports/bulk-update", {"updates": {"alpha": ports[91]}})
        call(server, "POST", "/api/ports/reserve", {"port": ports[91], "hold": True})
        call(server, "POST", "/api/services/register", {"service_id": "epsilon", "port": ports[91]})


def full(tour, ports):
    """The four services have all ports of the range."""
    server = tour.launch(name="full", import_file=tour.suite, range=f"{ports[0]}-{ports[3]}")
    call(server, "GET", "/api/ports/available")
    call(server, "POST", "/api/ports/assign", {"service_id": "epsilon"})
    call(server, "POST", "/api/ports/reassign", {"service_id": "alpha"})
    call(server, "POST", "/api/ports/bulk-update", {"updates": {"alpha": ports[1], "beta": ports[0]}})
    call(server, "POST", "/api/ports/reserve", {"hold": True})
    call(server, "POST", "/api/services/register", {"service_id": "epsilon"})
    server.ok("POST", "/api/ports/reserve", {"port": ports[0]})
    call(server, "POST", "/api/ports/resolve-conflict",
         {"service_name": "alpha", "current_port": ports[0]})


def files(tour, ports):
    server = tour.server
    backups = server.data_dir / "backups"
    backups.mkdir(exist_ok=True)
    call(server, "POST", "/api/ports/restore?backup_file=nothing.json")
    call(server, "GET", "/api/ports/backups/nothing.json")
    (backups / "broken.json").write_text("{")
    (backups / "shape.json").write_text("[]")
    suite_file(backups / "bounds.json", {"alpha": 80})
    suite_file(backups / "self.json", {"alpha": ports[0], SELF: ports[1]})
    for name in ("broken", "shape", "bounds", "self"):
        call(server, "POST", f"/api/ports/restore?backup_file={name}.json")
    call(server, "POST", "/api/ports/backup?backup_file=self.json")
    call(server, "POST", "/api/ports/import", {"port_assignments": {"alpha": 80}})
    call(server, "POST", "/api/ports/import", {"port_assignments": {SELF: ports[1]}})
    call(server, "POST", "/api/ports/reset")


def bad_services(tour, ports):
    """What a service can do wrong, for those who move or restart it."""
    server = tour.server
    service = tour.run_service("alpha", ports[0])
    server.ok("POST", "/api/ports/reserve", {"port": ports[0]})
    for mode in ("refuse", "timeout", "never_up"):
        service.misbehave(mode)
        call(server, "POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[92]})
        call(server, "POST", "/api/ports/resolve-conflict",
             {"service_name": "alpha", "current_port": ports[0]})
    service.close()
    server.ok("DELETE", f"/api/ports/reserve/{ports[0]}")
    unreachable_services(server, ports)
    restart = {"service_id": "alpha"}
    call(server, "POST", "/api/services/restart", restart)
    with squatter(ports[0]):
        call(server, "POST", "/api/services/restart", restart)
    tour.run_stranger(ports[0], "not_found")
    call(server, "POST", "/api/services/restart", restart)


def unreachable_services(server, ports):
    """One of a host that there is not, on a port outside the range."""
    host, port = "no-such-host.invalid", ports[ports.SIZE - 1] + 1
    server.assign("far", port, host=host, force=True)
    call(server, "POST", "/api/ports/reassign", {"service_id": "far", "new_port": ports[93]})
    call(server, "POST", "/api/ports/resolve-conflict", {"service_name": "far", "current_port": port})


def moves_under_way(tour, ports):
    server = tour.server
    service = tour.run_service("beta", ports[1], mode="timeout")
    server.ok("POST", "/api/ports/reserve", {"port": ports[1]})
    body = {"service_id": "beta", "new_port": ports[94]}
    mover = threading.Thread(target=lambda: server.post("/api/ports/reassign", body))
    mover.start()
    wait_until(service.updates, "beta to be told")
    for path, members in (
            ("ports/reassign", body), ("ports/release", {"service_id": "beta"}),
            ("ports/bulk-update", {"updates": {"beta": ports[95]}}),
            ("ports/assign", {"service_id": "epsilon", "port": ports[94]}),
            ("ports/reserve", {"port": ports[94], "hold": True}),
            ("services/register", {"service_id": "epsilon", "port": ports[94]}),
            ("ports/resolve-conflict", {"service_name": "beta", "current_port": ports[1]}),
            ("ports/reset", None), ("ports/restore?backup_file=self.json", None),
            ("ports/import", {"port_assignments": {SELF: ports[100]}})):
        call(server, "POST", f"/api/{path}", members)
    call(server, "DELETE", "/api/services/beta")
    call(server, "DELETE", f"/api/ports/{ports[1]}", {"service_name": "beta"})
    service.misbehave("none")
    mover.join()


def websocket(tour, _ports):
    server = tour.server
    call(server, "GET", "/ws/updates")
    refuse_websocket(server, "?since=never")
    refuse_websocket(server, "", "Origin: https://evil.example")
