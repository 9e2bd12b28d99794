"""The rows of api.md under Services."""

import pytest

from harness import SELF, refused, squatter, succeeded, wait_until


def register(server, **body):
    return server.post("/api/services/register", body)


class TestRegister:
    def test_with_a_port(self, server, ports):
        body = succeeded(register(server, service_id="epsilon", port=ports[10]))
        assert (body["service_id"], body["port"]) == ("epsilon", ports[10])
        assert server.assignments()["epsilon"] == ports[10]

    def test_other_names_of_the_members(self, server, ports):
        body = succeeded(register(server, name="epsilon", current_port=ports[10]))
        assert (body["service_id"], body["port"]) == ("epsilon", ports[10])

    def test_without_a_port(self, server):
        body = succeeded(register(server, service_id="epsilon"))
        assert body["service_id"] == "epsilon"
        assert body["port"] == server.assignments().get("epsilon")

    def test_details(self, server, ports):
        succeeded(register(server, service_id="epsilon", port=ports[10], host="127.0.0.1",
                           health_endpoint="/alive", process="epsilond", category=None))
        service = server.ok("GET", "/api/services/epsilon")["service"]
        assert service["health_endpoint"] == "/alive"
        assert service["process"] == "epsilond"

    def test_again_is_no_error(self, server, ports):
        for _ in range(2):
            assert succeeded(register(server, service_id="epsilon", port=ports[10]))["port"] \
                == ports[10]

    def test_running_service_registers_itself(self, server, run_service, ports):
        """It listens on the port already: that is not a conflict."""
        run_service("epsilon", ports[10])
        assert succeeded(register(server, service_id="epsilon", port=ports[10]))["port"] == ports[10]

    def test_taken(self, server, ports):
        refused(register(server, service_id="epsilon", port=ports[1]), 409, "port_taken", "beta")
        assert "epsilon" not in server.assignments()

    def test_reserved(self, server, ports):
        refused(register(server, service_id="epsilon", port=ports[50]), 409, "port_reserved")

    @pytest.mark.parametrize("body,status,code", [
        ({}, 422, "invalid_shape"),
        ({"service_id": 7}, 422, "invalid_shape"),
        ({"service_id": "a b"}, 400, "invalid_name"),
        ({"service_id": "epsilon", "port": 80}, 400, "out_of_bounds"),
        ({"service_id": "epsilon", "port": "8000"}, 422, "invalid_shape"),
        ({"service_id": "epsilon", "health_endpoint": 7}, 422, "invalid_shape"),
        ({"service_id": "epsilon", "host": ["x"]}, 422, "invalid_shape"),
    ], ids=str)
    def test_wrong_request(self, server, body, status, code):
        refused(register(server, **body), status, code)
        refused(server.get("/api/services/epsilon"), 404, "unknown_service")

    @pytest.mark.parametrize("endpoint", ["health", "http://evil.example/", "/a b", "/a\r\nX: y",
                                          "@evil.example/", "/\x01", "/" + "a" * 5000])
    def test_health_endpoint_is_a_path(self, server, endpoint):
        """What a service registers must not send the Port Manager somewhere else."""
        answer = register(server, service_id="epsilon", health_endpoint=endpoint)
        assert answer.status_code in (400, 422), answer.text
        refused(answer, answer.status_code, answer.json()["code"], "health_endpoint")

    @pytest.mark.parametrize("host", ["evil.example/", "user@host", "host:80", "a b", "a\nb", "",
                                      "x" * 300])
    def test_host_is_a_host(self, server, host):
        answer = register(server, service_id="epsilon", host=host)
        assert answer.status_code in (400, 422), answer.text
        refused(answer, answer.status_code, answer.json()["code"], "host")


class TestList:
    def test_all(self, server):
        services = server.ok("GET", "/api/services")["services"]
        assert sorted(each["service_id"] for each in services) == sorted(
            ["alpha", "beta", "gamma", "delta", SELF])

    def test_one(self, server, ports):
        service = server.ok("GET", "/api/services/beta")["service"]
        assert service["service_id"] == "beta"
        assert service["port"] == ports[1]

    def test_one_unknown(self, server):
        refused(server.get("/api/services/nobody"), 404, "unknown_service", "nobody")

    def test_port(self, server, ports):
        body = server.ok("GET", "/api/services/beta/port")
        assert (body["service_id"], body["port"]) == ("beta", ports[1])

    def test_port_unknown(self, server):
        refused(server.get("/api/services/nobody/port"), 404, "unknown_service", "nobody")

    def test_discover(self, server):
        body = server.ok("GET", "/api/services/discover")
        assert body["count"] == len(body["services"]) >= 5

    def test_service_named_like_a_path(self, server):
        """A service may be called what a route is called."""
        server.assign("status")
        server.assign("discover")
        assert server.assignments().keys() >= {"status", "discover"}
        assert server.ok("GET", "/api/services/discover")["count"] >= 7


class TestDelete:
    def test_delete(self, server, ports):
        succeeded(server.delete("/api/services/beta"))
        refused(server.get("/api/services/beta"), 404, "unknown_service")
        assert "beta" not in server.assignments()
        server.assign("epsilon", ports[1])

    def test_unknown(self, server):
        refused(server.delete("/api/services/nobody"), 404, "unknown_service", "nobody")

    def test_itself(self, server, ports):
        refused(server.delete(f"/api/services/{SELF}"), 403, "forbidden")
        assert server.assignments()[SELF] == ports[100]

    def test_comes_back(self, server, ports):
        server.ok("DELETE", "/api/services/beta")
        server.assign("beta", ports[10])
        assert server.ok("GET", "/api/services/beta")["service"]["port"] == ports[10]


class TestStatus:
    def test_nothing_known_yet(self, server):
        body = server.ok("GET", "/api/services/status")
        assert body["total"] == len(body["statuses"]) == 5
        assert body["healthy"] == sum(each["status"] == "healthy" for each in body["statuses"])
        assert body["unhealthy"] == sum(each["status"] == "unhealthy" for each in body["statuses"])
        for each in body["statuses"]:
            assert each["status"] in ("healthy", "unhealthy", "unknown")
            assert "last_checked" in each and "port" in each

    def test_one(self, server, ports):
        status = server.ok("GET", "/api/services/status/beta")["status"]
        assert status["service_id"] == "beta"
        assert status["port"] == ports[1]
        assert status["status"] == "unknown"

    def test_unknown(self, server):
        refused(server.get("/api/services/status/nobody"), 404, "unknown_service", "nobody")

    def test_after_a_check(self, server, run_service, ports):
        run_service("alpha", ports[0])
        server.ok("GET", "/api/services/health/alpha")
        status = server.ok("GET", "/api/services/status/alpha")["status"]
        assert status["status"] == "healthy"
        assert status["last_checked"].endswith("Z")
        assert server.ok("GET", "/api/services/status")["healthy"] == 1


class TestHealth:
    def check(self, server, service_id):
        return server.ok("GET", f"/api/services/health/{service_id}")

    def test_healthy(self, server, run_service, ports):
        run_service("alpha", ports[0])
        body = self.check(server, "alpha")
        assert (body["service_id"], body["port"], body["healthy"]) == ("alpha", ports[0], True)

    def test_unhealthy(self, server, run_service, ports):
        run_service("alpha", ports[0], mode="unhealthy")
        assert self.check(server, "alpha")["healthy"] is False

    def test_stopped(self, server):
        assert self.check(server, "alpha")["healthy"] is False

    def test_somebody_else(self, server, run_service, ports):
        """Healthy, but another service: alpha is not there."""
        run_service("omega", ports[0])
        assert self.check(server, "alpha")["healthy"] is False

    def test_no_identity_is_believed(self, server, run_service, ports):
        run_service("alpha", ports[0], mode="no_identity")
        assert self.check(server, "alpha")["healthy"] is True

    def test_checked_now(self, server, run_service, ports):
        service = run_service("alpha", ports[0])
        assert self.check(server, "alpha")["healthy"] is True
        service.close()
        assert self.check(server, "alpha")["healthy"] is False

    def test_silent_listener(self, launch, suite, ports):
        """Accepts the connection and says nothing: unhealthy within the time-out."""
        server = launch(import_file=suite, health_timeout_ms=500)
        with squatter(ports[0]):
            assert self.check(server, "alpha")["healthy"] is False

    def test_unknown(self, server):
        refused(server.get("/api/services/health/nobody"), 404, "unknown_service", "nobody")

    def test_without_a_port(self, server):
        server.ok("POST", "/api/ports/release", {"service_id": "beta"})
        refused(server.get("/api/services/health/beta"), 404, "unknown_port", "beta")


class TestRestart:
    def restart(self, server, service_id):
        return server.post("/api/services/restart", {"service_id": service_id})

    def test_restart(self, server, run_service, ports):
        service = run_service("alpha", ports[0])
        body = succeeded(self.restart(server, "alpha"))
        assert body["service_id"] == "alpha"
        assert body["message"]
        wait_until(lambda: service.answers_on(ports[0]), "alpha to be back")
        assert "/api/admin/restart" in [call["path"] for call in service.calls()]

    def test_stopped(self, server, ports):
        answer = self.restart(server, "alpha")
        refused(answer, 502, answer.json()["code"], "alpha", ports[0])
        assert answer.json()["code"] in ("service_unreachable", "service_not_up")

    def test_silent(self, launch, suite, ports):
        server = launch(import_file=suite, restart_timeout_ms=500)
        with squatter(ports[0]):
            refused(self.restart(server, "alpha"), 502, "service_timeout", "alpha")

    def test_unknown(self, server):
        refused(self.restart(server, "nobody"), 404, "unknown_service", "nobody")

    def test_without_a_port(self, server):
        server.ok("POST", "/api/ports/release", {"service_id": "beta"})
        refused(self.restart(server, "beta"), 404, "unknown_port", "beta")
