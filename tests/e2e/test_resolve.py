"""POST /api/ports/resolve-conflicts."""

import pytest

from harness import SELF, SHORT, succeeded, suite_file


@pytest.fixture
def load(launch, tmp_path, ports):
    """load(assignments, reserved) starts a server with that suite."""
    def start(assignments, reserved=(), **timeouts):
        return launch(import_file=suite_file(tmp_path / "disputed.json",
                                             {**assignments, SELF: ports[100]}, reserved=reserved),
                      **timeouts)
    return start


def resolve(server, **members):
    body = succeeded(server.post("/api/ports/resolve-conflicts", members or None))
    assert body["count"] == len(body["resolutions"])
    return {each["service"]: each for each in body["resolutions"]}


def test_nothing_to_do(load, ports):
    server = load({"alpha": ports[0]})
    before = server.revision()
    assert resolve(server) == {}
    assert server.revision() == before


def test_first_holder_stays(load, ports):
    """Nobody runs: the first in the file had it first."""
    server = load({"zeta": ports[0], "alpha": ports[0]})
    done = resolve(server)
    assert set(done) == {"alpha"}
    assert done["alpha"] == done["alpha"] | {"old_port": ports[0], "new_port": ports[1],
                                             "success": True}
    assert done["alpha"]["message"]
    assert server.assignments() == server.assignments() | {"zeta": ports[0], "alpha": ports[1]}
    assert server.conflicts() == []


def test_running_holder_stays(load, run_service, ports):
    """alpha had it first, but beta is the one that listens."""
    server = load({"alpha": ports[0], "beta": ports[0]})
    beta = run_service("beta", ports[0])
    done = resolve(server)
    assert set(done) == {"alpha"}
    assert server.assignments()["beta"] == ports[0]
    assert beta.updates() == []
    assert beta.answers_on(ports[0])
    assert server.conflicts() == []


def test_three_holders(load, ports):
    server = load({"alpha": ports[0], "beta": ports[0], "gamma": ports[0], "delta": ports[1]})
    done = resolve(server)
    assert set(done) == {"beta", "gamma"}
    assert {done["beta"]["new_port"], done["gamma"]["new_port"]} == {ports[2], ports[3]}
    assert server.conflicts() == []


def test_reserved_port(load, run_service, ports):
    server = load({"alpha": ports[50]}, reserved=[ports[50]])
    alpha = run_service("alpha", ports[50])
    done = resolve(server)
    assert done["alpha"]["new_port"] == ports[0]
    assert alpha.answers_on(ports[0])
    assert server.conflicts() == []


def test_out_of_range(load, ports):
    server = load({"alpha": ports.high + 7})
    done = resolve(server)
    assert done["alpha"] == done["alpha"] | {"old_port": ports.high + 7, "new_port": ports[0]}
    assert server.conflicts() == []


def test_service_in_two_conflicts_moves_once(load, ports):
    server = load({"alpha": ports[50], "beta": ports[50]}, reserved=[ports[50]])
    done = succeeded(server.post("/api/ports/resolve-conflicts"))["resolutions"]
    assert sorted(each["service"] for each in done) == ["alpha", "beta"]
    assert server.conflicts() == []


def test_undisputed_services_stay(load, ports):
    server = load({"alpha": ports[0], "beta": ports[0], "gamma": ports[1], "delta": ports[2]})
    resolve(server)
    assert server.assignments() == server.assignments() | {
        "alpha": ports[0], "gamma": ports[1], "delta": ports[2], SELF: ports[100]}


def test_dry_run(load, ports):
    server = load({"alpha": ports[0], "beta": ports[0], "gamma": ports[50]}, reserved=[ports[50]])
    before = server.revision()
    planned = resolve(server, dry_run=True)
    assert set(planned) == {"beta", "gamma"}
    for each in planned.values():
        assert each["message"]
    assert server.revision() == before
    assert len(server.conflicts()) == 2
    # What was planned is what is done.
    done = resolve(server)
    assert {name: each["new_port"] for name, each in done.items()} == {
        name: each["new_port"] for name, each in planned.items()}


def test_one_that_fails_leaves_the_others_done(load, run_service, ports):
    server = load({"alpha": ports[50], "beta": ports[51]}, reserved=[ports[50], ports[51]], **SHORT)
    alpha = run_service("alpha", ports[50], mode="refuse")
    beta = run_service("beta", ports[51])
    done = resolve(server)
    assert done["alpha"]["success"] is False
    assert "not now" in done["alpha"]["message"]
    assert done["beta"]["success"] is True
    assert alpha.answers_on(ports[50])
    assert beta.answers_on(done["beta"]["new_port"])
    conflict, = server.conflicts()
    assert conflict["service"] == "alpha"


def test_range_full(launch, tmp_path, ports):
    server = launch(range=f"{ports[0]}-{ports[1]}", import_file=suite_file(
        tmp_path / "full.json", {"alpha": ports[0], "beta": ports[0], SELF: ports[1]}))
    body = server.post("/api/ports/resolve-conflicts").json()
    failed, = body["resolutions"]
    assert failed["success"] is False
    assert server.assignments()["beta"] == ports[0]
    assert len(server.conflicts()) == 1


def test_both_duplicates_run(load, run_service, ports):
    """Only one can have the port on this machine; the other is stopped and is the one that moves."""
    server = load({"alpha": ports[0], "beta": ports[0]})
    alpha = run_service("alpha", ports[0])
    assert set(resolve(server)) == {"beta"}
    assert alpha.answers_on(ports[0])
