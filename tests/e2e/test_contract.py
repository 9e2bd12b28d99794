"""The judge of the other tests can say no: each kind of fault in an answer is found."""

import copy
import types

import pytest

from contract import Contract
from harness import Server


@pytest.fixture
def contract(server):
    return Contract(Server.contract.document)


def without(contract, *names):
    """The same contract over a document in which what the names lead to is not there."""
    document = copy.deepcopy(contract.document)
    target = document
    for name in names[:-1]:
        target = target[name]
    del target[names[-1]]
    return Contract(document)


def faults(contract, response):
    request = response.request
    return list(contract.faults_of(request.method, request.path_url.split("?")[0], request, response))


def changed(response, **members):
    """The answer with other members of the response object."""
    body = response.json
    values = {name: getattr(response, name) for name in ("status_code", "headers", "content", "text",
                                                         "request")}
    return types.SimpleNamespace(**values | {"json": body} | members)


@pytest.fixture
def good(server):
    return server.get("/api/ports/conflicts")


def test_good(contract, good):
    assert faults(contract, good) == []


def test_undocumented_member(contract, good):
    told = faults(contract, changed(good, json=lambda: good.json() | {"extra": 1}))
    assert len(told) == 1 and "extra" in told[0]


@pytest.mark.parametrize("schema,member", [("Service", "process"), ("Statistics", "conflicts"),
                                           ("Listener", "since"), ("UpdateResult", "contacted"),
                                           ("Problem", "field"), ("MoveResult", "message")])
def test_member_that_is_not_documented_deep_within(contract, server, run_service, ports, schema, member):
    run_service("alpha", ports[0])
    answers = [server.get("/api/services/alpha"), server.get("/api/health/detailed"),
               server.get(f"/api/ports/{ports[0]}"),
               server.post("/api/ports/reassign", {"service_id": "alpha", "new_port": ports[60]}),
               server.post("/api/ports/assign", {"service_id": 7})]
    incomplete = without(contract, "components", "schemas", schema, "properties", member)
    assert not any(faults(contract, answer) for answer in answers)
    assert any(faults(incomplete, answer) for answer in answers)


def test_missing_member(contract, good):
    body = good.json()
    del body["count"]
    assert "count" in faults(contract, changed(good, json=lambda: body))[0]


def test_wrong_type(contract, good):
    told = faults(contract, changed(good, json=lambda: good.json() | {"count": "0"}))
    assert len(told) == 1 and told[0].startswith("count")


def test_status(contract, good):
    assert "418" in faults(contract, changed(good, status_code=418))[0]


def test_content_type(contract, good):
    headers = dict(good.headers) | {"Content-Type": "text/html"}
    assert "text/html" in faults(contract, changed(good, headers=headers))[0]


@pytest.mark.parametrize("name", ["X-Request-Id", "X-Revision", "ETag", "Cache-Control"])
def test_header_that_is_missing(contract, good, name):
    headers = {key: value for key, value in good.headers.items() if key != name}
    told = faults(contract, changed(good, headers=headers))
    assert len(told) == 1 and name in told[0]


def test_header_that_disagrees_with_the_body(contract, good):
    headers = dict(good.headers) | {"X-Revision": str(good.json()["revision"] + 1)}
    assert "revision" in faults(contract, changed(good, headers=headers))[0]


def test_error_code_of_another_operation(contract, server):
    refusal = server.get("/api/services/nobody")
    assert faults(contract, refusal) == []
    body = refusal.json() | {"code": "not_found"}
    assert "not_found" in faults(contract, changed(refusal, json=lambda: body))[0]


def test_request_that_the_document_does_not_permit(contract, server):
    answer = server.post("/api/ports/release", {"service_id": "alpha"})
    other = copy.deepcopy(contract.document)
    other["components"]["schemas"]["ReleaseRequest"]["required"] = ["reason"]
    assert "reason" in faults(Contract(other), answer)[0]


def test_body_of_head(contract, server):
    answer = server.request("HEAD", "/api/ports/conflicts")
    assert faults(contract, answer) == []
    assert faults(contract, changed(answer, content=b"{}")) == ["it has a body"]


def test_path_that_is_not_documented(contract, server):
    answer = server.get("/api/ports/conflicts")
    assert faults(without(contract, "paths", "/api/ports/conflicts"), answer) != []
    elsewhere = server.get("/api/nothing")
    assert faults(contract, elsewhere) == []


def test_method_that_is_not_documented(contract, server):
    answer = server.delete("/api/services/beta")
    assert faults(without(contract, "paths", "/api/services/{service_id}", "delete"), answer) != []


def test_message(contract):
    message = {"type": "pong", "revision": 1, "timestamp": 1.5}
    contract.check_message(message)
    for wrong in ({"type": "gong"}, {"extra": 1}, {"revision": "1"}):
        with pytest.raises(AssertionError):
            contract.check_message(message | wrong)


def test_long_lists_are_checked_at_both_ends(contract, server):
    answer = server.get("/api/services/status")
    status = answer.json()["statuses"][0]
    many = [status] * 5000
    assert faults(contract, changed(answer, json=lambda: answer.json() | {"statuses": many})) == []
    for place in (0, -1):
        broken = list(many)
        broken[place] = status | {"extra": 1}
        told = faults(contract, changed(answer, json=lambda: answer.json() | {"statuses": broken}))
        assert len(told) == 1 and "extra" in told[0]
