"""GET /api/ports/history/{service_id}, and who did what: actor, reason, request id."""

import re
import sqlite3

import pytest

from harness import SELF, open_read_only, refused, succeeded


def test_ports_and_events(server, ports):
    server.assign("epsilon", ports[10])
    server.ok("POST", "/api/ports/reassign", {"service_id": "epsilon", "new_port": ports[11]})
    server.ok("POST", "/api/ports/reassign", {"service_id": "epsilon", "new_port": ports[12]})
    body = server.ok("GET", "/api/ports/history/epsilon")
    assert body["service_id"] == "epsilon"
    assert body["history"] == [ports[10], ports[11], ports[12]]
    assert [(event["action"], event["old_port"], event["new_port"]) for event in body["events"][::-1]] == [
        ("assign", None, ports[10]), ("reassign", ports[10], ports[11]),
        ("reassign", ports[11], ports[12])]
    for event in body["events"]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", event["at"])
    times = [event["at"] for event in body["events"]]
    assert times == sorted(times, reverse=True)


def test_actor_reason_and_request_id(server, ports):
    answer = server.post("/api/ports/assign", {"service_id": "epsilon", "port": ports[10],
                                               "reason": "ticket 4711"},
                         headers={"X-Actor": "ada@example.com", "X-Request-Id": "req-0815"})
    succeeded(answer)
    assert answer.headers["X-Request-Id"] == "req-0815"
    event, = server.events("epsilon")
    assert event["actor"] == "ada@example.com"
    assert event["reason"] == "ticket 4711"
    assert event["request_id"] == "req-0815"


def test_sql_says_the_same(server, ports):
    server.post("/api/ports/assign", {"service_id": "epsilon", "port": ports[10], "reason": "why"},
                headers={"X-Actor": "ada", "X-Request-Id": "req-1"})
    event, = server.events("epsilon")
    row, = server.sql("SELECT * FROM port_history WHERE service_id = 'epsilon'")
    for column in ("action", "old_port", "new_port", "actor", "reason", "request_id", "at"):
        assert row[column] == event[column]
    change, = server.sql("SELECT * FROM changes WHERE revision = ?", row["revision"])
    assert (change["actor"], change["reason"], change["request_id"]) == ("ada", "why", "req-1")
    assert change["revision"] == server.revision()


def test_request_id_is_made_where_none_was_sent(server, ports):
    first = server.post("/api/ports/assign", {"service_id": "epsilon"})
    second = server.post("/api/ports/assign", {"service_id": "zeta"})
    made = first.headers["X-Request-Id"]
    assert made and made != second.headers["X-Request-Id"]
    assert server.events("epsilon")[0]["request_id"] == made


@pytest.mark.parametrize("value", ["x" * 5000, "<script>", "a\tb", "ä".encode().decode("latin-1")])
def test_hostile_actor_and_request_id(server, ports, value):
    """Whatever is sent, the answer has one well-formed request id and the call works or is a 4xx."""
    answer = server.post("/api/ports/assign", {"service_id": "epsilon", "port": ports[10]},
                         headers={"X-Actor": value, "X-Request-Id": value})
    assert answer.status_code in (200, 400, 422, 431), answer.text
    if answer.status_code == 200:
        assert 0 < len(answer.headers["X-Request-Id"]) <= 5000
        event, = server.events("epsilon")
        assert isinstance(event["actor"], str) and isinstance(event["request_id"], str)
    server.ok("GET", "/health")


def test_release_and_failed_requests(server, ports):
    server.ok("POST", "/api/ports/release", {"service_id": "beta"})
    refused(server.post("/api/ports/assign", {"service_id": "beta", "port": ports[0]}), 409,
            "port_taken")
    actions = [event["action"] for event in server.events("beta")]
    assert actions == ["import", "release"]


def test_import_is_history(server, ports):
    event, = server.events("alpha")
    assert (event["action"], event["old_port"], event["new_port"]) == ("import", None, ports[0])


def test_service_without_a_port_keeps_its_events(server):
    server.ok("POST", "/api/ports/release", {"service_id": "beta"})
    assert [event["action"] for event in server.events("beta")] == ["import", "release"]


def test_unknown_service(server):
    refused(server.get("/api/ports/history/nobody"), 404, "unknown_service", "nobody")


def test_outlives_the_service(server, ports):
    """An audit trail is not lost by removing the service."""
    server.ok("DELETE", "/api/services/beta")
    rows = server.sql("SELECT action FROM port_history WHERE service_id = 'beta'")
    assert [row["action"] for row in rows] == ["import", "release"]


class TestPages:
    @pytest.fixture
    def moved(self, server, ports):
        server.assign("epsilon", ports[10])
        for step in range(1, 8):
            server.ok("POST", "/api/ports/reassign",
                      {"service_id": "epsilon", "new_port": ports[10 + step]})
        return server

    def test_newest_first(self, moved, ports):
        events = moved.ok("GET", "/api/ports/history/epsilon?limit=3")["events"]
        assert [event["new_port"] for event in events] == [ports[17], ports[16], ports[15]]

    def test_cursor_walks_through_all(self, moved, ports):
        seen, cursor = [], None
        for _ in range(20):
            body = moved.ok("GET", "/api/ports/history/epsilon?limit=3"
                            + (f"&cursor={cursor}" if cursor else ""))
            seen += [event["new_port"] for event in body["events"]]
            cursor = body["next_cursor"]
            if cursor is None:
                break
        assert seen == [ports[17 - step] for step in range(8)]

    @pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=99999999999999999999"])
    def test_out_of_bounds(self, moved, query):
        refused(moved.get(f"/api/ports/history/epsilon?{query}"), 400, "out_of_bounds", "limit")

    @pytest.mark.parametrize("query", ["limit=x", "cursor=x", "cursor=-1", "cursor=1%27"])
    def test_nonsense(self, moved, query):
        answer = moved.get(f"/api/ports/history/epsilon?{query}")
        assert answer.status_code in (400, 422), answer.text
        refused(answer, answer.status_code, answer.json()["code"], query.split("=")[0])


def test_rows_cannot_be_changed(server):
    server.stop()
    connection = sqlite3.connect(server.database)
    try:
        for statement in ("DELETE FROM port_history", "UPDATE port_history SET actor = 'nobody'",
                          "DELETE FROM changes", "UPDATE changes SET actor = 'nobody'"):
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                connection.execute(statement)
    finally:
        connection.close()


def test_own_service_has_a_history(server, ports):
    assert server.ok("GET", f"/api/ports/history/{SELF}")["history"][-1] == ports[100]


def test_auditors_read_the_live_file(server):
    """Read-only, by plain SQLite, while the server runs."""
    connection = open_read_only(server.database)
    try:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("SELECT count(*) FROM assignments").fetchone()[0] == 5
    finally:
        connection.close()


class TestOfAllServices:
    """GET /api/ports/history."""

    @pytest.fixture
    def moved(self, server, ports):
        server.assign("epsilon", ports[10])
        server.assign("zeta", ports[20])
        server.ok("POST", "/api/ports/reassign", {"service_id": "epsilon", "new_port": ports[11]})
        server.assign("eta", ports[10])

    @staticmethod
    def ask(server, query=""):
        return server.ok("GET", f"/api/ports/history{query}")

    def test_newest_first_with_service_ids(self, server, ports, moved):
        body = self.ask(server, "?limit=4")
        assert [(event["service_id"], event["action"], event["old_port"], event["new_port"])
                for event in body["events"]] == [
            ("eta", "assign", None, ports[10]), ("epsilon", "reassign", ports[10], ports[11]),
            ("zeta", "assign", None, ports[20]), ("epsilon", "assign", None, ports[10])]
        assert body["events"][0]["host"] == "127.0.0.1"
        assert body["events"][0]["protocol"] == "tcp"
        own = server.events("epsilon")[-1]
        assert own.items() <= body["events"][1].items()

    def test_pages(self, server, moved):
        whole = self.ask(server)["events"]
        paged, cursor = [], ""
        while cursor is not None:
            body = self.ask(server, f"?limit=2{cursor and f'&cursor={cursor}'}")
            assert len(body["events"]) <= 2
            paged += body["events"]
            cursor = body["next_cursor"]
        assert paged == whole

    def test_of_one_port(self, server, ports, moved):
        events = self.ask(server, f"?port={ports[10]}")["events"]
        assert [event["service_id"] for event in events] == ["eta", "epsilon", "epsilon"]
        assert self.ask(server, f"?port={ports[99]}")["events"] == []

    def test_since(self, server, moved):
        events = self.ask(server)["events"]
        at = events[0]["at"]
        assert self.ask(server, f"?since={at}")["events"] == [e for e in events if e["at"] >= at]
        assert self.ask(server, "?since=2999-01-01T00:00:00Z")["events"] == []

    @pytest.mark.parametrize("query, field", [
        ("port=80", "port"), ("port=x", "port"), ("since=now", "since"), ("limit=0", "limit"),
        ("limit=1001", "limit"), ("cursor=-1", "cursor")])
    def test_refused(self, server, query, field):
        assert refused(server.get(f"/api/ports/history?{query}"), 400, "out_of_bounds")["field"] == field
