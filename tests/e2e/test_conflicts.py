"""GET /api/ports/conflicts and /history: duplicates, reserved ports, ports out of range."""

import pytest

from harness import SELF, refused, suite_file


@pytest.fixture
def disputed(launch, tmp_path, ports):
    """alpha and beta have one port, gamma a reserved one, delta one out of range."""
    return launch(import_file=suite_file(
        tmp_path / "disputed.json",
        {"alpha": ports[0], "beta": ports[0], "gamma": ports[50], "delta": ports.high + 7,
         SELF: ports[100]}, reserved=[ports[50]]))


def by_type(server):
    return {each["type"]: each for each in server.conflicts()}


def test_none(server):
    body = server.ok("GET", "/api/ports/conflicts")
    assert (body["conflicts"], body["count"]) == ([], 0)


def test_three_types(disputed, ports):
    found = by_type(disputed)
    assert set(found) == {"duplicate_assignment", "reserved_port", "out_of_range"}
    assert disputed.ok("GET", "/api/ports/conflicts")["count"] == 3
    duplicate = found["duplicate_assignment"]
    assert duplicate["port"] == ports[0]
    assert duplicate["severity"] == "high"
    assert duplicate["services"] == ["alpha", "beta"]
    for name, service, port in (("reserved_port", "gamma", ports[50]),
                                ("out_of_range", "delta", ports.high + 7)):
        assert found[name]["service"] == service
        assert found[name]["port"] == port
        assert found[name]["severity"] in ("medium", "low")
    for conflict in found.values():
        assert conflict["host"] == "127.0.0.1"
        assert conflict["detected_at"].endswith("Z")
    assert len({conflict["id"] for conflict in found.values()}) == 3


def test_ids_stay(disputed):
    before = {each["id"]: each["detected_at"] for each in disputed.conflicts()}
    disputed.assign("epsilon")
    disputed.restart()
    assert {each["id"]: each["detected_at"] for each in disputed.conflicts()} == before


def test_closes_by_itself(disputed):
    disputed.ok("POST", "/api/ports/release", {"service_id": "beta"})
    assert "duplicate_assignment" not in by_type(disputed)
    row, = disputed.sql("SELECT * FROM conflicts WHERE type = 'duplicate_assignment'")
    assert row["closed_at"] is not None
    assert row["resolution"] != ""


def test_third_holder_is_part_of_the_conflict(disputed, ports):
    disputed.assign("epsilon", ports[0], force=True)
    assert by_type(disputed)["duplicate_assignment"]["services"] == ["alpha", "beta", "epsilon"]
    disputed.ok("POST", "/api/ports/release", {"service_id": "alpha"})
    assert by_type(disputed)["duplicate_assignment"]["services"] == ["beta", "epsilon"]


class TestHistory:
    def test_open_and_closed(self, disputed):
        disputed.ok("POST", "/api/ports/release", {"service_id": "beta"})
        body = disputed.ok("GET", "/api/ports/conflicts/history")
        assert {each["type"] for each in body["conflicts"]} == {
            "duplicate_assignment", "reserved_port", "out_of_range"}
        closed = [each for each in body["conflicts"] if each["type"] == "duplicate_assignment"]
        assert closed[0]["resolved_at"]
        assert body["next_cursor"] is None

    def test_pages(self, disputed):
        seen, cursor = [], None
        for _ in range(9):
            body = disputed.ok("GET", "/api/ports/conflicts/history?limit=1"
                               + (f"&cursor={cursor}" if cursor else ""))
            seen += [each["id"] for each in body["conflicts"]]
            cursor = body["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 3

    def test_since(self, disputed):
        everything = disputed.ok("GET", "/api/ports/conflicts/history?since=2020-01-01T00:00:00Z")
        assert len(everything["conflicts"]) == 3
        disputed.ok("POST", "/api/ports/release", {"service_id": "beta"})
        # Those closed before that time are left out, those still open are not.
        later = disputed.ok("GET", "/api/ports/conflicts/history?since=2099-01-01T00:00:00Z")
        assert "duplicate_assignment" not in {each["type"] for each in later["conflicts"]}

    @pytest.mark.parametrize("query", ["since=yesterday", "limit=0", "limit=x", "cursor=x",
                                       "since=2024-13-01T00:00:00Z", "since="])
    def test_nonsense(self, disputed, query):
        answer = disputed.get(f"/api/ports/conflicts/history?{query}")
        assert answer.status_code in (400, 422), answer.text
        refused(answer, answer.status_code, answer.json()["code"], query.split("=")[0])


def test_statistics(disputed, ports):
    given = disputed.ok("GET", "/api/ports/statistics")["statistics"]
    assert given["total_services"] == 5
    assert given["conflicts"] == 3
    assert given["reserved_ports"] == 1
    assert given["port_range"] == [ports.low, ports.high]
    assert given["ports_reassigned"] == 0
    assert given["used_ports"] in (3, 4)  # of the range: ports 0, 50 and 100; in all one more
    assert isinstance(given["available_ports"], int)


def test_statistics_of_the_sample(sample_server):
    given = sample_server.ok("GET", "/api/ports/statistics")["statistics"]
    # 9999 is reserved too, and is not one of the 1001 ports of the range.
    assert given == given | {"total_services": 27, "used_ports": 27, "reserved_ports": 2,
                             "port_range": [8000, 9000], "conflicts": 0, "ports_reassigned": 0,
                             "available_ports": 1001 - 27 - 1}


def test_statistics_count_moves(server, ports):
    server.ok("POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[60]})
    before = server.ok("GET", "/api/ports/statistics")["statistics"]
    assert before["ports_reassigned"] == 1
    server.restart()
    assert server.ok("GET", "/api/ports/statistics")["statistics"] == before


def test_a_narrower_range_is_a_conflict(launch, suite, ports):
    """What the configuration makes of the records is looked at anew at each start."""
    server = launch(import_file=suite)
    assert server.conflicts() == []
    server.stop()
    at = server.args.index("--range") + 1
    server.args[at] = f"{ports[0]}-{ports[1]}"
    server.start()
    found = {each["service"]: each["type"] for each in server.conflicts()}
    assert found == {service_id: "out_of_range" for service_id, port in server.assignments().items()
                     if port > ports[1]}
    server.stop()
    server.args[at] = ports.range
    server.start()
    assert server.conflicts() == []
