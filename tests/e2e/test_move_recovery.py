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


@contextlib.contextmanager
def interrupted_swap(server, ports):
    """alpha and beta are swapping their ports when the block begins; it ends the server."""
    def ask():
        with contextlib.suppress(requests.RequestException):
            server.post("/api/ports/bulk-update", {"updates": {"alpha": ports[1], "beta": ports[0]}})
    caller = threading.Thread(target=ask)
    caller.start()
    try:
        yield
    finally:
        server.kill()
        caller.join()


def all_where_the_registry_says(server, *services):
    assert server.sql("SELECT * FROM moves WHERE state IN ('pending', 'planned')") == []
    for service in services:
        port = server.assignments()[service.service_id]
        wait_until(lambda: service.answers_on(port), f"{service.service_id} on {port}")
    assert server.conflicts() == []


def test_bulk_update_interrupted(server, run_service, ports):
    """A swap, killed at its first step: nothing planned is left, nobody is lost."""
    alpha = run_service("alpha", ports[0], mode="slow")
    beta = run_service("beta", ports[1], mode="slow")
    with interrupted_swap(server, ports):
        wait_until(lambda: alpha.updates() or beta.updates(), "the first service to be told")
    server.start()
    all_where_the_registry_says(server, alpha, beta)
    assert server.assignments()["alpha"] != server.assignments()["beta"]


def test_swap_interrupted_at_its_second_step(server, run_service, ports):
    """alpha is parked on a spare port by then, and is taken back."""
    alpha = run_service("alpha", ports[0])
    beta = run_service("beta", ports[1], mode="timeout")
    with interrupted_swap(server, ports):
        wait_until(beta.updates, "beta to be told")
    spare = alpha.port
    assert spare not in (ports[0], ports[1])
    beta.misbehave("none")
    server.start()
    all_where_the_registry_says(server, alpha, beta)
    assert server.assignments() == server.assignments() | {"alpha": ports[0], "beta": ports[1]}
    called_off, way_back = server.sql(
        "SELECT * FROM moves WHERE service_id = 'alpha' ORDER BY move_id")[1:]
    assert f"parked on port {spare}" in called_off["outcome"]
    assert (way_back["old_port"], way_back["new_port"], way_back["state"]) == (
        spare, ports[0], "committed")
    assert f"parked it on port {spare}" in way_back["reason"]


def test_swap_interrupted_before_its_second_step(server, run_service, ports):
    """alpha is on the spare port and its step is not recorded as done: the server waits for it to let
    its old port go. beta has not been told anything."""
    alpha = run_service("alpha", ports[0], mode="hold_old_port")
    beta = run_service("beta", ports[1])
    with interrupted_swap(server, ports):
        wait_until(lambda: server.sql("SELECT 1 FROM moves WHERE phase = 'accepted'")
                   and alpha.port != ports[0], "alpha to be on the spare port")
    server.start()
    all_where_the_registry_says(server, alpha, beta)
    assert server.assignments() == server.assignments() | {"alpha": ports[0], "beta": ports[1]}
    assert beta.updates() == []


def test_swap_interrupted_and_no_way_back(server, run_service, run_stranger, ports):
    """Somebody has come to the port that alpha left: it stays, and the log says what to do."""
    alpha = run_service("alpha", ports[0])
    beta = run_service("beta", ports[1], mode="timeout")
    with interrupted_swap(server, ports):
        wait_until(beta.updates, "beta to be told")
    spare = alpha.port
    beta.misbehave("none")
    run_stranger(ports[0])
    server.start()
    assert server.assignments() == server.assignments() | {"alpha": spare, "beta": ports[1]}
    assert alpha.answers_on(spare)
    for told in (server.log(), server.sql(
            "SELECT outcome FROM moves WHERE service_id = 'alpha' ORDER BY move_id")[-1]["outcome"]):
        assert f"alpha is parked on port {spare}" in told
        assert f"portmanager reassign alpha {ports[1]}" in told
