"""GET /api/ports/available, /api/ports/{port}/available and /api/ports/{port}."""

import os

import pytest

from harness import refused, squatter, succeeded


def test_next_free(server, ports):
    assert server.ok("GET", f"/api/ports/available?start_port={ports[0]}")["port"] == ports[4]


def test_start_is_included(server, ports):
    assert server.ok("GET", f"/api/ports/available?start_port={ports[77]}")["port"] == ports[77]


def test_default_start_of_the_suite(sample_server):
    """8000 by default; what the sample suite has is passed over."""
    port = sample_server.ok("GET", "/api/ports/available")["port"]
    assert port == 8009 or 8027 <= port <= 9000


def test_count(server, ports):
    body = server.ok("GET", f"/api/ports/available?start_port={ports[48]}&count=4")
    assert body["ports"] == [ports[48], ports[49], ports[51], ports[52]]
    assert body["port"] == ports[48]


def test_range(server, ports):
    body = server.ok("GET", f"/api/ports/available?range={ports[200]}-{ports[205]}&count=6")
    assert body["ports"] == [ports[each] for each in range(200, 206)]


def test_listener_is_passed_over(server, ports):
    with squatter(ports[4]):
        assert server.ok("GET", f"/api/ports/available?start_port={ports[0]}")["port"] == ports[5]


def test_range_full(server, ports):
    refused(server.get(f"/api/ports/available?range={ports[0]}-{ports[3]}"), 409, "range_full",
            ports[0], ports[3])


def test_more_than_there_are(server, ports):
    """Those that there are, rather than none."""
    body = server.ok("GET", f"/api/ports/available?range={ports[0]}-{ports[5]}&count=3")
    assert body["ports"] == [ports[4], ports[5]]


def test_nothing_is_changed(server, ports):
    before = server.revision()
    server.ok("GET", f"/api/ports/available?start_port={ports[0]}&count=20")
    assert server.revision() == before


@pytest.mark.parametrize("query", ["start_port=80", "start_port=70000", "start_port=-1", "count=0",
                                   "count=-1", "count=99999999999999999999", "range=9-5",
                                   "range=80-9000", "range=20010-20000"])
def test_out_of_bounds(server, query):
    refused(server.get(f"/api/ports/available?{query}"), 400, "out_of_bounds", query.split("=")[0])


@pytest.mark.parametrize("query", ["start_port=x", "start_port=", "start_port=8000x", "count=x",
                                   "range=x", "range=8000", "range=8000-", "start_port=8000.5"])
def test_not_a_number(server, query):
    answer = server.get(f"/api/ports/available?{query}")
    assert answer.status_code in (400, 422), answer.text
    refused(answer, answer.status_code, answer.json()["code"], query.split("=")[0])


class TestOnePort:
    def test_free(self, server, ports):
        body = server.ok("GET", f"/api/ports/{ports[10]}/available")
        assert (body["port"], body["available"]) == (ports[10], True)

    @pytest.mark.parametrize("offset,words", [(1, ["beta"]), (50, ["reserved"])])
    def test_not_free_in_the_registry(self, server, ports, offset, words):
        body = server.ok("GET", f"/api/ports/{ports[offset]}/available")
        assert body["available"] is False
        for word in words:
            assert word in body["reason"]

    def test_not_free_in_the_kernel(self, server, ports):
        with squatter(ports[10]):
            body = server.ok("GET", f"/api/ports/{ports[10]}/available")
            assert body["available"] is False
            assert str(os.getpid()) in body["reason"]
        assert server.ok("GET", f"/api/ports/{ports[10]}/available")["available"] is True

    @pytest.mark.parametrize("port", ["80", "65536", "0", "99999999999999999999"])
    def test_out_of_bounds(self, server, port):
        refused(server.get(f"/api/ports/{port}/available"), 400, "out_of_bounds")

    @pytest.mark.parametrize("port", ["x", "8000x", "-8000", "%20", "8000%00"])
    def test_not_a_number(self, server, port):
        answer = server.get(f"/api/ports/{port}/available")
        assert answer.status_code in (400, 404, 422), answer.text
        refused(answer, answer.status_code, answer.json()["code"])


class TestWhoHasIt:
    def test_assigned(self, server, ports):
        body = server.ok("GET", f"/api/ports/{ports[1]}")
        assert body["port"] == ports[1]
        assert body["assigned_to"] == "beta"
        assert body["reserved"] is False
        assert body["conflicts"] == []
        assert body.get("listener") is None

    def test_free(self, server, ports):
        body = server.ok("GET", f"/api/ports/{ports[10]}")
        assert body["assigned_to"] is None
        assert body["reserved"] is False

    def test_reserved(self, server, ports):
        assert server.ok("GET", f"/api/ports/{ports[50]}")["reserved"] is True

    def test_listener(self, server, ports):
        with squatter(ports[10]):
            listener = server.ok("GET", f"/api/ports/{ports[10]}")["listener"]
        assert listener["pid"] == os.getpid()
        assert "python3" in listener["process"]
        assert listener["address"] == "127.0.0.1"

    def test_conflicts(self, server, ports):
        server.assign("epsilon", ports[1], force=True)
        body = server.ok("GET", f"/api/ports/{ports[1]}")
        assert body["assigned_to"] == "beta"
        assert [each["type"] for each in body["conflicts"]] == ["duplicate_assignment"]

    @pytest.mark.parametrize("port", ["80", "65536", "0"])
    def test_out_of_bounds(self, server, port):
        refused(server.get(f"/api/ports/{port}"), 400, "out_of_bounds")

    def test_not_a_number(self, server):
        refused(server.get("/api/ports/nonsense"), 400, "out_of_bounds", "nonsense")


def test_available_is_what_assign_gives(server, ports):
    port = server.ok("GET", f"/api/ports/available?start_port={ports[0]}")["port"]
    assert succeeded(server.post("/api/ports/assign", {"service_id": "epsilon"}))["port"] == port
