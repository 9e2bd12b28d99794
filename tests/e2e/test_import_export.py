"""POST /api/ports/import and GET /api/ports/export: what a file may say, and that it comes back."""

import json

import pytest

from harness import SELF, refused, succeeded


@pytest.fixture
def content(ports):
    return {"port_assignments": {"zeta": ports[20], "alpha": ports[21], SELF: ports[100]},
            "port_history": {"zeta": [ports[30], ports[31], ports[20]], "departed": [ports[32]]},
            "reserved_ports": [ports[52], ports[51]],
            "last_updated": "2024-12-12T14:30:22Z"}


def import_(server, content):
    return server.post("/api/ports/import", content)


def export(server):
    answer = server.get("/api/ports/export")
    assert answer.status_code == 200, answer.text
    return answer.json()


def without_time(content):
    return {name: value for name, value in content.items() if name != "last_updated"}


def test_replaces(server, content, ports):
    body = succeeded(import_(server, content))
    assert body["message"]
    assert server.assignments() == content["port_assignments"]
    assert sorted(each["port"] for each in server.ok("GET", "/api/ports/reserved")["reserved"]) == [
        ports[51], ports[52]]


def test_services_stay_known(server, content):
    succeeded(import_(server, content))
    known = {each["service_id"] for each in server.ok("GET", "/api/services")["services"]}
    assert known >= {"alpha", "beta", "gamma", "delta", "zeta"}


def test_export_of_an_import_is_the_same(server, content):
    succeeded(import_(server, content))
    given = export(server)
    del given["last_updated"], content["last_updated"]
    given.pop("success", None)
    for history in (given["port_history"],):
        # alpha had no history in the file; what it has held since may be told.
        history.pop("alpha", None), history.pop(SELF, None)
    assert given == content


def test_unknown_members_are_given_back(server, content):
    extra = {"comment": "keep me", "nested": {"a": [1, 2.5, None, True, "ä"]}, "version": 3}
    succeeded(import_(server, content | extra))
    given = export(server)
    assert given == given | extra
    server.kill()
    server.start()
    assert export(server) == given | {"last_updated": export(server)["last_updated"]}
    config = server.wait_for_config(lambda content: "comment" in content, "unknown members")
    assert config == config | extra


def test_imported_history_is_continued(server, content, ports):
    succeeded(import_(server, content))
    server.ok("POST", "/api/ports/reassign", {"service_id": "zeta", "new_port": ports[60]})
    assert server.ok("GET", "/api/ports/history/zeta")["history"] == [
        ports[30], ports[31], ports[20], ports[60]]


def test_round_trip_through_export(server, ports):
    server.assign("epsilon", ports[10])
    before = export(server)
    server.ok("POST", "/api/ports/release", {"service_id": "epsilon"})
    succeeded(import_(server, before))
    after = export(server)
    before.pop("last_updated"), after.pop("last_updated")
    assert after == before


def test_format_of_export(server):
    default, named = export(server), server.get("/api/ports/export?format=port_config")
    assert named.status_code == 200
    assert named.json()["port_assignments"] == default["port_assignments"]
    answer = server.get("/api/ports/export?format=cuneiform")
    assert answer.status_code in (400, 422), answer.text
    refused(answer, answer.status_code, answer.json()["code"], "format")


def test_duplicates_are_accepted_and_reported(server, content, ports):
    content["port_assignments"]["beta"] = ports[20]
    succeeded(import_(server, content))
    conflict, = server.conflicts()
    assert (conflict["type"], conflict["services"]) == ("duplicate_assignment", ["zeta", "beta"])
    rows = server.sql("SELECT service_id FROM assignments WHERE port = ? AND contested = 0", ports[20])
    assert [row["service_id"] for row in rows] == ["zeta"]


def test_import_closes_what_it_ends(server, content, ports):
    server.assign("epsilon", ports[1], force=True)
    assert len(server.conflicts()) == 1
    succeeded(import_(server, content))
    assert server.conflicts() == []


def test_port_manager_elsewhere(server, content, ports):
    content["port_assignments"][SELF] = ports[101]
    before = server.assignments()
    refused(import_(server, content), 403, "forbidden", SELF)
    assert server.assignments() == before


def test_another_protocol_or_host_comes_back_as_it_was(server, ports):
    server.assign("dns", ports[40], protocol="udp")
    server.assign("web", ports[40])
    server.assign("far", ports[40], host="db.example")
    held = server.ok("POST", "/api/ports/reserve", {"hold": True, "service_id": "web",
                                                    "reason": "for the next release"})["port"]
    given = export(server)
    assert given["assignment_places"] == {"dns": {"host": "127.0.0.1", "protocol": "udp"},
                                          "far": {"host": "db.example", "protocol": "tcp"}}
    for service_id in ("dns", "web", "far"):
        succeeded(server.post("/api/ports/release", {"service_id": service_id}))
    server.ok("DELETE", f"/api/ports/reserve/{held}")
    succeeded(import_(server, given))
    assert without_time(export(server)) == without_time(given)
    assert server.conflicts() == []
    for service_id in ("dns", "web", "far"):
        answer = server.ok("GET", f"/api/ports/assignments/{service_id}")
        assert (answer["port"], answer["contested"]) == (ports[40], False)


@pytest.mark.parametrize("edit,status,code,mention", [
    (lambda c: c.pop("port_assignments"), 422, "invalid_shape", "port_assignments"),
    (lambda c: c.update(port_assignments=[]), 422, "invalid_shape", "port_assignments"),
    (lambda c: c.update(port_history=[]), 422, "invalid_shape", "port_history"),
    (lambda c: c.update(reserved_ports={}), 422, "invalid_shape", "reserved_ports"),
    (lambda c: c["port_assignments"].update(beta="8000"), 422, "invalid_shape", "beta"),
    (lambda c: c["port_assignments"].update(beta=8000.5), 422, "invalid_shape", "beta"),
    (lambda c: c["port_assignments"].update(beta=None), 422, "invalid_shape", "beta"),
    (lambda c: c["port_assignments"].update(beta=True), 422, "invalid_shape", "beta"),
    (lambda c: c["port_assignments"].update(beta=80), 400, "out_of_bounds", "beta"),
    (lambda c: c["port_assignments"].update(beta=65536), 400, "out_of_bounds", "beta"),
    (lambda c: c["port_assignments"].update(beta=-1), 400, "out_of_bounds", "beta"),
    (lambda c: c["port_assignments"].update({"a b": 20000}), 400, "invalid_name", "a b"),
    (lambda c: c["port_assignments"].update({"": 20000}), 400, "invalid_name", "port_assignments"),
    (lambda c: c["port_history"].update(zeta=[8000, "x"]), 422, "invalid_shape", "zeta"),
    (lambda c: c["port_history"].update(zeta=8000), 422, "invalid_shape", "zeta"),
    (lambda c: c["port_history"].update(zeta=[80]), 400, "out_of_bounds", "zeta"),
    (lambda c: c["reserved_ports"].append("x"), 422, "invalid_shape", "reserved_ports"),
    (lambda c: c["reserved_ports"].append(80), 400, "out_of_bounds", "reserved_ports"),
    (lambda c: c.update(assignment_places={"zeta": {"protocol": "sctp"}}), 400, "out_of_bounds",
     "assignment_places.zeta.protocol"),
    (lambda c: c.update(reservation_details={"x": {}}), 422, "invalid_shape", "reservation_details.x"),
], ids=range(20))
def test_refused_and_nothing_changed(server, content, edit, status, code, mention):
    before = server.assignments(), server.revision(), without_time(export(server))
    edit(content)
    refused(import_(server, content), status, code, mention)
    assert (server.assignments(), server.revision(), without_time(export(server))) == before


@pytest.mark.parametrize("text", [
    '{"port_assignments": {"alpha": 20000, "alpha": 20001}}',
    '{"port_assignments": {}, "port_assignments": {}}',
    '{"port_assignments": {"alpha": 20000}',
    b'{"port_assignments": {"al\xffpha": 20000}}',
], ids=["name twice", "member twice", "half", "not UTF-8"])
def test_not_json(server, text):
    before = server.revision()
    refused(server.request("POST", "/api/ports/import", data=text,
                           headers={"Content-Type": "application/json"}), 400, "invalid_json")
    assert server.revision() == before


def test_a_port_reserved_twice_is_reserved_once(server, content, ports):
    content["reserved_ports"] += [ports[51], ports[51]]
    answer = import_(server, content)
    if answer.status_code == 200:
        listed = [each["port"] for each in server.ok("GET", "/api/ports/reserved")["reserved"]]
        assert sorted(listed) == [ports[51], ports[52]]
    else:
        refused(answer, 422, "invalid_shape", "reserved_ports")


class TestConfigFile:
    """port_config.json in the data directory."""

    def test_after_the_start(self, server, ports):
        config = server.wait_for_config(lambda content: True, "to be there")
        assert config["port_assignments"] == server.assignments()
        assert config["reserved_ports"] == [ports[50]]
        assert config["last_updated"].endswith("Z")
        assert set(config) == {"port_assignments", "port_history", "reserved_ports", "last_updated"}

    def test_follows_many_commits(self, server, ports):
        for step in range(30):
            server.assign(f"svc-{step}", ports[200 + step])
        expected = server.assignments()
        server.wait_for_config(lambda content: content["port_assignments"] == expected, "30 changes")

    def test_is_up_to_date_after_the_stop(self, server, ports):
        server.assign("epsilon", ports[10])
        assert server.stop() == 0
        assert server.config()["port_assignments"]["epsilon"] == ports[10]

    def test_is_mended_at_the_start(self, server, ports):
        server.assign("epsilon", ports[10])
        server.stop()
        server.config_file.write_text('{"half')
        server.start()
        server.wait_for_config(lambda content: content["port_assignments"]["epsilon"] == ports[10],
                               "the database's truth")

    def test_no_reader_ever_sees_half_a_file(self, server, ports):
        for step in range(40):
            server.assign(f"svc-{step}", ports[200 + step])
            for _ in range(5):
                if server.config_file.exists():
                    json.loads(server.config_file.read_text())

    def test_can_be_imported_again(self, server):
        config = server.wait_for_config(lambda content: True, "to be there")
        succeeded(import_(server, config))

    def test_is_not_world_writable(self, server):
        server.wait_for_config(lambda content: True, "to be there")
        for path in (server.config_file, server.database):
            assert path.stat().st_mode & 0o022 == 0
