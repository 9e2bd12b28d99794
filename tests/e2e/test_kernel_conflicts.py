"""system_conflict: a stranger on a service's port is found, named, and gone when it is gone."""

import itertools
import os
import threading
import time

import pytest

from harness import SELF, suite_file, wait_until
from kernel import (SCAN_INTERVAL, conflicts_of, is_learned_as, learned, rows, settle,
                    wait_closed, wait_conflict)

KIND = "system_conflict"


def check_named(conflict, stranger, port):
    """The conflict says who it is, as `ps` and `ss` would."""
    assert (conflict["port"], conflict["host"], conflict["severity"]) == (
        port, "127.0.0.1", "critical")
    listener = conflict["listener"]
    assert listener == listener | {
        "pid": stranger.pid, "process": "stranger", "executable": stranger.executable,
        "address": stranger.address, "port": port, "user": "root" if os.getuid() == 0
        else listener["user"]}
    assert listener["process_started_at"].endswith("Z")
    for word in (str(port), conflict["service"], str(stranger.pid), "stranger"):
        assert word in conflict["detail"]


class TestSquatter:
    @pytest.mark.parametrize("kind", ["silent", "not_found", "other", "no_http"])
    def test_found_named_and_closed(self, watching, run_stranger, ports, kind):
        stranger = run_stranger(ports[0], kind)
        conflict = wait_conflict(watching, KIND, "alpha")
        check_named(conflict, stranger, ports[0])
        assert conflict["resolvable"] is True
        stranger.close()
        closed = wait_closed(watching, conflict)
        assert closed["resolved_at"] >= closed["detected_at"]
        assert str(stranger.pid) in closed["resolution"]
        assert closed["listener"]["pid"] == stranger.pid
        assert len(rows(watching)) == 1

    def test_healthy_without_a_name(self, watching, run_service, run_stranger, ports):
        """A service that always gave its name is not one that gives none."""
        alpha = run_service("alpha", ports[0])
        assert learned(watching, "alpha")["named_itself"] == 1
        alpha.close()
        stranger = run_stranger(ports[0], "nameless")
        check_named(wait_conflict(watching, KIND, "alpha"), stranger, ports[0])

    def test_another_service_of_the_suite(self, watching, run_service, ports):
        beta = run_service("beta", ports[0])
        conflict = wait_conflict(watching, KIND, "alpha")
        assert conflict["listener"]["pid"] == beta.process.pid
        assert "beta" in conflict["detail"]

    def test_after_the_service_was_there(self, watching, run_service, run_stranger, ports):
        alpha = run_service("alpha", ports[0])
        is_learned_as(watching, "alpha", alpha.process.pid)
        alpha.close()
        stranger = run_stranger(ports[0], "no_http")
        check_named(wait_conflict(watching, KIND, "alpha"), stranger, ports[0])

    def test_registered_process_name(self, watching, run_stranger, ports):
        """Nobody has ever seen the service, and its process has another name."""
        watching.ok("POST", "/api/services/register",
                    {"service_id": "alpha", "process": "alphad"})
        run_stranger(ports[0], "nameless")
        assert "alphad" in wait_conflict(watching, KIND, "alpha")["detail"]

    def test_the_row_has_the_listener(self, watching, run_stranger, ports):
        stranger = run_stranger(ports[0])
        wait_conflict(watching, KIND, "alpha")
        stranger.close()
        wait_until(lambda: watching.conflicts() == [], "the conflict to close")
        row, = rows(watching, KIND)
        assert (row["listener_pid"], row["listener_process"], row["listener_address"],
                row["listener_port"], row["listener_executable"]) == (
            stranger.pid, "stranger", "127.0.0.1", ports[0], stranger.executable)
        assert row["listener_since"] <= row["opened_at"] <= row["closed_at"]
        assert row["resolution"] != ""

    def test_a_new_stranger_on_the_port(self, watching, run_stranger, ports):
        """One follows the other without a gap that two looks could agree on: one conflict."""
        first = run_stranger(ports[0])
        conflict = wait_conflict(watching, KIND, "alpha")
        first.close()
        second = run_stranger(ports[0])
        wait_until(lambda: [each["listener"]["pid"] for each in
                            conflicts_of(watching, KIND, "alpha")] == [second.pid],
                   "the other stranger to be named")
        assert conflict["listener"]["pid"] == first.pid

    def test_one_port_and_its_owner(self, watching, run_stranger, ports):
        stranger = run_stranger(ports[0])
        conflict = wait_conflict(watching, KIND, "alpha")
        body = watching.ok("GET", f"/api/ports/{ports[0]}")
        assert body["assigned_to"] == "alpha"
        assert [each["id"] for each in body["conflicts"]] == [conflict["id"]]
        listener, = body["listeners"]
        assert (listener["pid"], listener["service"]) == (stranger.pid, None)
        assert body["listener"]["pid"] == stranger.pid


class TestAddresses:
    @pytest.mark.parametrize("address,options", [
        ("0.0.0.0", {}), ("::", {}), ("::", {"v6_only": True}), ("127.0.0.2", {}), ("::1", {}),
    ], ids=["any4", "any", "any6_only", "other4", "loopback6"])
    def test_alone(self, watching, run_stranger, ports, address, options):
        stranger = run_stranger(ports[0], address=address, **options)
        conflict = wait_conflict(watching, KIND, "alpha")
        check_named(conflict, stranger, ports[0])
        if address == "::":
            assert conflict["listener"]["v6_only"] is bool(options)

    @pytest.mark.parametrize("address,options", [
        ("0.0.0.0", {"reuse_port": True}), ("::", {"v6_only": True}), ("127.0.0.2", {}),
        ("::1", {}),
    ], ids=["any4", "any6_only", "other4", "loopback6"])
    def test_beside_the_service(self, watching, run_service, run_stranger, ports, address, options):
        """The service is where it should be; a stranger has the same port on another address."""
        alpha = run_service("alpha", ports[0], reuse_port="reuse_port" in options)
        stranger = run_stranger(ports[0], address=address, **options)
        conflict = wait_conflict(watching, KIND, "alpha")
        check_named(conflict, stranger, ports[0])
        assert alpha.answers_on(ports[0])
        listeners = watching.ok("GET", f"/api/ports/{ports[0]}")["listeners"]
        assert {(each["pid"], each["service"]) for each in listeners} == {
            (alpha.process.pid, "alpha"), (stranger.pid, None)}

    def test_reuse_port_beside_the_service(self, watching, run_service, run_stranger, ports):
        """Both have one address and port: an answer may come from either, the process decides."""
        alpha = run_service("alpha", ports[0], reuse_port=True)
        is_learned_as(watching, "alpha", alpha.process.pid)
        stranger = run_stranger(ports[0], "other", reuse_port=True)
        check_named(wait_conflict(watching, KIND, "alpha"), stranger, ports[0])

    def test_udp(self, watching, run_stranger, ports):
        watching.ok("POST", "/api/services/register",
                    {"service_id": "epsilon", "process": "epsilond"})
        watching.ok("POST", "/api/ports/release", {"service_id": "epsilon"})
        watching.assign("epsilon", ports[20], protocol="udp")
        stranger = run_stranger(ports[20], "udp")
        conflict = wait_conflict(watching, KIND, "epsilon")
        check_named(conflict, stranger, ports[20])
        assert conflict["protocol"] == conflict["listener"]["protocol"] == "udp"

    def test_the_other_protocol_is_another_port(self, watching, run_stranger, ports):
        run_stranger(ports[0], "udp")
        settle(watching)
        settle(watching)
        assert rows(watching) == []


class TestHealthyService:
    """On its own port it never is a conflict: not now, and not in the records."""

    @pytest.mark.parametrize("mode", ["none", "no_identity", "unhealthy"])
    def test_on_its_port(self, watching, run_service, ports, mode):
        run_service("alpha", ports[0], mode=mode)
        for _ in range(3):
            settle(watching)
        assert rows(watching) == []

    @pytest.mark.parametrize("address", ["0.0.0.0", "::", "::1"])
    def test_on_other_addresses(self, watching, run_service, ports, address):
        run_service("alpha", ports[0], address=address)
        for _ in range(3):
            settle(watching)
        assert rows(watching) == []

    def test_several_sockets_of_one_process(self, watching, run_service, ports):
        """The service has a worker process more on its own port."""
        alpha = run_service("alpha", ports[0], reuse_port=True)
        is_learned_as(watching, "alpha", alpha.process.pid)
        (alpha.state.parent / "workers").mkdir()
        second = type(alpha)("alpha", ports[0], alpha.state.parent / "workers", reuse_port=True)
        try:
            second.start()
            for _ in range(3):
                settle(watching)
            assert rows(watching) == []
        finally:
            second.close()

    def test_slow_to_start(self, watching, run_service, ports):
        alpha = run_service("alpha", ports[0])
        is_learned_as(watching, "alpha", alpha.process.pid)
        alpha.close()
        wait_until(lambda: settle(watching) == [], "a look without it")
        again = run_service("alpha", ports[0], mode="silent")
        # It says nothing for longer than the patience that anybody gets.
        wait_until(lambda: sum(call["path"] == "/health" for call in again.calls()) >= 3,
                   "it to be asked again and again")
        settle(watching)
        again.misbehave("none")
        settle(watching)
        assert rows(watching) == []

    def test_restarted_with_another_pid(self, watching, run_service, ports):
        alpha = run_service("alpha", ports[0])
        is_learned_as(watching, "alpha", alpha.process.pid)
        for _ in range(3):
            alpha.close()
            alpha.start()
            is_learned_as(watching, "alpha", alpha.process.pid)
        assert rows(watching) == []

    def test_hung(self, watching, run_service, ports):
        """It answers nobody any more, and is still the process that it was."""
        import signal
        alpha = run_service("alpha", ports[0])
        is_learned_as(watching, "alpha", alpha.process.pid)
        alpha.process.send_signal(signal.SIGSTOP)
        for _ in range(3):
            settle(watching)
        watching.kill()
        watching.start()
        for _ in range(3):
            settle(watching)
        assert rows(watching) == []

    def test_slow_move(self, watching, run_service, ports):
        """A move under way is on neither port, or on both: that is no conflict."""
        run_service("alpha", ports[0], mode="slow")
        done = threading.Event()

        def move():
            watching.ok("POST", "/api/ports/reassign",
                        {"service_id": "alpha", "new_port": ports[60]})
            done.set()
        mover = threading.Thread(target=move)
        mover.start()
        while not done.wait(0.05):
            settle(watching)
        mover.join()
        settle(watching)
        assert rows(watching) == []
        assert watching.assignments()["alpha"] == ports[60]

    def test_young_service_of_an_import(self, launch, tmp_path, run_service, ports):
        """All of a suite run before the Port Manager is ever started."""
        names = [f"kite-{number}" for number in range(8)]
        for number, name in enumerate(names):
            run_service(name, ports[number])
        server = launch(scan_interval_ms=SCAN_INTERVAL, import_file=suite_file(
            tmp_path / "many.json", {name: ports[at] for at, name in enumerate(names)}))
        for name in names:
            learned(server, name)
        settle(server)
        assert rows(server) == []


class TestSteadiness:
    def test_flapping_stranger(self, watching, ports):
        """It comes and goes far faster than the looks; the records stay few."""
        import socket
        begun = time.monotonic()
        pause = threading.Event()
        flaps = 0
        while time.monotonic() - begun < 4:
            with socket.socket() as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(("127.0.0.1", ports[0]))
                listener.listen(8)
                pause.wait(0.02)
            pause.wait(0.02)
            flaps += 1
        seconds = time.monotonic() - begun
        # To open and to close one each takes two looks that agree: an interval in all.
        assert len(rows(watching)) <= seconds * 1000 / SCAN_INTERVAL + 1
        assert flaps > 40
        wait_until(lambda: watching.conflicts() == [], "the last one to close")

    def test_flapping_stranger_at_the_pace_of_the_looks(self, watching, run_stranger, ports):
        """Each comes as soon as the last conflict is closed: every one of them is told."""
        seen = []
        for _ in range(2):
            stranger = run_stranger(ports[0])
            seen.append(wait_conflict(watching, KIND, "alpha"))
            stranger.close()
            wait_closed(watching, seen[-1])
        assert len({each["id"] for each in seen}) == 2
        assert [row["closed_at"] is not None for row in rows(watching)] == [True, True]

    def test_stays_the_same_conflict(self, watching, run_stranger, ports):
        run_stranger(ports[0])
        conflict = wait_conflict(watching, KIND, "alpha")
        before = watching.revision()
        for _ in range(4):
            settle(watching)
        present, = watching.conflicts()
        assert (present["id"], present["detected_at"]) == (conflict["id"], conflict["detected_at"])
        assert watching.revision() == before

    def test_survives_a_restart(self, watching, run_stranger, ports):
        run_stranger(ports[0])
        conflict = wait_conflict(watching, KIND, "alpha")
        watching.kill()
        watching.start()
        settle(watching)
        present, = watching.conflicts()
        assert present == conflict | {"detail": present["detail"], "listener": present["listener"]}
        assert present["listener"]["pid"] == conflict["listener"]["pid"]

    def test_gone_during_a_restart(self, watching, run_stranger, ports):
        stranger = run_stranger(ports[0])
        conflict = wait_conflict(watching, KIND, "alpha")
        watching.stop()
        stranger.close()
        watching.start()
        assert str(stranger.pid) in wait_closed(watching, conflict)["resolution"]

    def test_released_port(self, watching, run_stranger, ports):
        """The service has the port no longer, so nobody is on it that should not be."""
        run_stranger(ports[0])
        conflict = wait_conflict(watching, KIND, "alpha")
        watching.ok("POST", "/api/ports/release", {"service_id": "alpha"})
        assert "release" in wait_closed(watching, conflict)["resolution"]

    def test_many_at_once(self, launch, tmp_path, run_stranger, ports):
        """Those that say nothing are waited for all at once."""
        names = {f"kite-{number}": ports[number] for number in range(12)}
        server = launch(scan_interval_ms=SCAN_INTERVAL, health_timeout_ms=1000,
                        import_file=suite_file(tmp_path / "many.json", names))
        for port, kind in zip(names.values(), itertools.cycle(["silent", "not_found", "other"])):
            run_stranger(port, kind)
        wait_until(lambda: {each["service"] for each in conflicts_of(server, KIND)} == set(names),
                   "all of them to be found", 15)


class TestOwnPort:
    def test_stranger_on_another_address(self, launch, suite, run_stranger, ports):
        server = launch(import_file=suite, port=ports[100], scan_interval_ms=SCAN_INTERVAL)
        stranger = run_stranger(ports[100], "other", address="127.0.0.2")
        conflict = wait_conflict(server, KIND, SELF)
        check_named(conflict, stranger, ports[100])
        assert conflict["resolvable"] is False
        server.ok("POST", "/api/ports/resolve-conflicts")
        assert server.assignments()[SELF] == ports[100]
        stranger.close()
        wait_closed(server, conflict)

    def test_alone_on_it(self, launch, suite, ports):
        server = launch(import_file=suite, port=ports[100], scan_interval_ms=SCAN_INTERVAL)
        for _ in range(3):
            settle(server)
        assert rows(server) == []
        listener, = server.ok("GET", f"/api/ports/{ports[100]}")["listeners"]
        assert (listener["pid"], listener["service"]) == (server.process.pid, SELF)

    def test_not_in_the_registry_before(self, launch, ports):
        """Where it serves is entered at the start, so that nobody else is given the port."""
        server = launch(port=ports[5], scan_interval_ms=SCAN_INTERVAL)
        assert server.assignments() == {SELF: ports[5]}


def test_off(launch, suite, run_stranger, ports):
    """--scan-interval-ms 0: the kernel is looked at only when a request needs it."""
    server = launch(import_file=suite)
    run_stranger(ports[0])
    assert server.conflicts() == []
    settle(server)
    assert len(conflicts_of(server, KIND, "alpha")) == 1
