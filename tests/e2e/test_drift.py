"""drift, a service that listens elsewhere, and ephemeral_overlap, a port that the kernel takes."""

import pathlib

import pytest

from harness import is_free, suite_file, wait_until
from kernel import (SCAN_INTERVAL, conflicts_of, is_learned_as, rows, settle, wait_closed,
                    wait_conflict)


def move_by_hand(service, new_port, keeps_old=False):
    """Somebody else than the Port Manager tells the service to move."""
    old_port = service.port
    service.call("POST", "/api/config/update-port",
                 {"new_port": new_port, "old_port": old_port,
                  "timestamp": "2026-11-22T20:05:10Z", "source": "port-manager"})
    wait_until(lambda: service.port == new_port and (keeps_old or is_free(old_port)),
               "the service to be on its new port")


class TestDrift:
    def test_inside_the_range(self, watching, run_service, ports):
        alpha = run_service("alpha", ports[20])
        conflict = wait_conflict(watching, "drift", "alpha")
        assert (conflict["port"], conflict["actual_port"]) == (ports[0], ports[20])
        assert conflict["severity"] in ("medium", "low")
        assert conflict["resolvable"] is True
        assert conflict["listener"] == conflict["listener"] | {
            "pid": alpha.process.pid, "port": ports[20], "address": "127.0.0.1"}
        for word in ("alpha", ports[0], ports[20]):
            assert str(word) in conflict["detail"]
        row, = rows(watching)
        assert (row["type"], row["port"], row["listener_port"]) == ("drift", ports[0], ports[20])

    def test_closes_when_it_comes_home(self, watching, run_service, ports):
        alpha = run_service("alpha", ports[20])
        conflict = wait_conflict(watching, "drift", "alpha")
        move_by_hand(alpha, ports[0])
        assert "alpha" in wait_closed(watching, conflict)["resolution"]
        settle(watching)
        assert len(rows(watching)) == 1

    def test_closes_when_it_ends(self, watching, run_service, ports):
        alpha = run_service("alpha", ports[20])
        conflict = wait_conflict(watching, "drift", "alpha")
        alpha.close()
        assert str(ports[20]) in wait_closed(watching, conflict)["resolution"]

    def test_goes_on_to_another_port(self, watching, run_service, ports):
        """One conflict, from when it left its port to when it is back."""
        alpha = run_service("alpha", ports[20])
        conflict = wait_conflict(watching, "drift", "alpha")
        move_by_hand(alpha, ports[21])
        wait_until(lambda: conflicts_of(watching, "drift", "alpha")[0]["actual_port"] == ports[21],
                   "the new place to be told")
        assert conflicts_of(watching, "drift", "alpha")[0]["id"] == conflict["id"]

    def test_outside_the_range_once_it_is_known(self, launch, suite, run_service, ports):
        """Nobody asks all listeners of a machine for their names; a known process is found."""
        server = launch(import_file=suite, range=f"{ports[0]}-{ports[199]}",
                        scan_interval_ms=SCAN_INTERVAL)
        alpha = run_service("alpha", ports[0])
        is_learned_as(server, "alpha", alpha.process.pid)
        move_by_hand(alpha, ports[280])
        conflict = wait_conflict(server, "drift", "alpha")
        assert conflict["actual_port"] == ports[280]

    def test_on_both_ports_is_at_home(self, watching, run_service, ports):
        alpha = run_service("alpha", ports[0], mode="hold_old_port")
        move_by_hand(alpha, ports[20], keeps_old=True)
        for _ in range(3):
            settle(watching)
        assert rows(watching) == []

    def test_on_the_port_of_another(self, watching, run_service, ports):
        """Both are told: alpha is not at home, and beta's port is taken by alpha."""
        run_service("alpha", ports[1])
        wait_conflict(watching, "drift", "alpha")
        conflict = wait_conflict(watching, "system_conflict", "beta")
        assert "alpha" in conflict["detail"]


class TestEphemeralOverlap:
    """Ports of the block lie below ip_local_port_range; these lie in it."""

    @pytest.fixture
    def overlapping(self):
        low, high = (int(text) for text in pathlib.Path(
            "/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split())
        if high - low < 300:
            pytest.skip(f"ip_local_port_range {low}-{high} leaves no room")
        return low + 100, f"{low}-{low + 200}"

    def test_told_and_not_resolvable(self, launch, tmp_path, overlapping):
        port, span = overlapping
        server = launch(range=span, scan_interval_ms=SCAN_INTERVAL,
                        import_file=suite_file(tmp_path / "high.json", {"alpha": port}))
        conflict = wait_conflict(server, "ephemeral_overlap", "alpha")
        assert conflict["port"] == port
        assert conflict["resolvable"] is False
        assert conflict["severity"] in ("medium", "low")
        assert "ip_local_reserved_ports" in conflict["detail"]
        assert server.ok("POST", "/api/ports/resolve-conflicts")["resolutions"] == []
        line = server.get("/api/ports/export?format=sysctl")
        assert line.headers["Content-Type"].startswith("text/plain")
        assert f"net.ipv4.ip_local_reserved_ports = {port}" in line.text.splitlines()
        server.ok("POST", "/api/ports/release", {"service_id": "alpha"})
        wait_closed(server, conflict)

    def test_assigned_by_its_number(self, launch, overlapping):
        port, span = overlapping
        server = launch(range=span, scan_interval_ms=SCAN_INTERVAL)
        server.assign("alpha", port, force=True)
        wait_conflict(server, "ephemeral_overlap", "alpha")

    def test_below_it(self, watching):
        settle(watching)
        assert conflicts_of(watching, "ephemeral_overlap") == []
