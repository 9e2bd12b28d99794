"""POST /api/ports/assign."""

import concurrent.futures

import pytest

from harness import SELF, refused, squatter, succeeded, wait_until


def assign(server, **body):
    return server.post("/api/ports/assign", body)


def test_explicit_port(server, ports):
    body = succeeded(assign(server, service_id="epsilon", port=ports[10]))
    assert (body["service_id"], body["port"]) == ("epsilon", ports[10])
    assert str(ports[10]) in body["message"]
    assert server.assignments()["epsilon"] == ports[10]


def test_automatic_port_is_the_lowest_free_one(server, ports):
    assert server.assign("epsilon")["port"] == ports[4]
    assert server.assign("zeta")["port"] == ports[5]


def test_automatic_port_passes_over_reserved_and_listening(server, ports):
    server.ok("POST", "/api/ports/reserve", {"port": ports[4]})
    with squatter(ports[5]):
        assert server.assign("epsilon")["port"] == ports[6]


def test_automatic_port_in_a_range_of_the_request(server, ports):
    body = server.assign("epsilon", range=f"{ports[300]}-{ports[309]}")
    assert body["port"] == ports[300]


@pytest.mark.parametrize("range_", ["", "x", "9000", "9000-8000", "80-9000", "8000-70000", "-",
                                    "8000-9000-9001", " 8000-9000"])
def test_automatic_port_in_no_range(server, range_):
    refused(assign(server, service_id="epsilon", range=range_), 400, "out_of_bounds", "range")
    assert "epsilon" not in server.assignments()


def test_explicit_port_outside_the_range_of_the_request(server, ports):
    """Both given: the port must lie in the range, or the range is ignored; never another port."""
    answer = assign(server, service_id="epsilon", port=ports[10],
                    range=f"{ports[300]}-{ports[309]}")
    if answer.status_code == 200:
        assert answer.json()["port"] == ports[10]
    else:
        assert answer.status_code in (400, 422), answer.text


def test_same_port_again_changes_nothing(server, ports):
    before = server.revision()
    body = succeeded(assign(server, service_id="alpha", port=ports[0]))
    assert body["port"] == ports[0]
    assert server.revision() == before


def test_no_port_in_particular_gives_the_present_one(server, ports):
    before = server.revision()
    assert server.assign("alpha")["port"] == ports[0]
    assert server.revision() == before


def test_another_port_is_a_move(server, ports):
    refused(assign(server, service_id="alpha", port=ports[10]), 409, "already_assigned", "alpha",
            ports[0], "reassign")
    assert server.assignments()["alpha"] == ports[0]


def test_force_does_not_move(server, ports):
    """`force` passes over somebody else's claim, not over the rule that moving is reassign."""
    refused(assign(server, service_id="alpha", port=ports[10], force=True), 409, "already_assigned",
            "alpha", ports[0], "reassign")
    assert server.assignments()["alpha"] == ports[0]


def test_taken(server, ports):
    refused(assign(server, service_id="epsilon", port=ports[1]), 409, "port_taken", ports[1], "beta")
    assert "epsilon" not in server.assignments()


def test_reserved(server, ports):
    refused(assign(server, service_id="epsilon", port=ports[50]), 409, "port_reserved", ports[50])


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_in_use_names_the_listener(server, ports, address):
    with squatter(ports[10], address):
        refused(assign(server, service_id="epsilon", port=ports[10]), 409, "port_in_use", ports[10],
                "python3")
    server.assign("epsilon", ports[10])


def test_outside_the_range(server, ports):
    refused(assign(server, service_id="epsilon", port=ports.high + 1), 400, "out_of_bounds",
            ports.high + 1, ports.low, ports.high, "force")


@pytest.mark.parametrize("port", [0, -1, 80, 1023, 65536, 99999, 2**31, 2**32 + 8000, 2**63 - 1])
@pytest.mark.parametrize("force", [False, True])
def test_out_of_bounds(server, port, force):
    named = [port] if port < 2**31 else []
    refused(assign(server, service_id="epsilon", port=port, force=force), 400, "out_of_bounds", *named)
    assert "epsilon" not in server.assignments()


@pytest.mark.parametrize("service_id", ["", " ", "a b", "a/b", "../x", "-x", ".x", "ä", "a\u0000b",
                                        "x" * 129, "a\nb", "<script>"])
def test_invalid_service_id(server, service_id):
    refused(assign(server, service_id=service_id), 400, "invalid_name", "service_id")


def test_longest_service_id(server):
    name = "x" * 128
    server.assign(name)
    assert server.ok("GET", f"/api/ports/assignments/{name}")["service_id"] == name


def test_null_optional_members_are_left_out(server, ports):
    body = succeeded(assign(server, service_id="epsilon", port=None, range=None, host=None,
                            protocol=None, force=None))
    assert body["port"] == ports[4]


def test_force_over_an_assignment_is_contested_and_reported(server, ports):
    body = succeeded(assign(server, service_id="epsilon", port=ports[1], force=True))
    assert body["port"] == ports[1]
    assert server.assignments()["beta"] == server.assignments()["epsilon"] == ports[1]
    conflict, = server.conflicts()
    assert conflict["type"] == "duplicate_assignment"
    assert conflict["services"] == ["beta", "epsilon"]
    rows = server.sql("SELECT service_id, contested FROM assignments WHERE port = ?", ports[1])
    assert {row["service_id"]: row["contested"] for row in rows} == {"beta": 0, "epsilon": 1}


def test_next_in_age_becomes_holder(server, ports):
    assign(server, service_id="epsilon", port=ports[1], force=True)
    server.ok("POST", "/api/ports/release", {"service_id": "beta"})
    assert server.conflicts() == []
    row, = server.sql("SELECT service_id, contested FROM assignments WHERE port = ?", ports[1])
    assert (row["service_id"], row["contested"]) == ("epsilon", 0)


def test_force_over_reservation_range_and_kernel(server, ports):
    succeeded(assign(server, service_id="epsilon", port=ports[50], force=True))
    assert [each["type"] for each in server.conflicts()] == ["reserved_port"]
    succeeded(assign(server, service_id="zeta", port=ports.high + 1, force=True))
    assert {each["type"] for each in server.conflicts()} == {"reserved_port", "out_of_range"}
    with squatter(ports[10]):
        succeeded(assign(server, service_id="eta", port=ports[10], force=True))


def test_force_never_takes_the_port_managers_own(server, ports):
    answer = assign(server, service_id="epsilon", port=ports[100], force=True)
    refused(answer, answer.status_code, answer.json()["code"], ports[100])
    assert answer.status_code in (403, 409)
    assert server.assignments()[SELF] == ports[100]
    assert "epsilon" not in server.assignments()


def test_hosts_have_their_own_ports(server, ports):
    body = succeeded(assign(server, service_id="epsilon", port=ports[1], host="node-7.example"))
    assert body["port"] == ports[1]
    refused(assign(server, service_id="zeta", port=ports[1], host="node-7.example"), 409,
            "port_taken", "epsilon")
    assert server.conflicts() == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.9", "::1", "0.0.0.0", "::"])
def test_this_machine_is_one_host(server, ports, host):
    refused(assign(server, service_id="epsilon", port=ports[1], host=host), 409, "port_taken", "beta")


def test_protocols_have_their_own_ports(server, ports):
    succeeded(assign(server, service_id="epsilon", port=ports[1], protocol="udp"))
    refused(assign(server, service_id="zeta", port=ports[1], protocol="udp"), 409, "port_taken",
            "epsilon")


def test_unknown_protocol(server):
    answer = assign(server, service_id="epsilon", protocol="sctp")
    assert answer.status_code in (400, 422), answer.text
    refused(answer, answer.status_code, answer.json()["code"], "protocol")


def test_range_full_says_which(server, ports):
    for port in (ports[300], ports[301]):
        server.assign(f"holder-{port}", port)
    refused(assign(server, service_id="epsilon", range=f"{ports[300]}-{ports[301]}"), 409,
            "range_full", ports[300], ports[301])


def test_whole_suite_full(launch, ports):
    server = launch(range=f"{ports[300]}-{ports[302]}")
    while (answer := assign(server, service_id=f"svc-{len(server.assignments())}")).status_code == 200:
        assert len(server.assignments()) <= 4
    refused(answer, 409, "range_full", ports[300], ports[302])


def test_one_of_many_callers_gets_the_port(server, ports):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: assign(server, service_id=f"svc-{number}",
                                                      port=ports[20]), range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 15
    winner, = [answer.json()["service_id"] for answer in answers if answer.status_code == 200]
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] in ("port_taken", "port_in_use")
    assert server.assignments()[winner] == ports[20]


def test_automatic_ports_of_many_callers_differ(server):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        given = list(pool.map(lambda number: server.assign(f"svc-{number}")["port"], range(64)))
    assert len(set(given)) == 64
    assert server.conflicts() == []


def test_bind_check_never_gives_a_false_veto_to_concurrent_callers(server, ports):
    """Sixteen callers ask for sixteen free neighbouring ports, again and again: all get them."""
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for round_ in range(10):
            names = [f"svc-{round_}-{number}" for number in range(16)]
            answers = list(pool.map(
                lambda item: assign(server, service_id=item[1], port=ports[200 + item[0]]),
                enumerate(names)))
            assert [answer.status_code for answer in answers] == [200] * 16, \
                [answer.text for answer in answers if answer.status_code != 200]
            for name in names:
                server.ok("POST", "/api/ports/release", {"service_id": name})


def test_move_in_progress_claims_both_ports(launch, suite, run_service, ports):
    server = launch(import_file=suite)
    service = run_service("alpha", ports[0], mode="slow")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        move = pool.submit(server.post, "/api/ports/reassign",
                           {"service_id": "alpha", "new_port": ports[60]})
        wait_until(service.updates, "the service to be told")
        for force in (False, True):
            refused(assign(server, service_id="epsilon", port=ports[60], force=force), 409,
                    "move_in_progress", ports[60], "alpha")
        refused(assign(server, service_id="alpha", port=ports[61]), 409, "move_in_progress", "alpha")
        refused(server.post("/api/ports/release", {"service_id": "alpha"}), 409, "move_in_progress",
                "alpha")
        assert server.assign("zeta")["port"] == ports[4]
        succeeded(move.result())
    assert server.assignments()["alpha"] == ports[60]
