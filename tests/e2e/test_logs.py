"""The log: one line a change, with the id of the request; nothing secret, nothing forged."""

import json

from harness import wait_until

HEADERS = {"X-Request-Id": "req-4711", "X-Actor": "ada"}
FORGED = 'x" reason="y\n2026-01-01T00:00:00.000+0000 error forged'


def lines_of(server, word):
    return [line for line in server.log().splitlines() if word in line]


def changes(server, request_id):
    return wait_until(lambda: lines_of(server, request_id), "the line of the change")


def assign(server, ports, reason="a try"):
    answer = server.post("/api/ports/assign", {"service_id": "kite", "port": ports[3],
                                               "reason": reason}, headers=HEADERS)
    assert answer.status_code == 200, answer.text
    return answer


def test_a_change_is_one_line_of_json(launch, ports):
    server = launch(log_format="json")
    answer = assign(server, ports, FORGED)
    assert answer.headers["X-Request-Id"] == "req-4711"
    line, = changes(server, "req-4711")
    event = json.loads(line)
    assert event["message"] == "change"
    assert event["level"] == "info"
    assert event["action"] == "assign"
    assert event["actor"] == "ada"
    assert event["request_id"] == "req-4711"
    assert event["revision"] == answer.json()["revision"]
    assert event["reason"] == FORGED
    assert all(json.loads(each) for each in server.log().splitlines())


def test_a_change_is_one_line_of_text(launch, ports):
    server = launch()
    answer = assign(server, ports, FORGED)
    line, = changes(server, "req-4711")
    assert f" info change revision={answer.json()['revision']} action=\"assign\" actor=\"ada\"" in line
    assert 'request_id="req-4711"' in line
    assert not [each for each in server.log().splitlines() if "error forged" in each[:40]]


def test_a_request_without_an_id_gets_one(launch, ports):
    server = launch()
    answer = server.post("/api/ports/assign", {"service_id": "kite", "port": ports[3]})
    given = answer.headers["X-Request-Id"]
    assert given
    assert len(changes(server, given)) == 1


def test_nothing_secret_is_logged(launch, ports, tmp_path):
    token = tmp_path / "token"
    token.write_text("s3cr3t-t0k3n\n")
    server = launch(auth_token_file=token, log_level="trace",
                    hub_url="http://ada:pa55word@127.0.0.1:1/")
    for given in ("s3cr3t-t0k3n", "wr0ng-t0k3n"):
        server.post("/api/ports/assign", {"service_id": "kite", "port": ports[3]},
                    headers={**HEADERS, "Authorization": f"Bearer {given}"})
    changes(server, "req-4711")
    for secret in ("s3cr3t-t0k3n", "wr0ng-t0k3n", "pa55word"):
        assert secret not in server.log()
