"""POST /api/ports/bulk-update: swaps, cycles, chains; checked as a whole; partial failure."""

import pytest

from harness import SELF, SHORT, refused, squatter, succeeded


def bulk(server, **updates):
    return server.post("/api/ports/bulk-update", {"updates": updates})


@pytest.fixture
def four(run_service, ports):
    """alpha, beta, gamma and delta really running."""
    return {name: run_service(name, ports[offset])
            for offset, name in enumerate(("alpha", "beta", "gamma", "delta"))}


def check_all(server, services, expected):
    given = server.assignments()
    for name, port in expected.items():
        assert given[name] == port, name
        assert services[name].answers_on(port), name
    assert server.conflicts() == []
    assert server.sql("SELECT * FROM moves WHERE state IN ('pending', 'planned')") == []


def done(answer, total):
    body = succeeded(answer)
    assert (body["total"], body["successful"], body["failed"]) == (total, total, 0)
    assert len(body["results"]) == total
    return body


def test_independent_moves(server, four, ports):
    body = done(bulk(server, alpha=ports[60], beta=ports[61]), 2)
    results = {each["service_id"]: each for each in body["results"]}
    assert results["alpha"] == results["alpha"] | {
        "success": True, "old_port": ports[0], "new_port": ports[60]}
    check_all(server, four, {"alpha": ports[60], "beta": ports[61], "gamma": ports[2]})


def test_swap(server, four, ports):
    done(bulk(server, alpha=ports[1], beta=ports[0]), 2)
    check_all(server, four, {"alpha": ports[1], "beta": ports[0]})


def test_cycle(server, four, ports):
    done(bulk(server, alpha=ports[1], beta=ports[2], gamma=ports[0]), 3)
    check_all(server, four, {"alpha": ports[1], "beta": ports[2], "gamma": ports[0]})


def test_chain_is_taken_from_its_free_end(server, four, ports):
    done(bulk(server, alpha=ports[1], beta=ports[2], gamma=ports[60]), 3)
    check_all(server, four, {"alpha": ports[1], "beta": ports[2], "gamma": ports[60]})
    for service in four.values():
        assert len(service.updates()) <= 1


def test_two_swaps(server, four, ports):
    done(bulk(server, alpha=ports[1], beta=ports[0], gamma=ports[3], delta=ports[2]), 4)
    check_all(server, four, {"alpha": ports[1], "beta": ports[0], "gamma": ports[3],
                             "delta": ports[2]})


def test_a_dry_run_moves_nobody(server, four, ports):
    before = server.revision()
    wanted = {"alpha": ports[1], "beta": ports[0], "gamma": ports[60]}
    body = server.ok("POST", "/api/ports/bulk-update", {"updates": wanted, "dry_run": True})
    assert body["dry_run"] is True
    assert (body["total"], body["failed"]) == (3, 0)
    assert [each["new_port"] for each in body["results"]] == list(wanted.values())
    assert sum("spare port" in each["message"] for each in body["results"]) == 1
    check_all(server, four, {"alpha": ports[0], "beta": ports[1], "gamma": ports[2]})
    assert server.revision() == before
    assert all(service.updates() == [] for service in four.values())
    with squatter(ports[60]):
        refused(server.post("/api/ports/bulk-update", {"updates": wanted, "dry_run": True}),
                409, "port_in_use")


def test_swap_in_a_full_range(launch, suite, ports, run_service):
    """The spare port of a swap must come from somewhere; without one nothing is touched."""
    server = launch(import_file=suite, range=f"{ports[0]}-{ports[4]}")
    server.assign("filler", ports[4])
    alpha, beta = run_service("alpha", ports[0]), run_service("beta", ports[1])
    answer = bulk(server, alpha=ports[1], beta=ports[0])
    if answer.status_code == 200:
        assert alpha.answers_on(ports[1]) and beta.answers_on(ports[0])
    else:
        refused(answer, 409, "range_full")
        assert alpha.answers_on(ports[0]) and beta.answers_on(ports[1])
    assert alpha.answers_on(server.assignments()["alpha"])


def test_swap_of_stopped_services(server, ports):
    done(bulk(server, alpha=ports[1], beta=ports[0]), 2)
    assert server.assignments() == server.assignments() | {"alpha": ports[1], "beta": ports[0]}
    assert server.conflicts() == []


def test_swap_of_a_running_and_a_stopped_service(server, run_service, ports):
    alpha = run_service("alpha", ports[0])
    done(bulk(server, alpha=ports[1], beta=ports[0]), 2)
    assert alpha.answers_on(ports[1])
    assert server.assignments()["beta"] == ports[0]


def test_history_of_a_swap_ends_where_the_service_is(server, four, ports):
    done(bulk(server, alpha=ports[1], beta=ports[0]), 2)
    for name, port in (("alpha", ports[1]), ("beta", ports[0])):
        assert server.ok("GET", f"/api/ports/history/{name}")["history"][-1] == port
        assert server.events(name)[-1]["new_port"] == port


def test_to_where_they_are(server, four, ports):
    done(bulk(server, alpha=ports[0], beta=ports[1]), 2)
    assert four["alpha"].updates() == four["beta"].updates() == []


def test_nothing(server):
    answer = bulk(server)
    if answer.status_code == 200:
        assert (answer.json()["total"], answer.json()["results"]) == (0, [])
    else:
        refused(answer, 422, "invalid_shape", "updates")


class TestRefusedAsAWhole:
    """One wrong entry, and nobody is moved."""

    @pytest.fixture(autouse=True)
    def unchanged(self, server, run_service, ports):
        service = run_service("alpha", ports[0])
        before = server.assignments(), server.revision()
        yield
        assert (server.assignments(), server.revision()) == before
        assert server.sql("SELECT * FROM moves") == []
        assert service.updates() == []

    def test_taken(self, server, ports):
        refused(bulk(server, alpha=ports[60], beta=ports[2]), 409, "port_taken", ports[2], "gamma")

    def test_reserved(self, server, ports):
        refused(bulk(server, alpha=ports[60], beta=ports[50]), 409, "port_reserved", ports[50])

    def test_in_use(self, server, ports):
        with squatter(ports[61]):
            refused(bulk(server, alpha=ports[60], beta=ports[61]), 409, "port_in_use", ports[61])

    def test_unknown(self, server, ports):
        refused(bulk(server, alpha=ports[60], nobody=ports[61]), 404, "unknown_service", "nobody")

    def test_out_of_bounds(self, server, ports):
        refused(bulk(server, alpha=ports[60], beta=80), 400, "out_of_bounds", "beta")
        refused(bulk(server, alpha=ports[60], beta=ports.high + 1), 400, "out_of_bounds",
                ports.high + 1)

    def test_one_port_for_two(self, server, ports):
        answer = bulk(server, alpha=ports[60], beta=ports[60])
        assert answer.status_code in (409, 422), answer.text
        refused(answer, answer.status_code, answer.json()["code"], ports[60], "alpha", "beta")

    def test_itself(self, server, ports):
        refused(server.post("/api/ports/bulk-update",
                            {"updates": {"alpha": ports[60], SELF: ports[61]}}), 403, "forbidden")
        refused(bulk(server, alpha=ports[100]), 409, "port_taken", ports[100])

    def test_port_of_the_wrong_type(self, server, ports):
        refused(bulk(server, alpha=ports[60], beta="x"), 422, "invalid_shape", "beta")


class TestPartialFailure:
    @pytest.fixture
    def server(self, launch, suite):
        return launch(import_file=suite, **SHORT)

    def test_one_refuses(self, server, run_service, ports):
        alpha = run_service("alpha", ports[0])
        beta = run_service("beta", ports[1], mode="refuse")
        answer = bulk(server, alpha=ports[60], beta=ports[61])
        body = answer.json()
        assert answer.status_code == 200, answer.text
        assert (body["total"], body["successful"], body["failed"]) == (2, 1, 1)
        results = {each["service_id"]: each for each in body["results"]}
        assert results["alpha"]["success"] is True
        assert results["beta"]["success"] is False
        assert "not now" in results["beta"]["message"]
        assert alpha.answers_on(ports[60]) and beta.answers_on(ports[1])
        assert server.assignments() == server.assignments() | {"alpha": ports[60],
                                                               "beta": ports[1]}

    @pytest.mark.parametrize("refuser", ["alpha", "beta", "gamma"])
    def test_one_of_a_cycle_refuses(self, server, run_service, ports, refuser):
        """Whoever fails: everybody runs where the registry says. One that cannot go on because its
        port is kept, nor back because that is taken, stays on the spare port, and the answer says so."""
        services = {name: run_service(name, ports[offset],
                                      mode="refuse" if name == refuser else "none")
                    for offset, name in enumerate(("alpha", "beta", "gamma"))}
        answer = bulk(server, alpha=ports[1], beta=ports[2], gamma=ports[0])
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["failed"] >= 1
        given = server.assignments()
        for name, service in services.items():
            assert service.answers_on(given[name])
        assert given[refuser] == {"alpha": ports[0], "beta": ports[1], "gamma": ports[2]}[refuser]
        results = {each["service_id"]: each for each in body["results"]}
        for offset, name in enumerate(("alpha", "beta", "gamma")):
            wanted = ports[(offset + 1) % 3]
            assert results[name]["success"] == (given[name] == wanted)
            if given[name] not in (wanted, ports[offset]):
                assert str(given[name]) in results[name]["message"]
        assert server.conflicts() == []
        assert server.sql("SELECT * FROM moves WHERE state IN ('pending', 'planned')") == []

    def test_one_of_a_chain_refuses(self, server, run_service, ports):
        """beta stays, so alpha cannot have its port: nobody is put on top of it."""
        alpha = run_service("alpha", ports[0])
        beta = run_service("beta", ports[1], mode="refuse")
        body = bulk(server, alpha=ports[1], beta=ports[60]).json()
        assert (body["successful"], body["failed"]) == (0, 2)
        assert alpha.answers_on(ports[0]) and beta.answers_on(ports[1])
        assert server.conflicts() == []
