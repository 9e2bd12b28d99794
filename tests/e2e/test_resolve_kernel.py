"""POST /api/ports/resolve-conflicts and --auto-resolve, for what the kernel told."""

import pytest

from harness import SELF, SHORT, succeeded, suite_file, wait_until
from kernel import SCAN_INTERVAL, conflicts_of, is_learned_as, settle, wait_conflict
from test_drift import move_by_hand


@pytest.fixture
def server(launch, suite):
    """Whoever says nothing on an old port is waited for: not for long."""
    return launch(import_file=suite, health_timeout_ms=1000)


def resolve(server, **members):
    body = succeeded(server.post("/api/ports/resolve-conflicts", members or None))
    assert body["count"] == len(body["resolutions"])
    return {each["service"]: each for each in body["resolutions"]}


def resolvable(server):
    return [each for each in server.conflicts() if each["resolvable"]]


class TestSquatted:
    @pytest.mark.parametrize("kind", ["silent", "not_found", "other", "no_http"])
    def test_stopped_service_moves(self, server, run_stranger, ports, kind):
        stranger = run_stranger(ports[0], kind)
        done = resolve(server)
        assert set(done) == {"alpha"}
        assert done["alpha"] == done["alpha"] | {
            "action": "move", "old_port": ports[0], "new_port": ports[4], "success": True}
        assert str(stranger.pid) in done["alpha"]["why"]
        assert server.assignments()["alpha"] == ports[4]
        assert server.conflicts() == []
        event = server.events("alpha")[-1]
        assert (event["action"], event["new_port"]) == ("reassign", ports[4])
        assert str(stranger.pid) in event["reason"]

    def test_stranger_is_never_told_to_move(self, server, run_service, run_stranger, ports):
        """Not even one that would do it: a service of another suite, on alpha's port."""
        foreign = run_service("foreign", ports[0])
        assert resolve(server)["alpha"]["success"] is True
        assert foreign.updates() == []
        assert foreign.answers_on(ports[0])

    def test_stranger_beside_the_running_service(self, server, run_service, run_stranger, ports):
        """The service runs, and shares its port with a stranger: it goes where it is alone."""
        alpha = run_service("alpha", ports[0])
        stranger = run_stranger(ports[0], address="127.0.0.2")
        done = resolve(server)
        assert done["alpha"]["success"] is True
        assert alpha.answers_on(ports[4])
        assert server.conflicts() == []
        assert stranger.process.poll() is None

    def test_others_stay(self, server, run_service, run_stranger, ports):
        services = [run_service(name, ports[at]) for at, name in enumerate(("beta", "gamma"), 1)]
        run_stranger(ports[0])
        before = server.assignments()
        assert set(resolve(server)) == {"alpha"}
        assert server.assignments() == before | {"alpha": ports[4]}
        for service in services:
            assert service.updates() == []

    def test_own_port_is_left_alone(self, server, run_stranger, ports):
        run_stranger(ports[100])
        assert resolve(server) == {}
        conflict, = server.conflicts()
        assert (conflict["service"], conflict["resolvable"]) == (SELF, False)


class TestDrift:
    def test_adopt(self, server, run_service, ports):
        """It may have the port on which it is: the registry follows, the service is left alone."""
        alpha = run_service("alpha", ports[20])
        done = resolve(server)
        assert done["alpha"] == done["alpha"] | {
            "action": "adopt", "old_port": ports[0], "new_port": ports[20], "success": True}
        assert server.assignments()["alpha"] == ports[20]
        assert alpha.updates() == []
        assert alpha.answers_on(ports[20])
        assert server.conflicts() == []

    def test_bring_home(self, server, run_service, ports):
        """It is on a port that is reserved: it is told to go back to its own."""
        alpha = run_service("alpha", ports[50])
        done = resolve(server)
        assert done["alpha"] == done["alpha"] | {
            "action": "bring_home", "old_port": ports[50], "new_port": ports[0], "success": True}
        assert server.assignments()["alpha"] == ports[0]
        assert alpha.answers_on(ports[0])
        assert [update["new_port"] for update in alpha.updates()] == [ports[0]]
        assert server.conflicts() == []

    def test_bring_home_from_outside_the_range(self, launch, suite, run_service, ports):
        server = launch(import_file=suite, range=f"{ports[0]}-{ports[199]}")
        alpha = run_service("alpha", ports[0])
        settle(server)
        is_learned_as(server, "alpha", alpha.process.pid)
        move_by_hand(alpha, ports[280])
        assert resolve(server)["alpha"]["action"] == "bring_home"
        assert alpha.answers_on(ports[0])
        assert server.conflicts() == []

    def test_bring_home_frees_the_port_of_another(self, server, run_service, ports):
        """alpha is on beta's port: once it is home, beta's port is free, and beta need not move."""
        alpha = run_service("alpha", ports[1])
        done = resolve(server)
        assert set(done) == {"alpha"}
        assert done["alpha"]["action"] == "bring_home"
        assert alpha.answers_on(ports[0])
        assert server.assignments()["beta"] == ports[1]
        assert server.conflicts() == []

    def test_refuses_to_come_home(self, launch, suite, run_service, ports):
        server = launch(import_file=suite, **SHORT)
        alpha = run_service("alpha", ports[50], mode="refuse")
        done = resolve(server)
        assert done["alpha"]["success"] is False
        assert "not now" in done["alpha"]["message"]
        assert alpha.answers_on(ports[50])
        assert server.assignments()["alpha"] == ports[0]
        assert len(conflicts_of(server, "drift", "alpha")) == 1

    def test_on_each_others_ports(self, server, run_service, ports):
        """Neither can go home before the other has left; both end on a port of their own."""
        alpha = run_service("alpha", ports[1])
        beta = run_service("beta", ports[0])
        resolve(server)
        assert resolvable(server) == []
        given = server.assignments()
        assert alpha.answers_on(given["alpha"])
        assert beta.answers_on(given["beta"])


class TestDuplicates:
    @pytest.fixture
    def disputed(self, launch, tmp_path, ports):
        return launch(import_file=suite_file(
            tmp_path / "disputed.json",
            {"alpha": ports[0], "beta": ports[0], "gamma": ports[0], "delta": ports[1]}),
            health_timeout_ms=1000)

    def test_the_running_one_keeps_it(self, disputed, run_service, ports):
        beta = run_service("beta", ports[0])
        done = resolve(disputed)
        assert set(done) == {"alpha", "gamma"}
        for each in done.values():
            assert (each["action"], each["success"]) == ("move", True)
            assert "beta" in each["why"]
        assert disputed.assignments()["beta"] == ports[0]
        assert beta.updates() == []
        assert disputed.conflicts() == []

    def test_one_without_a_name_in_its_health(self, disputed, run_service, ports):
        """Who it is nobody can tell, so the first holder is taken for it; nobody is lost."""
        nameless = run_service("beta", ports[0], mode="no_identity")
        resolve(disputed)
        assert resolvable(disputed) == []
        assert nameless.updates() == []
        assert disputed.assignments()["alpha"] == ports[0]

    def test_stranger_on_the_contested_port(self, disputed, run_stranger, ports):
        run_stranger(ports[0])
        resolve(disputed)
        assert disputed.conflicts() == []
        given = disputed.assignments()
        assert ports[0] not in given.values()
        assert len(set(given.values())) == len(given)

    def test_one_runs_elsewhere(self, disputed, run_service, ports):
        """beta has alpha's port by a mistake in a file and never moved: it keeps what it has."""
        alpha = run_service("alpha", ports[0])
        beta = run_service("beta", ports[30])
        done = resolve(disputed)
        assert done["beta"]["action"] == "adopt"
        given = disputed.assignments()
        assert (given["alpha"], given["beta"]) == (ports[0], ports[30])
        assert alpha.updates() == beta.updates() == []
        assert disputed.conflicts() == []


class TestPlan:
    @pytest.fixture
    def mixed(self, launch, tmp_path, run_service, run_stranger, ports):
        """One of each: squatted, drifting where it may and where it may not, twice given."""
        server = launch(import_file=suite_file(
            tmp_path / "mixed.json",
            {"alpha": ports[0], "beta": ports[1], "gamma": ports[2], "delta": ports[3],
             "epsilon": ports[3]}, reserved=[ports[50]]), health_timeout_ms=1000)
        run_stranger(ports[0])
        self.services = [run_service("beta", ports[21]), run_service("gamma", ports[50]),
                         run_service("epsilon", ports[3])]
        return server

    def test_dry_run_is_what_is_done(self, mixed, ports):
        before = mixed.assignments()
        planned = resolve(mixed, dry_run=True)
        assert {name: each["action"] for name, each in planned.items()} == {
            "alpha": "move", "beta": "adopt", "gamma": "bring_home", "delta": "move"}
        for each in planned.values():
            assert each["why"] and each["why"] in each["message"]
        assert mixed.assignments() == before
        assert [service.updates() for service in self.services] == [[], [], []]
        assert mixed.sql("SELECT * FROM moves") == []
        assert len(mixed.conflicts()) == 4
        done = resolve(mixed)
        assert {name: (each["action"], each["why"], each["old_port"], each["new_port"])
                for name, each in done.items()} == {
                    name: (each["action"], each["why"], each["old_port"], each["new_port"])
                    for name, each in planned.items()}
        assert all(each["success"] for each in done.values())
        assert mixed.conflicts() == []

    def test_one_that_refuses_leaves_the_others_done(self, launch, tmp_path, run_service,
                                                     run_stranger, ports):
        server = launch(import_file=suite_file(
            tmp_path / "mixed.json",
            {"alpha": ports[50], "beta": ports[1], "gamma": ports[2], "delta": ports[2]},
            reserved=[ports[50]]), **SHORT)
        alpha = run_service("alpha", ports[50], mode="refuse")
        run_stranger(ports[1])
        done = resolve(server)
        assert {name for name, each in done.items() if each["success"]} == {"beta", "delta"}
        assert "not now" in done["alpha"]["message"]
        assert alpha.answers_on(ports[50])
        assert [each["service"] for each in server.conflicts()] == ["alpha"]

    def test_by_the_agents_call(self, server, run_stranger, ports):
        run_stranger(ports[0])
        settle(server)
        body = server.ok("POST", "/api/ports/resolve-conflict",
                         {"service_name": "alpha", "current_port": ports[0]})
        assert body["new_port"] == ports[4] == server.assignments()["alpha"]


class TestUnasked:
    @pytest.fixture
    def start(self, launch, tmp_path, ports):
        def run(auto_resolve):
            return launch(auto_resolve=auto_resolve, scan_interval_ms=SCAN_INTERVAL,
                          import_file=suite_file(tmp_path / "disputed.json",
                                                 {"alpha": ports[0], "beta": ports[0],
                                                  "gamma": ports[1], "delta": ports[2]}))
        return run

    def test_off(self, start, run_stranger, ports):
        run_stranger(ports[1])
        server = start("off")
        wait_conflict(server, "system_conflict", "gamma")
        assert {each["type"] for each in server.conflicts()} == {
            "system_conflict", "duplicate_assignment"}
        assert server.sql("SELECT * FROM moves") == []

    def test_duplicates(self, start, run_service, run_stranger, ports):
        beta = run_service("beta", ports[0])
        run_stranger(ports[1])
        server = start("duplicates")
        wait_until(lambda: server.assignments()["alpha"] != ports[0], "the duplicate to be resolved")
        conflict = wait_conflict(server, "system_conflict", "gamma")
        wait_until(lambda: server.conflicts() == [conflict], "nothing else to be left")
        assert server.assignments() == server.assignments() | {"beta": ports[0], "gamma": ports[1]}
        assert beta.updates() == []
        event = server.events("alpha")[-1]
        assert event["actor"] == SELF
        assert "nasked" in event["reason"]

    def test_all(self, start, run_service, run_stranger, ports):
        run_service("delta", ports[30])
        run_stranger(ports[1])
        server = start("all")
        wait_until(lambda: server.assignments()["gamma"] not in (ports[0], ports[1])
                   and server.assignments()["delta"] == ports[30], "all of it to be resolved")
        wait_until(lambda: server.conflicts() == [], "no conflict to be left")

    def test_one_that_refuses_is_left_in_peace(self, launch, tmp_path, run_service, ports):
        server = launch(auto_resolve="all", scan_interval_ms=SCAN_INTERVAL, **SHORT,
                        import_file=suite_file(tmp_path / "reserved.json", {"alpha": ports[50]},
                                               reserved=[ports[50]]))
        alpha = run_service("alpha", ports[50], mode="refuse")
        server.ok("POST", "/api/ports/assign", {"service_id": "alpha", "port": ports[50],
                                                "force": True})
        for _ in range(3):
            settle(server)
        assert len(alpha.updates()) <= 2
