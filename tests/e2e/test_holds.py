"""Reservations with `hold`: the port is bound, until whoever it is kept for is given it."""

import collections
import concurrent.futures
import contextlib
import errno
import itertools
import socket

import pytest

from harness import refused, squatter, succeeded, wait_until


SPOTS = itertools.count(310, 2)


@pytest.fixture
def spot(ports):
    """A port that no other test has used, nor the next one: closed connections linger on a port
    for a minute, and so long it cannot be held."""
    return ports[next(SPOTS)]


def reserve(server, **body):
    return server.post("/api/ports/reserve", {"hold": True, **body})


def reserved(server):
    return {each["port"]: each for each in server.ok("GET", "/api/ports/reserved")["reserved"]}


def why_not_bindable(port, address, reuse_address):
    """The errno that a program meets; 0 when it gets the port."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(reuse_address))
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            return error.errno
    return 0


def is_bindable(port):
    return why_not_bindable(port, "0.0.0.0", True) == 0 and why_not_bindable(port, "::", True) == 0


class TestBound:
    @pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "127.0.0.2", "::", "::1"])
    @pytest.mark.parametrize("reuse_address", [False, True])
    def test_nobody_else_gets_it(self, server, spot, address, reuse_address):
        succeeded(reserve(server, port=spot))
        assert why_not_bindable(spot, address, reuse_address) == errno.EADDRINUSE
        assert why_not_bindable(spot + 1, address, reuse_address) == 0

    def test_nor_with_reuse_port(self, server, spot):
        succeeded(reserve(server, port=spot))
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            with pytest.raises(OSError):
                probe.bind(("127.0.0.1", spot))
                probe.listen(1)

    @pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
    def test_nobody_answers_there(self, server, spot, address):
        """It is kept, and looks like a port on which nothing runs."""
        succeeded(reserve(server, port=spot))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, spot), timeout=5)

    def test_listed(self, server, spot, ports):
        succeeded(reserve(server, port=spot, service_id="epsilon", reason="next week"))
        server.ok("POST", "/api/ports/reserve", {"port": ports[61]})
        entries = reserved(server)
        assert entries[spot] == entries[spot] | {
            "hold": True, "service_id": "epsilon", "bound": True, "reason": "next week"}
        assert entries[ports[61]] == entries[ports[61]] | {
            "hold": False, "service_id": None, "bound": False}
        body = server.ok("GET", f"/api/ports/{spot}")
        assert (body["reserved"], body["held"]) == (True, True)
        available = server.ok("GET", f"/api/ports/{spot}/available")
        assert available["available"] is False
        row, = server.sql("SELECT * FROM reservations WHERE port = ?", spot)
        assert (row["hold"], row["service_id"]) == (1, "epsilon")

    def test_range(self, server, ports):
        succeeded(reserve(server, start_port=ports[290], end_port=ports[299]))
        assert [at for at in range(288, 302) if is_bindable(ports[at])] == [288, 289, 300, 301]

    def test_all_or_none(self, server, ports):
        with squatter(ports[295]):
            refused(reserve(server, start_port=ports[290], end_port=ports[299]), 409, "port_in_use",
                    ports[295])
        assert sorted(reserved(server)) == [ports[50]]
        assert all(is_bindable(ports[at]) for at in range(290, 300))

    def test_too_many(self, server, ports):
        refused(reserve(server, start_port=ports[101], end_port=ports[101 + 256]), 400,
                "out_of_bounds", "256")
        assert sorted(reserved(server)) == [ports[50]]

    def test_assigned(self, server, ports):
        refused(reserve(server, port=ports[1]), 409, "port_taken", "beta")

    def test_in_use(self, server, spot):
        with squatter(spot):
            refused(reserve(server, port=spot), 409, "port_in_use", spot)
        assert spot not in reserved(server)

    def test_without_hold_nothing_is_bound(self, server, spot):
        server.ok("POST", "/api/ports/reserve", {"port": spot})
        assert is_bindable(spot)
        assert server.ok("GET", f"/api/ports/{spot}")["held"] is False

    @pytest.mark.parametrize("body,status,code", [
        ({"hold": "yes", "port": 20000}, 422, "invalid_shape"),
        ({"hold": True, "port": 20000, "service_id": "a b"}, 400, "invalid_name"),
        ({"hold": True, "port": 20000, "service_id": 7}, 422, "invalid_shape"),
        ({"hold": True, "range": "x"}, 400, "out_of_bounds"),
        ({"hold": True, "range": 7}, 422, "invalid_shape"),
    ], ids=str)
    def test_wrong_request(self, server, body, status, code):
        answer = server.post("/api/ports/reserve", body)
        assert answer.status_code in (status, 400, 422)
        refused(answer, answer.status_code, answer.json()["code"])


class TestHandOver:
    def test_assigned_to_whom_it_is_for(self, server, spot):
        succeeded(reserve(server, port=spot, service_id="epsilon"))
        server.assign("epsilon", spot)
        assert is_bindable(spot)
        assert spot not in reserved(server)

    def test_for_nobody_in_particular(self, server, spot):
        """Whoever asks for it by its number is given it."""
        succeeded(reserve(server, port=spot))
        server.assign("epsilon", spot)
        assert is_bindable(spot)
        assert spot not in reserved(server)

    def test_refused_for_others(self, server, spot):
        succeeded(reserve(server, port=spot, service_id="epsilon"))
        refused(server.post("/api/ports/assign", {"service_id": "zeta", "port": spot}), 409,
                "port_reserved", spot)
        refused(server.post("/api/ports/reassign", {"service_id": "alpha", "new_port": spot}),
                409, "port_reserved", spot)
        refused(reserve(server, port=spot, service_id="zeta"), 409, "port_reserved")
        refused(server.post("/api/ports/reserve", {"port": spot}), 409, "port_reserved")
        assert not is_bindable(spot)

    def test_reassign_of_a_running_service(self, server, run_service, spot, ports):
        succeeded(reserve(server, port=spot, service_id="alpha"))
        alpha = run_service("alpha", ports[0])
        body = server.ok("POST", "/api/ports/reassign",
                         {"service_id": "alpha", "new_port": spot})
        assert body["new_port"] == spot
        assert alpha.answers_on(spot)
        assert spot not in reserved(server)
        assert server.conflicts() == []

    def test_reassign_that_fails_is_held_again(self, server, run_service, spot, ports):
        succeeded(reserve(server, port=spot, service_id="alpha"))
        run_service("alpha", ports[0], mode="refuse")
        refused(server.post("/api/ports/reassign", {"service_id": "alpha", "new_port": spot}),
                502, "service_refused")
        assert server.assignments()["alpha"] == ports[0]
        assert reserved(server)[spot]["service_id"] == "alpha"
        wait_until(lambda: not is_bindable(spot), "the port to be held again")

    def test_not_chosen_for_others(self, server, spot):
        succeeded(reserve(server, port=spot))
        assert server.assign("epsilon", range=f"{spot}-{spot + 1}")["port"] == spot + 1

    def test_renewed_by_whom_it_is_for(self, server, spot):
        succeeded(reserve(server, port=spot, service_id="epsilon", expires_in=600))
        succeeded(reserve(server, port=spot, service_id="epsilon", reason="longer"))
        assert reserved(server)[spot]["reason"] == "longer"
        assert not is_bindable(spot)


class TestEnd:
    def test_unreserve(self, server, spot):
        succeeded(reserve(server, port=spot))
        succeeded(server.delete(f"/api/ports/reserve/{spot}"))
        assert is_bindable(spot)

    def test_expiry(self, server, spot):
        succeeded(reserve(server, port=spot, expires_in=1))
        assert not is_bindable(spot)
        wait_until(lambda: spot not in reserved(server), "the reservation to expire")
        wait_until(lambda: is_bindable(spot), "the port to be let go")

    @pytest.mark.parametrize("end", ["stop", "kill"])
    def test_restart(self, server, spot, end):
        """The kernel frees the port with the process; the next start binds it before it serves."""
        succeeded(reserve(server, port=spot, service_id="epsilon"))
        getattr(server, end)()
        assert is_bindable(spot)
        server.start()
        assert not is_bindable(spot)
        assert reserved(server)[spot]["bound"] is True
        server.assign("epsilon", spot)
        assert is_bindable(spot)

    def test_taken_while_nobody_held_it(self, server, spot):
        """The reservation stands, says that it is not bound, and is bound once that is possible."""
        succeeded(reserve(server, port=spot))
        server.stop()
        with squatter(spot):
            server.start()
            assert reserved(server)[spot]["bound"] is False
            assert str(spot) in server.log()
        wait_until(lambda: reserved(server)[spot]["bound"], "the port to be held again")
        assert not is_bindable(spot)

    def test_restored_without_it(self, server, spot):
        server.ok("POST", "/api/ports/backup?backup_file=port_config_backup_20240101_000000.json")
        succeeded(reserve(server, port=spot))
        server.ok("POST", "/api/ports/restore?backup_file=port_config_backup_20240101_000000.json")
        assert spot not in reserved(server)
        wait_until(lambda: is_bindable(spot), "the port to be let go")


class TestAnyPort:
    def test_a_free_one(self, server, spot):
        body = succeeded(reserve(server, range=f"{spot}-{spot + 1}"))
        assert body["port"] == spot
        assert str(spot) in body["message"]
        assert not is_bindable(spot)

    def test_of_the_suite(self, server, ports):
        port = succeeded(reserve(server))["port"]
        assert ports[4] <= port <= ports.high
        assert port not in (ports[50], ports[100])
        assert not is_bindable(port)

    def test_listeners_are_passed_over(self, server, spot):
        with squatter(spot):
            assert succeeded(reserve(server, range=f"{spot}-{spot + 1}"))["port"] == spot + 1

    def test_range_full(self, server, ports):
        refused(reserve(server, range=f"{ports[0]}-{ports[3]}"), 409, "range_full", ports[0],
                ports[3])

    def test_many_callers_get_different_ports(self, server, ports):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            given = list(pool.map(lambda _: succeeded(reserve(server))["port"], range(80)))
        assert [port for port, times in collections.Counter(given).items() if times > 1] == []
        assert not any(is_bindable(port) for port in given)
        assert sum(entry["bound"] for entry in reserved(server).values()) == 80

    def test_many_callers_of_one_port(self, server, spot):
        """One gets it; the others are told who has it."""
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: reserve(server, port=spot), range(16)))
        assert [answer.status_code for answer in answers].count(200) == 1
        for answer in answers:
            if answer.status_code != 200:
                refused(answer, 409, "port_reserved", spot)

    def test_hold_assign_and_bind_by_many(self, server, ports):
        """Reserve, be given it, listen: nobody comes in between, whatever the others do."""
        def use(number):
            name = f"kite-{number}"
            port = succeeded(reserve(server, service_id=name))["port"]
            assert server.assign(name, port)["port"] == port
            with contextlib.closing(socket.socket()) as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(("127.0.0.1", port))
                listener.listen(8)
            return port
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            given = list(pool.map(use, range(60)))
        assert len(set(given)) == 60
        assert reserved(server).keys() == {ports[50]}
