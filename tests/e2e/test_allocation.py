"""Which port is chosen when none is named: what rests, what the kernel takes, and a full range."""

import pathlib

import pytest

from harness import SELF, refused, squatter, suite_file, wait_until

COOLDOWN_MS = 2500


@pytest.fixture
def resting(launch, suite):
    return launch(import_file=suite, cooldown_ms=COOLDOWN_MS)


def release(server, service_id):
    server.ok("POST", "/api/ports/release", {"service_id": service_id})


class TestCooldown:
    def test_a_released_port_rests(self, resting, ports):
        release(resting, "alpha")
        assert resting.assign("epsilon")["port"] == ports[4]
        wait_until(lambda: resting.ok("GET", "/api/ports/available")["port"] == ports[0],
                   "the port to have rested", COOLDOWN_MS / 1000 + 5)
        assert resting.assign("zeta")["port"] == ports[0]

    def test_who_names_it_gets_it_at_once(self, resting, ports):
        release(resting, "alpha")
        assert resting.assign("epsilon", ports[0])["port"] == ports[0]

    def test_said_of_the_port(self, resting, ports):
        release(resting, "alpha")
        body = resting.ok("GET", f"/api/ports/{ports[0]}/available")
        assert body["available"] is True
        assert "rest" in body["note"]
        assert resting.ok("GET", f"/api/ports/{ports[0]}")["released_at"].endswith("Z")
        assert "note" not in resting.ok("GET", f"/api/ports/{ports[10]}/available")

    def test_a_port_that_was_moved_from_rests(self, resting, ports):
        resting.ok("POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[60]})
        assert resting.assign("epsilon")["port"] == ports[4]

    @pytest.mark.parametrize("end", ["stop", "kill"])
    def test_restart_keeps_it(self, launch, suite, ports, end):
        server = launch(import_file=suite, cooldown_ms=600_000)
        release(server, "alpha")
        getattr(server, end)()
        server.start()
        assert server.ok("GET", "/api/ports/available")["port"] == ports[4]
        assert "rest" in server.ok("GET", f"/api/ports/{ports[0]}/available")["note"]

    def test_not_chosen_by_a_held_reservation(self, resting, ports):
        resting.assign("epsilon", ports[305])
        release(resting, "epsilon")
        body = {"hold": True, "range": f"{ports[305]}-{ports[306]}"}
        assert resting.ok("POST", "/api/ports/reserve", body)["port"] == ports[306]

    def test_none(self, server, ports):
        release(server, "alpha")
        assert server.assign("epsilon")["port"] == ports[0]


class TestEphemeral:
    @pytest.fixture
    def edge(self):
        """The last ports below the kernel's own."""
        low = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(
            encoding="ascii").split()[0])
        if low < 2000:
            pytest.skip(f"the kernel's own ports begin at {low}")
        return low

    def test_never_chosen(self, launch, edge):
        server = launch(range=f"{edge - 3}-{edge + 50}")
        chosen = [server.assign(f"kite-{number}")["port"] for number in range(
            len(server.ok("GET", "/api/ports/available?count=50")["ports"]))]
        assert chosen and max(chosen) < edge
        refused(server.post("/api/ports/assign", {"service_id": "one-more"}), 409, "range_full",
                "ip_local_port_range")

    def test_said_of_the_port(self, launch, edge):
        server = launch(range=f"{edge - 3}-{edge + 50}")
        assert server.ok("GET", f"/api/ports/{edge + 1}")["ephemeral"] is True
        assert server.ok("GET", f"/api/ports/{edge - 1}")["ephemeral"] is False


class TestFull:
    def test_counts_who_has_it(self, launch, tmp_path, run_stranger, ports):
        """10 ports: 3 assigned, 2 reserved, 2 of strangers, 3 that rest."""
        names = {f"kite-{at}": ports[at] for at in range(6)}
        server = launch(range=f"{ports[0]}-{ports[9]}", cooldown_ms=600_000,
                        import_file=suite_file(tmp_path / "full.json", names,
                                               reserved=[ports[6], ports[7]]))
        for name in ("kite-3", "kite-4", "kite-5"):
            release(server, name)
        with squatter(ports[8]):
            run_stranger(ports[9], address="127.0.0.2")
            problem = refused(server.post("/api/ports/assign", {"service_id": "one-more"}), 409,
                              "range_full", f"{ports[0]}-{ports[9]}", "10 ports", "3 are assigned",
                              "2 reserved", "2 in use by other processes", "3 were given up")
        assert problem["detail"].count("ip_local_port_range") == 0

    def test_its_own_category_first(self, launch, ports):
        server = launch("--categories", f"web={ports[200]}-{ports[201]}")
        for number, wanted in enumerate((ports[200], ports[201], ports[0])):
            body = server.ok("POST", "/api/services/register",
                             {"service_id": f"kite-{number}", "category": "web"})
            assert body["port"] == wanted

    def test_connections_and_listeners_are_passed_over(self, server, ports):
        """An outgoing connection from a port holds it as a listener does."""
        import socket
        with squatter(ports[5]) as listener, socket.socket() as client:
            client.bind(("127.0.0.1", ports[4]))
            client.connect(listener.getsockname())
            assert server.assign("epsilon")["port"] == ports[6]
            connections = server.ok("GET", f"/api/ports/{ports[4]}")["connections"]
            assert [(each["local"], each["remote"]) for each in connections] == [
                (f"127.0.0.1:{ports[4]}", f"127.0.0.1:{ports[5]}")]
            reason = server.ok("GET", f"/api/ports/{ports[4]}/available")["reason"]
            assert str(ports[4]) in reason

    def test_own_port_is_not_chosen(self, launch, ports):
        server = launch(port=ports[0])
        assert server.assignments() == {SELF: ports[0]}
        assert server.assign("epsilon")["port"] == ports[1]
