"""Reassign of services that misbehave: each way has its outcome, nothing is left half done."""

import pytest

from harness import SHORT, refused, squatter, succeeded, wait_until


@pytest.fixture
def server(launch, suite):
    return launch(import_file=suite, **SHORT)


def reassign(server, new_port, **members):
    return server.post("/api/ports/reassign", {"service_id": "alpha", "new_port": new_port,
                                               **members}, headers={"X-Actor": "ada"})


def unchanged(server, ports, before, force=False):
    """Rolled back as if it had not been asked for, but for the records that it was."""
    assert server.assignments() == before
    move, = server.sql("SELECT * FROM moves")
    assert move["state"] == "rolled_back"
    assert move["outcome"] != ""
    assert move["finished_at"] is not None
    assert server.ok("GET", "/api/ports/history/alpha")["history"] == [ports[0]]
    event = server.events("alpha")[-1]
    assert event["action"] == "move_failed"
    assert event["actor"] == "ada"
    assert (event["old_port"], event["new_port"]) == (ports[0], ports[60])
    # The claim is given up; `force` where somebody listens there now.
    server.assign("epsilon", ports[60], force=force)
    assert server.ok("GET", "/api/ports/statistics")["statistics"]["ports_reassigned"] == 0


@pytest.mark.parametrize("mode,code", [
    ("refuse", "service_refused"),
    ("http_error", "service_refused"),
    ("not_json", "service_refused"),
    ("stale", "service_refused"),
    ("timeout", "service_timeout"),
])
def test_says_no(server, run_service, ports, mode, code):
    service = run_service("alpha", ports[0], mode=mode)
    before = server.assignments()
    refused(reassign(server, ports[60]), 502, code, "alpha", ports[60])
    assert service.answers_on(ports[0])
    assert not service.answers_on(ports[60])
    unchanged(server, ports, before)


def test_reason_of_the_service_is_passed_on(server, run_service, ports):
    run_service("alpha", ports[0], mode="refuse")
    refused(reassign(server, ports[60]), 502, "service_refused", "not now")


def test_never_up(server, run_service, ports):
    """Accepted, did not come up: it is told to go back to where it was."""
    service = run_service("alpha", ports[0], mode="never_up")
    before = server.assignments()
    refused(reassign(server, ports[60]), 502, "service_not_up", "alpha", ports[60])
    assert [update["new_port"] for update in service.updates()] == [ports[60], ports[0]]
    assert service.answers_on(ports[0])
    unchanged(server, ports, before)


def test_vanish(server, run_service, ports):
    """Nobody is left who could be told; the registry stays with what was."""
    service = run_service("alpha", ports[0], mode="vanish")
    before = server.assignments()
    refused(reassign(server, ports[60]), 502, "service_not_up", "alpha", ports[60])
    assert not service.answers_on(ports[60])
    unchanged(server, ports, before)


def test_imposter(server, run_service, ports):
    """Somebody answers on the new port who says to be another. The person is told who."""
    run_service("alpha", ports[0], mode="imposter")
    before = server.assignments()
    refused(reassign(server, ports[60]), 502, "service_not_up", "alpha", ports[60], "somebody-else")
    unchanged(server, ports, before, force=True)


def test_never_up_and_a_nameless_stranger_on_the_new_port(server, run_service, ports):
    """Forced onto an occupied port: the service is told to go back, and the stranger is told nothing."""
    service = run_service("alpha", ports[0], mode="never_up")
    stranger = run_service("stranger", ports[60], mode="no_identity")
    before = server.assignments()
    refused(reassign(server, ports[60], force=True), 502, "service_not_up", "alpha", ports[60],
            "It was told to go back and answers there.")
    assert {call["path"] for call in stranger.calls()} == {"/health"}
    assert [update["new_port"] for update in service.updates()] == [ports[60], ports[0]]
    unchanged(server, ports, before, force=True)


def test_hold_old_port(server, run_service, ports):
    """Healthy on the new port: it stays there, and the answer warns."""
    service = run_service("alpha", ports[0], mode="hold_old_port")
    body = succeeded(reassign(server, ports[60]))
    assert body["update_result"] == body["update_result"] | {
        "contacted": True, "success": True, "old_port_released": False}
    assert str(ports[0]) in body["message"]
    assert server.assignments()["alpha"] == ports[60]
    assert service.answers_on(ports[60]) and service.answers_on(ports[0])
    assert [update["new_port"] for update in service.updates()] == [ports[60]]
    move, = server.sql("SELECT * FROM moves")
    assert move["state"] == "committed"


def test_slow(launch, suite, run_service, ports):
    server = launch(import_file=suite)
    service = run_service("alpha", ports[0], mode="slow")
    body = succeeded(reassign(server, ports[60]))
    assert body["update_result"]["old_port_released"] is True
    assert service.answers_on(ports[60])
    assert server.assignments()["alpha"] == ports[60]


def test_unhealthy_on_the_new_port(server, run_service, ports):
    """A service that was ill before is moved or left, but never lost."""
    service = run_service("alpha", ports[0], mode="unhealthy")
    answer = reassign(server, ports[60])
    port = server.assignments()["alpha"]
    if answer.status_code == 200:
        assert port == ports[60]
    else:
        assert answer.status_code == 502, answer.text
        assert port == ports[0]
    wait_until(lambda: service.port == port, "registry and service to agree")


def test_silent_listener_on_the_old_port(server, ports):
    """Somebody accepts connections and says nothing. The caller gets an answer, nobody waits on."""
    with squatter(ports[0]):
        answer = reassign(server, ports[60])
    assert answer.status_code in (200, 502), answer.text
    assert server.assignments()["alpha"] == (ports[60] if answer.status_code == 200 else ports[0])
    assert server.sql("SELECT * FROM moves WHERE state IN ('pending', 'planned')") == []


def test_recovers_when_it_behaves_again(server, run_service, ports):
    service = run_service("alpha", ports[0], mode="refuse")
    refused(reassign(server, ports[60]), 502, "service_refused")
    service.misbehave("none")
    succeeded(reassign(server, ports[60]))
    assert service.answers_on(ports[60])


def test_others_are_served_meanwhile(server, run_service, ports):
    """A service that does not answer holds up its own caller only."""
    import concurrent.futures
    services = [run_service(name, ports[offset], mode="timeout")
                for offset, name in enumerate(("alpha", "beta", "gamma", "delta"))]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        moves = [pool.submit(server.post, "/api/ports/reassign",
                             {"service_id": service.service_id, "new_port": ports[60 + index]})
                 for index, service in enumerate(services)]
        for service in services:
            wait_until(service.updates, "the service to be told")
        for number in range(20):
            server.assign(f"other-{number}")
            server.ok("GET", "/api/ports/assignments")
        assert not any(move.done() for move in moves)
        for move in moves:
            refused(move.result(), 502, "service_timeout")
