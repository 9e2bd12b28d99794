"""POST /api/ports/reassign with services that behave, or are not there."""

import datetime

import pytest

from harness import SELF, refused, squatter, succeeded


def reassign(server, service_id, new_port=None, headers=None, **members):
    if new_port is not None:
        members["new_port"] = new_port
    return server.post("/api/ports/reassign", {"service_id": service_id, **members},
                       headers=headers)


class TestRunningService:
    def test_moves(self, server, run_service, ports):
        service = run_service("alpha", ports[0])
        body = succeeded(reassign(server, "alpha", ports[60]))
        assert (body["service_id"], body["old_port"], body["new_port"]) == (
            "alpha", ports[0], ports[60])
        assert body["message"]
        result = body["update_result"]
        assert result["contacted"] is True
        assert result["success"] is True
        assert result["restart_required"] is False
        assert isinstance(result["message"], str)
        assert result["old_port_released"] is True
        # When the answer is there, everything is true.
        assert service.answers_on(ports[60])
        assert not service.answers_on(ports[0])
        assert server.assignments()["alpha"] == ports[60]

    def test_is_told_as_the_guide_says(self, server, run_service, ports):
        service = run_service("alpha", ports[0])
        succeeded(reassign(server, "alpha", ports[60]))
        update, = service.updates()
        assert update["new_port"] == ports[60]
        assert update["old_port"] == ports[0]
        assert update["source"] == "port-manager"
        at = datetime.datetime.fromisoformat(update["timestamp"].replace("Z", "+00:00"))
        assert abs(datetime.datetime.now(datetime.timezone.utc) - at) < datetime.timedelta(hours=1)
        assert update["timestamp"].endswith("Z")

    def test_there_and_back_at_once(self, server, run_service, ports):
        """What is left of the old connections must not stop the way back."""
        service = run_service("alpha", ports[0])
        for target in (ports[60], ports[0], ports[60], ports[0]):
            succeeded(reassign(server, "alpha", target))
            assert service.answers_on(target)

    def test_to_the_lowest_free_port(self, server, run_service, ports):
        service = run_service("alpha", ports[0])
        with squatter(ports[4]):
            body = succeeded(reassign(server, "alpha"))
        assert body["new_port"] == ports[5]
        assert service.answers_on(ports[5])

    def test_without_identity(self, server, run_service, ports):
        """Services that do not say who they are are believed."""
        service = run_service("alpha", ports[0], mode="no_identity")
        body = succeeded(reassign(server, "alpha", ports[60]))
        assert body["update_result"]["contacted"] is True
        assert service.port == ports[60]

    def test_port_config_follows(self, server, run_service, ports):
        run_service("alpha", ports[0])
        succeeded(reassign(server, "alpha", ports[60]))
        content = server.wait_for_config(
            lambda content: content["port_assignments"]["alpha"] == ports[60], "alpha's new port")
        assert content["port_history"]["alpha"] == [ports[0], ports[60]]
        assert content["port_assignments"] == server.assignments()

    def test_history(self, server, run_service, ports):
        run_service("alpha", ports[0])
        answer = reassign(server, "alpha", ports[60], reason="clash with the printer",
                          headers={"X-Actor": "ada", "X-Request-Id": "move-1"})
        succeeded(answer)
        assert answer.headers["X-Request-Id"] == "move-1"
        event = server.events("alpha")[-1]
        assert event == event | {"action": "reassign", "old_port": ports[0], "new_port": ports[60],
                                 "actor": "ada", "reason": "clash with the printer",
                                 "request_id": "move-1"}
        assert server.ok("GET", "/api/ports/history/alpha")["history"] == [ports[0], ports[60]]

    def test_move_row_and_outbox(self, server, run_service, ports):
        run_service("alpha", ports[0])
        succeeded(reassign(server, "alpha", ports[60], headers={"X-Actor": "ada"}))
        move, = server.sql("SELECT * FROM moves")
        assert (move["service_id"], move["old_port"], move["new_port"], move["state"], move["phase"],
                move["actor"]) == ("alpha", ports[0], ports[60], "committed", "accepted", "ada")
        assert move["finished_at"] is not None
        # One transaction: the same revision in all of them.
        assignment, = server.sql("SELECT * FROM assignments WHERE service_id = 'alpha'")
        history = server.sql("SELECT * FROM port_history WHERE service_id = 'alpha'")[-1]
        assert move["revision"] == assignment["revision"] == history["revision"]

    def test_old_port_is_free_afterwards(self, server, run_service, ports):
        run_service("alpha", ports[0])
        succeeded(reassign(server, "alpha", ports[60]))
        server.assign("epsilon", ports[0])

    def test_listening_service_on_its_own_port_is_no_conflict(self, server, run_service, ports):
        run_service("alpha", ports[0])
        assert server.conflicts() == []


class TestUdp:
    def test_a_tcp_service_with_the_same_number_is_left_alone(self, server, run_service, ports):
        """lark's UDP port is no port of alpha's, whatever its number."""
        alpha = run_service("alpha", ports[0], mode="no_identity")
        server.assign("lark", ports[0], protocol="udp")
        body = succeeded(reassign(server, "lark", ports[60]))
        assert body["update_result"]["contacted"] is False
        assert "UDP" in body["message"] and "by hand" in body["message"]
        assert [call["path"] for call in alpha.calls()] == []
        assert alpha.port == ports[0]
        assert server.assignments() == server.assignments() | {"alpha": ports[0], "lark": ports[60]}


class TestNotRunning:
    def test_stopped(self, server, ports):
        body = succeeded(reassign(server, "alpha", ports[60]))
        assert body["update_result"]["contacted"] is False
        assert str(ports[0]) in body["message"]
        assert "listen" in body["message"]
        assert server.assignments()["alpha"] == ports[60]
        move, = server.sql("SELECT state FROM moves")
        assert move["state"] == "committed"

    def test_somebody_else_is_not_disturbed(self, server, run_service, ports):
        """Another service sits on the port: alpha moves in the registry, omega is left alone."""
        omega = run_service("omega", ports[0])
        body = succeeded(reassign(server, "alpha", ports[60]))
        assert body["update_result"]["contacted"] is False
        assert "omega" in body["message"]
        assert omega.updates() == []
        assert omega.answers_on(ports[0])


class TestRefused:
    @pytest.fixture(autouse=True)
    def unchanged(self, server):
        before = server.assignments(), server.revision()
        yield
        assert (server.assignments(), server.revision()) == before
        assert server.sql("SELECT * FROM moves") == []

    def test_unknown_service(self, server, ports):
        refused(reassign(server, "nobody", ports[60]), 404, "unknown_service", "nobody")

    def test_taken(self, server, run_service, ports):
        service = run_service("alpha", ports[0])
        refused(reassign(server, "alpha", ports[1]), 409, "port_taken", ports[1], "beta")
        assert service.updates() == []

    def test_reserved(self, server, ports):
        refused(reassign(server, "alpha", ports[50]), 409, "port_reserved", ports[50])

    def test_in_use(self, server, run_service, ports):
        service = run_service("alpha", ports[0])
        with squatter(ports[60]):
            refused(reassign(server, "alpha", ports[60]), 409, "port_in_use", ports[60], "python3")
        assert service.updates() == []

    def test_outside_the_range(self, server, ports):
        refused(reassign(server, "alpha", ports.high + 1), 400, "out_of_bounds", ports.high + 1)

    @pytest.mark.parametrize("force", [False, True])
    def test_itself(self, server, ports, force):
        refused(reassign(server, SELF, ports[60], force=force), 403, "forbidden")

    def test_onto_the_port_manager(self, server, ports):
        answer = reassign(server, "alpha", ports[100], force=True)
        assert answer.status_code in (403, 409), answer.text
        refused(answer, answer.status_code, answer.json()["code"])

    def test_dry_run_of_what_would_fail(self, server, ports):
        refused(reassign(server, "alpha", ports[1], dry_run=True), 409, "port_taken", ports[1])
        refused(reassign(server, "nobody", ports[60], dry_run=True), 404, "unknown_service")
        refused(reassign(server, SELF, ports[60], dry_run=True), 403, "forbidden")


def test_service_without_a_port(server, ports):
    server.ok("POST", "/api/ports/release", {"service_id": "beta"})
    refused(reassign(server, "beta", ports[60]), 404, "unknown_port", "beta")


def test_to_where_it_is(server, run_service, ports):
    """No move: nobody is told anything."""
    service = run_service("alpha", ports[0])
    before = server.revision()
    body = succeeded(reassign(server, "alpha", ports[0]))
    assert body["old_port"] == body["new_port"] == ports[0]
    assert service.updates() == []
    assert server.revision() == before


def test_dry_run_changes_nothing(server, run_service, ports):
    service = run_service("alpha", ports[0])
    before = server.revision()
    body = succeeded(reassign(server, "alpha", ports[60], dry_run=True))
    assert (body["old_port"], body["new_port"]) == (ports[0], ports[60])
    assert succeeded(reassign(server, "alpha", dry_run=True))["new_port"] == ports[4]
    assert server.revision() == before
    assert server.assignments()["alpha"] == ports[0]
    assert server.sql("SELECT * FROM moves") == []
    assert service.updates() == []
    assert service.answers_on(ports[0])


def test_force_over_an_assignment(server, ports):
    body = succeeded(reassign(server, "alpha", ports[1], force=True))
    assert body["new_port"] == ports[1]
    conflict, = server.conflicts()
    assert conflict["services"] == ["beta", "alpha"]


def test_move_of_a_contested_holder_closes_the_conflict(server, ports):
    server.assign("epsilon", ports[1], force=True)
    succeeded(reassign(server, "epsilon", ports[60]))
    assert server.conflicts() == []
    row, = server.sql("SELECT contested FROM assignments WHERE service_id = 'beta'")
    assert row["contested"] == 0
