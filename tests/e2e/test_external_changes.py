"""A correction by hand, with sqlite3: what follows from it is seen, at once or at the next start."""

import contextlib
import sqlite3

import pytest

from harness import refused, wait_until
from live import LiveClient

ASSIGNED = ("INSERT INTO assignments VALUES (?, '127.0.0.1', 'tcp', ?, ?, ?, "
            "'2026-03-01T00:00:00.000Z', 1)")
RESERVED = ("INSERT INTO reservations (host, protocol, port, reason, sequence, revision) "
            "VALUES ('127.0.0.1', 'tcp', ?, 'by hand', 900, 1)")


def by_hand(server, *statements):
    """In one transaction, as docs/audit.md asks for. Foreign keys are unchecked, as in the shell."""
    with contextlib.closing(sqlite3.connect(server.database, timeout=10)) as shell, shell:
        for statement in statements:
            shell.execute(*statement)


def kinds(server):
    return sorted((each["type"], each["port"]) for each in server.conflicts())


def wait_for(server, *conflicts):
    wait_until(lambda: kinds(server) == sorted(conflicts), f"the conflicts to be {conflicts}")


def contested(server):
    return {row["service_id"]: row["contested"]
            for row in server.sql("SELECT service_id, contested FROM assignments")}


def test_conflicts_open_and_close_while_it_runs(server, ports):
    by_hand(server, ("UPDATE assignments SET port = ?, contested = 1 WHERE service_id = 'beta'",
                     [ports[0]]),
            (RESERVED, [ports[2]]))
    wait_for(server, ("duplicate_assignment", ports[0]), ("reserved_port", ports[2]))
    actions = server.sql("SELECT action, actor FROM changes ORDER BY revision DESC LIMIT 2")
    assert [row["action"] for row in actions] == ["recheck", "external"]
    moved = server.ok("POST", "/api/ports/resolve-conflicts")
    assert moved["success"]
    wait_for(server)

    by_hand(server, ("UPDATE assignments SET port = ?, contested = 1 WHERE service_id = 'beta'",
                     [ports[0]]))
    wait_for(server, ("duplicate_assignment", ports[0]))
    by_hand(server, ("DELETE FROM assignments WHERE service_id = 'alpha'",))
    wait_for(server)
    assert contested(server)["beta"] == 0


def test_live_clients_are_told_once(server, ports):
    with LiveClient(server) as client:
        by_hand(server, ("UPDATE assignments SET port = ?, contested = 1 WHERE service_id = 'beta'",
                         [ports[0]]))
        moved = client.wait("port_change", service_id="beta", new_port=ports[0])
        opened = client.wait("conflicts_detected")
        told = client.told()
    assert opened["revision"] == moved["revision"]
    assert [each["type"] for each in told] == ["port_change", "conflicts_detected"]


@pytest.mark.parametrize("runs", [True, False], ids=["while_it_runs", "while_it_is_stopped"])
def test_what_the_index_permits_is_put_right(server, ports, runs):
    server.assign("epsilon", ports[0], force=True)
    if not runs:
        server.stop()
    by_hand(server, ("UPDATE assignments SET contested = 1 WHERE service_id = 'alpha'",),
            ("UPDATE assignments SET contested = 0 WHERE service_id = 'epsilon'",),
            (ASSIGNED, ["stray", ports[0], 1, 900]))
    if not runs:
        server.start()
    wait_until(lambda: len(server.conflicts()[0]["services"]) == 3, "the third to be seen")
    flags = contested(server)
    assert (flags["alpha"], flags["epsilon"], flags["stray"]) == (0, 1, 1)
    server.restart()
    server.ok("POST", "/api/ports/release", {"service_id": "stray"})
    refused(server.post("/api/ports/assign", {"service_id": "zeta", "port": ports[0]}), 409,
            "port_taken")
