"""GET /api/services/discover: the registry, the Hub's list, and who answers on this host."""

import http.server
import json
import threading

import pytest

from harness import SELF


class FakeHub(http.server.ThreadingHTTPServer):
    """Answers the list of services that it was given."""

    def __init__(self, services):
        self.services = services
        self.paths = []
        super().__init__(("127.0.0.1", 0), HubHandler)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self):
        self.shutdown()
        self.server_close()


class HubHandler(http.server.BaseHTTPRequestHandler):
    def log_message(self, format, *args):
        pass

    def do_GET(self):
        self.server.paths.append(self.path)
        answer = self.server.services
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def hub():
    started = []

    def start(services):
        started.append(FakeHub(services))
        return started[-1]

    yield start
    for each in started:
        each.close()


def discover(server):
    body = server.ok("GET", "/api/services/discover")
    assert body["count"] == len(body["services"])
    return {each["service_id"]: each for each in body["services"]}, body.get("warnings", [])


def test_registry_alone(server):
    found, warnings = discover(server)
    assert set(found) == {"alpha", "beta", "gamma", "delta", SELF}
    assert warnings == []
    assert found["alpha"] == found["alpha"] | {"registered": True, "running": False,
                                               "sources": ["registry"], "listener": None}


def test_running(server, run_service, ports):
    alpha = run_service("alpha", ports[0])
    found, _ = discover(server)
    assert found["alpha"] == found["alpha"] | {"running": True, "port": ports[0],
                                               "sources": ["registry", "listener"]}
    assert found["alpha"]["listener"]["pid"] == alpha.process.pid
    assert found["beta"]["running"] is False


def test_unregistered_listener_is_offered(server, run_service, ports):
    """It is not taken over: who it is was never agreed."""
    wild = run_service("wild", ports[30])
    before = server.assignments()
    found, _ = discover(server)
    assert found["wild"] == found["wild"] | {
        "registered": False, "running": True, "port": ports[30], "sources": ["listener"]}
    assert found["wild"]["listener"]["pid"] == wild.process.pid
    assert "/api/services/register" in found["wild"]["offer"]
    assert str(ports[30]) in found["wild"]["offer"]
    assert server.assignments() == before
    assert wild.updates() == []
    call = json.loads(found["wild"]["offer"].split("register ", 1)[1].split("}")[0] + "}")
    assert server.ok("POST", "/api/services/register", call)["port"] == ports[30]
    assert discover(server)[0]["wild"]["registered"] is True


def test_strangers_are_no_services(server, run_stranger, ports):
    run_stranger(ports[30], "nameless")
    run_stranger(ports[31], "not_found")
    assert set(discover(server)[0]) == {"alpha", "beta", "gamma", "delta", SELF}


def test_hub(launch, suite, hub, run_service, ports):
    listed = hub({"services": [
        {"service_id": "alpha", "service_name": "Alpha", "host": "127.0.0.1", "port": ports[0]},
        {"service_id": "far", "service_name": "Far Away", "host": "far", "port": 8123}]})
    server = launch("--hub-url", listed.url, import_file=suite)
    run_service("alpha", ports[0])
    found, warnings = discover(server)
    assert warnings == []
    assert listed.paths == ["/api/v1/services/discover"]
    assert found["alpha"]["sources"] == ["registry", "hub", "listener"]
    far = found["far"]
    assert far == far | {"registered": False, "running": False, "sources": ["hub"], "port": 8123,
                         "host": "far", "name": "Far Away"}
    assert "far" in far["offer"]
    assert "far" not in server.assignments()


@pytest.mark.parametrize("answer", [b"<html>", {"services": 7}, b""], ids=["html", "shape", "empty"])
def test_hub_says_nonsense(launch, suite, hub, answer):
    listed = hub(answer)
    server = launch("--hub-url", listed.url, import_file=suite)
    found, warnings = discover(server)
    assert set(found) == {"alpha", "beta", "gamma", "delta", SELF}
    assert len(warnings) == 1 and listed.url in warnings[0]


def test_hub_down(launch, suite, hub):
    gone = hub([])
    gone.close()
    server = launch("--hub-url", gone.url, import_file=suite)
    found, warnings = discover(server)
    assert set(found) == {"alpha", "beta", "gamma", "delta", SELF}
    assert len(warnings) == 1 and gone.url in warnings[0]
    # Nothing else minds.
    server.assign("epsilon")


def test_elsewhere(server, run_service, ports):
    """A registered service that is not where it should be is found where it is."""
    run_service("alpha", ports[30])
    found, _ = discover(server)
    assert found["alpha"]["port"] == ports[0]
    assert found["alpha"]["listener"]["port"] == ports[30]
