"""/health, /api/health/, /api/health/detailed, and what is at /."""

import pytest

from harness import refused


def test_health(server):
    body = server.get("/health").json()
    assert body["status"] == "healthy"
    assert body["port_manager"] == "active"
    assert body["suite_communicator"] == "active"
    assert body["service"] and body["suite"]


@pytest.mark.parametrize("path", ["/api/health/", "/api/health"])
def test_api_health(server, path):
    body = server.get(path).json()
    assert body["status"] == "healthy"
    assert body["service"] and body["version"]
    assert isinstance(body["components"], dict) and body["components"]


def test_detailed(server):
    body = server.get("/api/health/detailed").json()
    assert body["status"] == "healthy"
    assert body["components"]
    assert body["statistics"]["total_services"] == 5
    assert body["conflicts"] == 0


def test_detailed_tells_how_it_serves(server):
    body = server.get("/api/health/detailed").json()
    serving = body["serving"]
    assert serving["host"] == "127.0.0.1" and serving["token_required"] is False
    assert serving["open_files_limit"] > 0 and serving["database_bytes"] > 0
    assert serving["free_bytes"] > 0
    assert body["moves"] == {"pending": 0, "oldest_at": None}
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as setting:
        assert body["ephemeral_ports"]["range"] == [int(port) for port in setting.read().split()]


def test_detailed_counts_conflicts(server, ports):
    server.assign("epsilon", ports[1], force=True)
    assert server.get("/api/health/detailed").json()["conflicts"] == 1


def test_root_for_programs(server):
    body = server.get("/", headers={"Accept": "application/json"}).json()
    assert body["message"] and body["version"]
    assert isinstance(body["features"], list)


@pytest.mark.parametrize("path", ["/nothing", "/api", "/api/ports", "/api/ports/assignments/a/b",
                                  "/healthy", "/health/x"])
def test_no_such_path(server, path):
    refused(server.get(path), 404, "not_found")


@pytest.mark.parametrize("method,path,allowed", [
    ("POST", "/api/ports/assignments", {"GET", "HEAD"}),
    ("GET", "/api/ports/assign", {"POST"}),
    ("PUT", "/api/ports/assign", {"POST"}),
    ("PATCH", "/api/ports/reserve", {"POST"}),
    ("GET", "/api/ports/reassign", {"POST"}),
    ("DELETE", "/api/ports/assignments", {"GET", "HEAD"}),
    ("POST", "/health", {"GET", "HEAD"}),
    ("PUT", "/api/services/alpha", {"GET", "HEAD", "DELETE"}),
    ("POST", "/api/ports/reserve/8000", {"DELETE"}),
])
def test_method_not_allowed(server, method, path, allowed):
    answer = server.request(method, path)
    refused(answer, 405, "method_not_allowed")
    given = {each.strip() for each in answer.headers["Allow"].split(",")}
    assert allowed <= given
    assert method not in given


def test_instance_names_the_request(server):
    assert "/api/ports/assignments/nobody" in \
        server.get("/api/ports/assignments/nobody").json()["instance"]
