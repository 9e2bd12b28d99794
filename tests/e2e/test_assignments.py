"""GET /api/ports/assignments and /{service_id}: the answers, the revision, the entity tag."""

import pytest

from harness import SELF, refused, succeeded


def test_all(server, ports):
    body = server.ok("GET", "/api/ports/assignments")
    assert body["assignments"] == {"alpha": ports[0], "beta": ports[1], "gamma": ports[2],
                                   "delta": ports[3], SELF: ports[100]}
    assert body["total"] == 5


def test_one(server, ports):
    body = server.ok("GET", "/api/ports/assignments/beta")
    assert body["service_id"] == "beta"
    assert body["port"] == ports[1]


def test_unknown_service(server):
    refused(server.get("/api/ports/assignments/nobody"), 404, "unknown_service", "nobody")


def test_service_without_a_port(server):
    server.ok("POST", "/api/ports/release", {"service_id": "beta"})
    refused(server.get("/api/ports/assignments/beta"), 404, "unknown_port", "beta")


def test_assignments_are_ordered_by_service(server, ports):
    server.assign("aaa", ports[10])
    text = server.get("/api/ports/assignments").text
    assert text.index('"aaa"') < text.index('"alpha"') < text.index('"beta"')


@pytest.mark.parametrize("path", ["/api/ports/assignments", "/api/services", "/api/ports/conflicts"])
class TestRevision:
    def test_revision_and_tag(self, server, path):
        answer = server.get(path)
        succeeded(answer)
        assert int(answer.headers["X-Revision"]) > 0
        tag = answer.headers["ETag"]
        assert tag.removeprefix("W/")[0] == tag[-1] == '"'

    def test_revision_grows_with_a_commit_and_only_then(self, server, ports, path):
        first = server.get(path)
        again = server.get(path)
        assert again.headers["X-Revision"] == first.headers["X-Revision"]
        assert again.headers["ETag"] == first.headers["ETag"]
        server.assign("epsilon", ports[10])
        later = server.get(path)
        assert int(later.headers["X-Revision"]) > int(first.headers["X-Revision"])
        assert later.headers["ETag"] != first.headers["ETag"]

    def test_not_modified(self, server, path):
        tag = server.get(path).headers["ETag"]
        answer = server.get(path, headers={"If-None-Match": tag})
        assert answer.status_code == 304
        assert answer.content == b""
        assert answer.headers["ETag"] == tag

    @pytest.mark.parametrize("form", ['"zzz", {tag}', "*", "W/{strong}"])
    def test_not_modified_in_every_form(self, server, path, form):
        tag = server.get(path).headers["ETag"]
        value = form.format(tag=tag, strong=tag.removeprefix("W/"))
        assert server.get(path, headers={"If-None-Match": value}).status_code == 304

    @pytest.mark.parametrize("value", ['"zzz"', "", "garbage", '"', '""'])
    def test_other_tag_gets_the_content(self, server, path, value):
        succeeded(server.get(path, headers={"If-None-Match": value}))

    def test_changed_since(self, server, ports, path):
        tag = server.get(path).headers["ETag"]
        server.assign("epsilon", ports[10])
        succeeded(server.get(path, headers={"If-None-Match": tag}))


def test_entity_tag_does_not_come_back_after_a_restart(server, ports):
    """A tag names one content for ever: also across a kill -9 and a different next change."""
    server.assign("epsilon", ports[10])
    tag = server.get("/api/ports/assignments").headers["ETag"]
    server.kill()
    server.start()
    server.assign("zeta", ports[11])
    assert server.get("/api/ports/assignments").headers["ETag"] != tag


def test_revision_of_one_assignment(server):
    answer = server.get("/api/ports/assignments/alpha")
    assert answer.headers["X-Revision"] == server.get("/api/ports/assignments").headers["X-Revision"]


def test_change_is_visible_to_the_next_request(server, ports):
    """No stale answer after an acknowledged change."""
    for step in range(50):
        server.assign(f"svc-{step}", ports[200 + step])
        assert server.assignments()[f"svc-{step}"] == ports[200 + step]
