"""Two moves at once: of one service, or to one port. One wins, the other is told why not."""

import concurrent.futures

import pytest

from harness import succeeded, wait_until


@pytest.fixture
def pool():
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        yield pool


def move(server, service_id, new_port=None):
    return server.post("/api/ports/reassign", {"service_id": service_id, "new_port": new_port})


def one_wins(answers, *codes):
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (len(answers) - 1), \
        [answer.text for answer in answers]
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] in codes
    winner, = [answer for answer in answers if answer.status_code == 200]
    return succeeded(winner)


def test_of_one_service(server, run_service, pool, ports):
    service = run_service("alpha", ports[0], mode="slow")
    body = one_wins(list(pool.map(lambda offset: move(server, "alpha", ports[offset]), (60, 61, 62))),
                    "move_in_progress")
    assert service.answers_on(body["new_port"])
    assert server.assignments()["alpha"] == body["new_port"]
    assert [update["new_port"] for update in service.updates()] == [body["new_port"]]


def test_to_one_port(server, run_service, pool, ports):
    services = {name: run_service(name, ports[offset], mode="slow")
                for offset, name in enumerate(("alpha", "beta", "gamma"))}
    body = one_wins(list(pool.map(lambda name: move(server, name, ports[60]), services)),
                    "move_in_progress", "port_taken", "port_in_use")
    for offset, (name, service) in enumerate(services.items()):
        expected = ports[60] if name == body["service_id"] else ports[offset]
        assert service.answers_on(expected)
        assert server.assignments()[name] == expected


def test_automatic_targets_differ(server, run_service, pool, ports):
    services = [run_service(name, ports[offset], mode="slow")
                for offset, name in enumerate(("alpha", "beta", "gamma", "delta"))]
    bodies = [succeeded(answer) for answer in
              pool.map(lambda service: move(server, service.service_id), services)]
    assert len({body["new_port"] for body in bodies}) == 4
    for service, body in zip(services, bodies):
        assert service.answers_on(body["new_port"])


def test_old_port_is_claimed_while_it_is_left(server, run_service, pool, ports):
    service = run_service("alpha", ports[0], mode="slow")
    first = pool.submit(move, server, "alpha", ports[60])
    wait_until(service.updates, "alpha to be told")
    answer = move(server, "beta", ports[0])
    assert answer.status_code == 409
    assert answer.json()["code"] in ("move_in_progress", "port_taken")
    succeeded(first.result())
    succeeded(move(server, "beta", ports[0]))


def test_import_and_reset_are_refused_meanwhile(server, run_service, pool, ports):
    service = run_service("alpha", ports[0], mode="slow")
    export = server.get("/api/ports/export").json()
    first = pool.submit(move, server, "alpha", ports[60])
    wait_until(service.updates, "alpha to be told")
    backup = server.ok("POST", "/api/ports/backup")["backup_file"]
    for answer in (server.post("/api/ports/import", export), server.post("/api/ports/reset"),
                   server.post(f"/api/ports/restore?backup_file={backup}"),
                   server.delete("/api/services/alpha"),
                   server.post("/api/ports/bulk-update", {"updates": {"alpha": ports[61]}})):
        assert answer.status_code == 409, answer.text
        assert answer.json()["code"] == "move_in_progress"
    succeeded(first.result())
    assert server.assignments()["alpha"] == ports[60]


def test_many_moves_of_many_services(server, run_service, pool, ports):
    """Four running services, each sent around by two callers. At the end all agree."""
    services = [run_service(name, ports[offset])
                for offset, name in enumerate(("alpha", "beta", "gamma", "delta"))]

    def send_around(number):
        service = services[number % 4]
        return [move(server, service.service_id, ports[60 + (number * 7 + step) % 12]).status_code
                for step in range(6)]

    statuses = [status for result in pool.map(send_around, range(8)) for status in result]
    assert set(statuses) <= {200, 409}
    assert 200 in statuses
    for service in services:
        assert service.answers_on(server.assignments()[service.service_id])
    assert server.conflicts() == []
    assert server.sql("SELECT * FROM moves WHERE state IN ('pending', 'planned')") == []
