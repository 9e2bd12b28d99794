"""RFC 6455, case by case: the frames of websocket_cases.py, and the handshake."""

import json
import socket
import struct

import pytest

import websocket_cases
from harness import ROOT, Server
from raw_websocket import CLOSE, KEY, PONG, TEXT, RawWebSocket, close, handshake, text


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One for all the cases: none of them changes anything."""
    server = Server(tmp_path_factory.mktemp("frames") / "data", "--scan-interval-ms", "0",
                    "--health-interval-ms", "0")
    yield server.start()
    server.close()


def echoed(answers):
    return [json.loads(payload)["data"] for opcode, payload in answers if opcode == TEXT]


CASES = [pytest.param(case, data, id=" ".join(filter(None, (case.section, case.what, name))))
         for case in websocket_cases.CASES for name, data in case.sent.items()]


def pieces(data, cut):
    """Long data by byte would be slow, and its length says it all: only its head is cut so."""
    if not cut:
        return [data]
    head = data[:2000]
    return [*(head[i:i + cut] for i in range(0, len(head), cut)), data[2000:]]


def frames_to_end(client):
    frames = []
    while True:
        try:
            frames.append(client.read())
        except (EOFError, ConnectionError):
            return frames


@pytest.mark.parametrize("cut", [0, 1, 7], ids=["whole", "by byte", "by seven"])
@pytest.mark.parametrize("case, data", CASES)
def test_case(server, case, data, cut):
    with RawWebSocket(server.port) as client:
        assert client.read()[0] == TEXT
        try:
            for piece in pieces(data, cut):
                client.send(piece)
            if not case.code:
                client.send(text("the end") + close(1000))
        except ConnectionError:
            assert case.code  # it had seen enough
        answers = frames_to_end(client)
    opcode, payload = answers.pop()
    assert opcode == CLOSE
    assert struct.unpack("!H", payload[:2])[0] == (case.code or 1000)
    assert echoed(answers) == [*case.texts, *([] if case.code else ["the end"])]
    assert [payload for opcode, payload in answers if opcode == PONG] == [*case.pongs]
    assert len(answers) == len(case.texts) + len(case.pongs) + (not case.code)


def test_the_table_is_that_of_the_cases():
    path = ROOT / "tests" / "websocket-cases.md"
    assert path.read_text(encoding="utf-8") == websocket_cases.table(), (
        "write it anew: tests/e2e/websocket_cases.py > tests/websocket-cases.md")


def test_a_close_without_a_code_is_answered_without_one(server):
    with RawWebSocket(server.port) as client:
        client.send(close())
        assert client.read_close() is None


def test_frames_right_behind_the_request_are_read(server):
    with RawWebSocket(server.port, behind=text("early")) as client:
        assert json.loads(client.read()[1])["type"] == "connected"
        assert json.loads(client.read()[1])["data"] == "early"


def test_the_answer_to_the_handshake_is_that_of_the_rfc(server):
    with RawWebSocket(server.port) as client:
        head = client.head.decode().lower()
    assert "\r\nupgrade: websocket" in head
    assert "\r\nconnection: upgrade" in head
    assert "sec-websocket-extensions" not in head
    assert "sec-websocket-protocol" not in head
    assert "content-length" not in head


HANDSHAKES = [
    # what, headers, status
    ("tokens in a list", {"Connection": "keep-alive, Upgrade"}, 101),
    ("tokens in other case", {"Connection": "UPGRADE", "Upgrade": "WebSocket"}, 101),
    ("an extension that is offered", {"Sec_WebSocket_Extensions": "permessage-deflate"}, 101),
    ("a subprotocol that is offered", {"Sec_WebSocket_Protocol": "chat"}, 101),
    ("no Upgrade", {"Upgrade": None}, 426),
    ("another upgrade", {"Upgrade": "h2c"}, 426),
    ("no Connection", {"Connection": None}, 426),
    ("version 8", {"Sec_WebSocket_Version": "8"}, 426),
    ("no version", {"Sec_WebSocket_Version": None}, 426),
    ("no key", {"Sec_WebSocket_Key": None}, 400),
    ("a key of 15 bytes", {"Sec_WebSocket_Key": "MDEyMzQ1Njc4OWFiY2Rl"}, 400),
    ("a key that is no base64", {"Sec_WebSocket_Key": "!" * 22 + "=="}, 400),
    ("a page of somebody else", {"Origin": "http://evil.example"}, 403),
    ("a page without an origin", {"Origin": "null"}, 403),
]


@pytest.mark.parametrize("what, headers, status", HANDSHAKES, ids=[each[0] for each in HANDSHAKES])
def test_handshake(server, what, headers, status):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(handshake(server.port, **headers))
        head = client.recv(65536).decode(errors="replace")
    assert head.startswith(f"HTTP/1.1 {status} "), head
    if status == 426:
        assert "sec-websocket-version: 13" in head.lower()


def test_a_page_of_the_server_itself_may_listen(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(handshake(server.port, Origin=f"http://127.0.0.1:{server.port}"))
        assert client.recv(65536).startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize("query", ["since=x", "since=-1", "since="])
def test_a_query_that_is_not_understood_is_said(server, query):
    answer = server.get(f"/ws/updates?{query}", headers={
        "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13"})
    assert answer.status_code == 400
    assert answer.json()["field"] == "since"


def test_other_methods_are_not_taken(server):
    answer = server.post("/ws/updates", {})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
