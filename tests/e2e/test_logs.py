"""The log: one line a change, with the id of the request; nothing secret, nothing forged."""

import json

from harness import suite_file, wait_until
from wire import Wire

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


def test_an_answer_is_one_line_of_the_debug_log(launch, ports):
    server = launch(log_format="json", log_level="debug")
    path = f"/api/ports/{ports[3]}"
    assert server.get(f"{path}?protocol=tcp&secret=pa55word", headers=HEADERS).status_code == 200
    line, = changes(server, "req-4711")
    event = json.loads(line)
    assert event["level"] == "debug" and event["message"] == "request"
    assert (event["method"], event["path"], event["route"]) == ("GET", path, "/api/ports/{port}")
    assert event["status"] == 200 and event["remote"] == "127.0.0.1"
    assert 0 <= event["ms"] < 60_000
    assert "pa55word" not in server.log()


def test_a_refused_request_is_a_line_of_the_debug_log(launch):
    server = launch(log_format="json", log_level="debug")
    with Wire(server) as wire:
        answer = wire.ask("GET http://ada:pa55word@x/a/b?c=d HTTP/9.9\r\n\r\n")
    assert answer.status == 505
    line, = changes(server, answer.header("X-Request-Id"))
    assert json.loads(line)["status"] == 505
    with Wire(server) as wire:
        answer = wire.ask("POST http://ada:pa55word@x/a/b?c=d HTTP/1.1\r\nHost: x\r\n"
                          "Content-Length: 9999999\r\n\r\n")
    assert answer.status == 413
    line, = changes(server, answer.header("X-Request-Id"))
    event = json.loads(line)
    assert (event["method"], event["path"], event["route"]) == ("POST", "/a/b", "")
    assert "pa55word" not in server.log() and "c=d" not in server.log()


def test_answers_are_not_logged_unless_asked_for(launch, ports):
    server = launch()
    server.get("/health", headers={"X-Request-Id": "req-1"})
    assign(server, ports)
    changes(server, "req-4711")
    assert not lines_of(server, "req-1")
    assert not lines_of(server, " request ")


def test_a_message_is_one_line_whatever_is_in_it(launch, ports, tmp_path):
    file = suite_file(tmp_path / "suite\n2026-01-01T00:00:00.000+0000 error forged.json",
                      {"alpha": ports[0]})
    server = launch(import_file=file)
    line, = lines_of(server, "began with")
    assert line.endswith("error forged.json")
    assert not [each for each in server.log().splitlines() if "error forged" in each[:40]]


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
