"""The calls of one existing agent (api.md, "Aliases")."""

from harness import SELF, refused, squatter, succeeded


class TestAssign:
    def assign(self, server, **body):
        return server.post("/api/ports/assign", body)

    def test_preferred_port(self, server, ports):
        body = succeeded(self.assign(server, service_name="epsilon", preferred_port=ports[10]))
        assert (body["service_id"], body["port"]) == ("epsilon", ports[10])

    def test_taken_preference_gives_the_next_free_port(self, server, ports):
        body = succeeded(self.assign(server, service_name="epsilon", preferred_port=ports[1]))
        assert body["port"] == ports[4]

    def test_reserved_preference(self, server, ports):
        body = succeeded(self.assign(server, service_name="epsilon", preferred_port=ports[50]))
        assert body["port"] == ports[51]

    def test_preference_that_listens(self, server, ports):
        with squatter(ports[10]):
            body = succeeded(self.assign(server, service_name="epsilon", preferred_port=ports[10]))
        assert body["port"] == ports[11]

    def test_no_preference(self, server, ports):
        assert succeeded(self.assign(server, service_name="epsilon"))["port"] == ports[4]

    def test_out_of_bounds(self, server):
        refused(self.assign(server, service_name="epsilon", preferred_port=80), 400, "out_of_bounds")

    def test_not_a_number(self, server):
        refused(self.assign(server, service_name="epsilon", preferred_port="x"), 422, "invalid_shape",
                "preferred_port")


class TestDelete:
    def test_holder(self, server, ports):
        succeeded(server.delete(f"/api/ports/{ports[1]}", {"service_name": "beta"}))
        assert "beta" not in server.assignments()

    def test_somebody_else(self, server, ports):
        refused(server.delete(f"/api/ports/{ports[1]}", {"service_name": "alpha"}), 409, "port_taken",
                ports[1], "beta")
        assert server.assignments()["beta"] == ports[1]
        assert server.assignments()["alpha"] == ports[0]

    def test_free_port(self, server, ports):
        refused(server.delete(f"/api/ports/{ports[10]}", {"service_name": "alpha"}), 404,
                "unknown_port", ports[10])

    def test_unknown_service(self, server, ports):
        answer = server.delete(f"/api/ports/{ports[1]}", {"service_name": "nobody"})
        assert answer.status_code in (404, 409)
        assert server.assignments()["beta"] == ports[1]

    def test_without_a_name(self, server, ports):
        refused(server.delete(f"/api/ports/{ports[1]}", {}), 422, "invalid_shape", "service_name")
        answer = server.delete(f"/api/ports/{ports[1]}")
        assert answer.status_code in (400, 422)
        assert server.assignments()["beta"] == ports[1]

    def test_itself(self, server, ports):
        refused(server.delete(f"/api/ports/{ports[100]}", {"service_name": SELF}), 403, "forbidden")


class TestResolveConflict:
    def test_moves_that_service(self, server, ports):
        server.assign("epsilon", ports[1], force=True)
        body = server.ok("POST", "/api/ports/resolve-conflict",
                         {"service_name": "epsilon", "current_port": ports[1]})
        assert body["new_port"] == ports[4]
        assert server.assignments() == server.assignments() | {"beta": ports[1],
                                                               "epsilon": ports[4]}
        assert server.conflicts() == []

    def test_no_conflict(self, server, ports):
        """Nothing to resolve: nothing moves (bulk_update.h says the same)."""
        answer = server.post("/api/ports/resolve-conflict",
                             {"service_name": "alpha", "current_port": ports[0]})
        refused(answer, 404, "unknown_port", ports[0])
        assert server.assignments()["alpha"] == ports[0]

    def test_not_its_port(self, server, ports):
        answer = server.post("/api/ports/resolve-conflict",
                             {"service_name": "alpha", "current_port": ports[1]})
        assert answer.status_code in (404, 409), answer.text
        assert server.assignments()["alpha"] == ports[0]

    def test_unknown_service(self, server, ports):
        refused(server.post("/api/ports/resolve-conflict",
                            {"service_name": "nobody", "current_port": ports[1]}), 404,
                "unknown_service", "nobody")


def test_available_count(server, ports):
    body = server.ok("GET", f"/api/ports/available?start_port={ports[0]}&count=3")
    assert body["ports"] == [ports[4], ports[5], ports[6]]
