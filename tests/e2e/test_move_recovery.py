"""kill -9 in the middle of a move: the next start looks where the service is, and settles it."""

import contextlib
import threading

import pytest
import requests

from harness import refused, wait_until


@pytest.fixture
def server(launch, suite):
    return launch(import_file=suite)


@contextlib.contextmanager
def interrupted_move(server, service, new_port, **members):
    """A move that is under way when the block begins. What its caller is told, if anything."""
    answers = []

    def ask():
        with contextlib.suppress(requests.RequestException):
            answers.append(server.post("/api/ports/reassign",
                                       {"service_id": "alpha", "new_port": new_port, **members}))
    caller = threading.Thread(target=ask)
    caller.start()
    try:
        wait_until(service.updates, "alpha to be told")
        wait_until(lambda: server.sql("SELECT 1 FROM moves WHERE state = 'pending'"),
                   "the move to be recorded")
        yield answers
    finally:
        if server.alive():
            server.kill()
        caller.join()


def settled(server, service):
    """Registry, SQL and service agree; the port."""
    assert server.sql("SELECT * FROM moves WHERE state IN ('pending', 'planned')") == []
    port = server.assignments()["alpha"]
    move, = server.sql("SELECT * FROM moves")
    assert (move["state"] == "committed") == (port == move["new_port"])
    history = server.sql("SELECT * FROM port_history WHERE service_id = 'alpha' ORDER BY history_id")
    if move["state"] == "committed":
        assert (history[-1]["action"], history[-1]["new_port"]) == ("reassign", port)
    else:
        assert history[-1]["action"] == "move_failed"
    server.wait_for_config(lambda content: content["port_assignments"]["alpha"] == port,
                           f"alpha at {port}")
    return port


def test_service_has_not_moved_yet(server, run_service, ports):
    service = run_service("alpha", ports[0], mode="slow")
    with interrupted_move(server, service, ports[60]):
        server.kill()
    server.start()
    port = settled(server, service)
    wait_until(lambda: service.answers_on(port), "alpha to be where the registry says")
    # It stays there: a move that was still to come was called off.
    wait_until(lambda: service.port == port, "alpha to stay")
    assert server.ok("GET", "/api/services/health/alpha")["healthy"] is True


def test_service_has_moved_meanwhile(server, run_service, ports):
    service = run_service("alpha", ports[0], mode="slow")
    with interrupted_move(server, service, ports[60]):
        server.kill()
    wait_until(lambda: service.answers_on(ports[60]), "alpha to move by itself")
    server.start()
    assert settled(server, service) == ports[60]
    assert service.answers_on(ports[60])


def test_service_never_came_up(server, run_service, ports):
    """It still answers on the old port: rolled back, and told to stay."""
    service = run_service("alpha", ports[0], mode="never_up")
    with interrupted_move(server, service, ports[60]):
        server.kill()
    server.start()
    assert settled(server, service) == ports[0]
    assert [update["new_port"] for update in service.updates()] == [ports[60], ports[0]]


def test_service_never_came_up_where_a_nameless_stranger_is(server, run_service, ports):
    """The service is told to stay, and the stranger is told nothing."""
    service = run_service("alpha", ports[0], mode="never_up")
    stranger = run_service("stranger", ports[60], mode="no_identity")
    with interrupted_move(server, service, ports[60], force=True):
        server.kill()
    server.start()
    assert settled(server, service) == ports[0]
    assert [update["new_port"] for update in service.updates()] == [ports[60], ports[0]]
    assert {call["path"] for call in stranger.calls()} == {"/health"}


def test_service_is_gone(server, run_service, ports):
    """It had accepted and is not running: it will start where it was told to be."""
    service = run_service("alpha", ports[0], mode="never_up")
    with interrupted_move(server, service, ports[60]):
        wait_until(lambda: server.sql("SELECT 1 FROM moves WHERE phase = 'accepted'"),
                   "the answer of alpha to be recorded")
        server.kill()
    service.close()
    server.start()
    assert settled(server, service) == ports[60]


def test_service_did_not_answer_and_is_gone(server, run_service, ports):
    service = run_service("alpha", ports[0], mode="timeout")
    with interrupted_move(server, service, ports[60]):
        server.kill()
    service.close()
    server.start()
    assert settled(server, service) == ports[0]


def test_ports_are_free_again(server, run_service, ports):
    service = run_service("alpha", ports[0], mode="never_up")
    with interrupted_move(server, service, ports[60]):
        server.kill()
    server.start()
    settled(server, service)
    server.assign("epsilon", ports[60])


def test_sigterm_in_the_middle(server, run_service, ports):
    """Draining does not wait for a service that takes its time; the next start settles it."""
    service = run_service("alpha", ports[0], mode="never_up")
    with interrupted_move(server, service, ports[60]) as answers:
        server.process.terminate()
        assert server.process.wait(5) == 0
    # Its caller is told, not cut off.
    refused(answers[0], 503, "shutting_down", "alpha")
    server.start()
    assert settled(server, service) == ports[0]


def test_bulk_update_interrupted(server, run_service, ports):
    """A swap, killed at its first step: nothing planned is left, nobody is lost."""
    alpha = run_service("alpha", ports[0], mode="slow")
    beta = run_service("beta", ports[1], mode="slow")

    def ask():
        with contextlib.suppress(requests.RequestException):
            server.post("/api/ports/bulk-update", {"updates": {"alpha": ports[1], "beta": ports[0]}})
    caller = threading.Thread(target=ask)
    caller.start()
    try:
        wait_until(lambda: alpha.updates() or beta.updates(), "the first service to be told")
    finally:
        server.kill()
        caller.join()
    server.start()
    assert server.sql("SELECT * FROM moves WHERE state IN ('pending', 'planned')") == []
    for service in (alpha, beta):
        port = server.assignments()[service.service_id]
        wait_until(lambda: service.answers_on(port), f"{service.service_id} on {port}")
    assert server.assignments()["alpha"] != server.assignments()["beta"]
    assert server.conflicts() == []
