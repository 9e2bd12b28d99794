"""POST /api/ports/release."""

from harness import SELF, refused, succeeded


def release(server, service_id):
    return server.post("/api/ports/release", {"service_id": service_id})


def test_release(server, ports):
    body = succeeded(release(server, "beta"))
    assert (body["service_id"], body["port"]) == ("beta", ports[1])
    assert str(ports[1]) in body["message"]
    assert "beta" not in server.assignments()
    server.assign("epsilon", ports[1])


def test_service_stays_known(server):
    release(server, "beta")
    ids = [each["service_id"] for each in server.ok("GET", "/api/services")["services"]]
    assert "beta" in ids


def test_unknown_service(server):
    refused(release(server, "nobody"), 404, "unknown_service", "nobody")


def test_twice(server):
    succeeded(release(server, "beta"))
    refused(release(server, "beta"), 404, "unknown_port", "beta")


def test_own_port(server, ports):
    refused(release(server, SELF), 403, "forbidden")
    assert server.assignments()[SELF] == ports[100]


def test_history_keeps_the_release(server, ports):
    release(server, "beta")
    last = server.events("beta")[-1]
    assert (last["action"], last["old_port"], last["new_port"]) == ("release", ports[1], None)
