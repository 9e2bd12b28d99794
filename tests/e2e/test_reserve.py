"""Reservations: POST /api/ports/reserve, DELETE /api/ports/reserve/{port}, GET /api/ports/reserved."""

import datetime

import pytest

from harness import refused, succeeded, wait_until


def reserve(server, **body):
    return server.post("/api/ports/reserve", body)


def reserved(server):
    return {each["port"]: each for each in server.ok("GET", "/api/ports/reserved")["reserved"]}


def test_one_port(server, ports):
    body = succeeded(reserve(server, port=ports[60], reason="legacy host"))
    assert body["port"] == ports[60]
    assert str(ports[60]) in body["message"]
    entry = reserved(server)[ports[60]]
    assert entry["reason"] == "legacy host"
    assert entry["expires_at"] is None


def test_range(server, ports):
    body = succeeded(reserve(server, start_port=ports[60], end_port=ports[64]))
    assert body["port"] == ports[60]
    assert sorted(reserved(server)) == [ports[50], *(ports[each] for each in range(60, 65))]


def test_listed_by_port(server, ports):
    reserve(server, port=ports[70])
    reserve(server, port=ports[60])
    given = [each["port"] for each in server.ok("GET", "/api/ports/reserved")["reserved"]]
    assert set(given) == {ports[50], ports[60], ports[70]}


def test_expires(server, ports):
    before = datetime.datetime.now(datetime.timezone.utc)
    succeeded(reserve(server, port=ports[60], expires_in=600))
    expires = reserved(server)[ports[60]]["expires_at"]
    at = datetime.datetime.fromisoformat(expires.replace("Z", "+00:00"))
    assert datetime.timedelta(seconds=590) < at - before < datetime.timedelta(seconds=660)


def test_expired_reservation_is_gone(server, ports):
    succeeded(reserve(server, port=ports[60], expires_in=1))
    refused(server.post("/api/ports/assign", {"service_id": "epsilon", "port": ports[60]}), 409,
            "port_reserved", ports[60])
    wait_until(lambda: ports[60] not in reserved(server), "the reservation to expire")
    server.assign("epsilon", ports[60])


def test_expired_reservation_does_not_block_without_being_listed(server, ports):
    succeeded(reserve(server, port=ports[60], expires_in=1))
    wait_until(lambda: server.post("/api/ports/assign", {"service_id": "epsilon", "port": ports[60]})
               .status_code == 200, "the port to be free")


def test_reserving_an_assigned_port_moves_nobody(server, ports):
    succeeded(reserve(server, port=ports[1]))
    assert server.assignments()["beta"] == ports[1]
    conflict, = server.conflicts()
    assert (conflict["type"], conflict["port"]) == ("reserved_port", ports[1])
    server.delete(f"/api/ports/reserve/{ports[1]}")
    assert server.conflicts() == []


def test_again_is_no_error(server, ports):
    succeeded(reserve(server, port=ports[60], reason="first"))
    answer = reserve(server, port=ports[60], reason="second")
    assert answer.status_code in (200, 409), answer.text
    if answer.status_code == 409:
        refused(answer, 409, "port_reserved", ports[60])
    assert list(reserved(server)).count(ports[60]) == 1


def test_delete(server, ports):
    body = succeeded(server.delete(f"/api/ports/reserve/{ports[50]}"))
    assert body["port"] == ports[50]
    assert reserved(server) == {}
    server.assign("epsilon", ports[50])


def test_delete_what_is_not_reserved(server, ports):
    refused(server.delete(f"/api/ports/reserve/{ports[60]}"), 404, "unknown_port", ports[60])


@pytest.mark.parametrize("text,status,code", [
    ("80", 400, "out_of_bounds"), ("70000", 400, "out_of_bounds"),
    ("99999999999999999999", 400, "out_of_bounds"),
])
def test_delete_out_of_bounds(server, text, status, code):
    refused(server.delete(f"/api/ports/reserve/{text}"), status, code)


@pytest.mark.parametrize("text", ["abc", "80a", "-1", "1e4", "0x2000", "8000.0"])
def test_delete_of_no_number(server, text):
    answer = server.delete(f"/api/ports/reserve/{text}")
    assert answer.status_code in (400, 404, 422), answer.text
    refused(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("body,status,code", [
    ({}, 422, "invalid_shape"),
    ({"start_port": 20000}, 422, "invalid_shape"),
    ({"end_port": 20000}, 422, "invalid_shape"),
    ({"port": 20000, "start_port": 20000, "end_port": 20001}, 422, "invalid_shape"),
    ({"port": 80}, 400, "out_of_bounds"),
    ({"port": 65536}, 400, "out_of_bounds"),
    ({"start_port": 20010, "end_port": 20000}, 400, "out_of_bounds"),
    ({"start_port": 80, "end_port": 20000}, 400, "out_of_bounds"),
    ({"port": 20000, "expires_in": 0}, 400, "out_of_bounds"),
    ({"port": 20000, "expires_in": -5}, 400, "out_of_bounds"),
    ({"port": 20000, "expires_in": "soon"}, 422, "invalid_shape"),
    ({"port": 20000, "reason": 7}, 422, "invalid_shape"),
    ({"port": "20000"}, 422, "invalid_shape"),
], ids=str)
def test_wrong_request(server, ports, body, status, code):
    refused(reserve(server, **body), status, code)
    assert list(reserved(server)) == [ports[50]]


def test_own_port(server, ports):
    """Checked when a port is given, not when it is reserved: nobody is moved by it."""
    reserve(server, port=ports[100])
    assert server.assignments()["itechsmart-port-manager"] == ports[100]


def test_expiry_survives_a_restart(server, ports):
    succeeded(reserve(server, port=ports[60], expires_in=600, reason="holiday"))
    before = reserved(server)
    server.kill()
    server.start()
    assert reserved(server) == before


def test_port_config_follows(server, ports):
    reserve(server, port=ports[60])
    server.wait_for_config(lambda content: content["reserved_ports"] == [ports[50], ports[60]],
                           "the reservation")
