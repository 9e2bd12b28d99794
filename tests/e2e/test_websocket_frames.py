"""RFC 6455, case by case: what is sent, and what has to come back.

`outcome` is the close code that the server ends with, or the texts and pongs that it answers with
while the connection lives."""

import json
import socket
import struct

import pytest

from harness import Server
from raw_websocket import (BINARY, CLOSE, CONTINUATION, KEY, PING, PONG, TEXT, RawWebSocket, close,
                           frame, handshake, text)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One for all the cases: none of them changes anything."""
    server = Server(tmp_path_factory.mktemp("frames") / "data", "--scan-interval-ms", "0",
                    "--health-interval-ms", "0")
    yield server.start()
    server.close()


def echoed(answers):
    return [json.loads(payload)["data"] for opcode, payload in answers if opcode == TEXT]


ALIVE = [
    # section, what, bytes, texts echoed, pongs
    ("5.2", "an empty text", text(""), [""], []),
    ("5.2", "the longest 7-bit length", text("a" * 125), ["a" * 125], []),
    ("5.2", "the shortest 16-bit length", text("a" * 126), ["a" * 126], []),
    ("5.2", "the longest 16-bit length", text("a" * 65535), ["a" * 65535], []),
    ("5.2", "the shortest 64-bit length", text("a" * 65536), ["a" * 65536], []),
    ("5.4", "two fragments", frame(TEXT, "one ", fin=False) + frame(CONTINUATION, "two"),
     ["one two"], []),
    ("5.4", "empty fragments", frame(TEXT, "", fin=False) + frame(CONTINUATION, "", fin=False)
     + frame(CONTINUATION, "x"), ["x"], []),
    ("5.4", "a ping between fragments", frame(TEXT, "one ", fin=False) + frame(PING, "p")
     + frame(CONTINUATION, "two"), ["one two"], [b"p"]),
    ("5.5.2", "an empty ping", frame(PING), [], [b""]),
    ("5.5.2", "the longest ping", frame(PING, "p" * 125), [], [b"p" * 125]),
    ("5.5.2", "pings in a row", b"".join(frame(PING, str(i)) for i in range(10)), [],
     [str(i).encode() for i in range(10)]),
    ("5.5.3", "a pong that nobody asked for", frame(PONG, "x"), [], []),
    ("8.1", "two, three and four bytes a character", text("é€😀"), ["é€😀"], []),
    ("8.1", "a character cut between fragments", frame(TEXT, b"caf\xc3", fin=False)
     + frame(CONTINUATION, b"\xa9"), ["café"], []),
    ("8.1", "a NUL", text("a\0b"), ["a\0b"], []),
]

FAULTS = [
    # section, what, bytes, close code
    ("5.1", "a frame without a mask", frame(TEXT, "bare", masked=False), 1002),
    ("5.1", "a ping without a mask", frame(PING, "bare", masked=False), 1002),
    ("5.2", "reserved bit 1", frame(TEXT, "x", rsv=4), 1002),
    ("5.2", "reserved bit 2", frame(TEXT, "x", rsv=2), 1002),
    ("5.2", "reserved bit 3", frame(TEXT, "x", rsv=1), 1002),
    ("5.2", "reserved bits of a ping", frame(PING, "x", rsv=7), 1002),
    *[("5.2", f"opcode {opcode}", frame(opcode, "x"), 1002)
      for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)],
    ("5.2", "5 written in 16 bits", frame(TEXT, "short", length=16), 1002),
    ("5.2", "5 written in 64 bits", frame(TEXT, "short", length=64), 1002),
    ("5.2", "a length of 64 bits with the first one set",
     struct.pack("!BBQ", 0x81, 0xFF, 1 << 63) + b"mask", 1002),
    ("5.4", "a continuation of nothing", frame(CONTINUATION, "x"), 1002),
    ("5.4", "a text within a fragmented text", frame(TEXT, "a", fin=False) + text("b"), 1002),
    ("5.4", "a continuation behind a whole text", text("a") + frame(CONTINUATION, "b"), 1002),
    ("5.5", "a fragmented ping", frame(PING, "x", fin=False), 1002),
    ("5.5", "a ping of 126 bytes", frame(PING, "p" * 126), 1002),
    ("5.5", "a close of 126 bytes", frame(CLOSE, b"\x03\xe8" + b"r" * 124), 1002),
    ("5.5.1", "a close of one byte", frame(CLOSE, b"\x03"), 1002),
    *[("7.4", f"close code {code}", close(code), 1002)
      for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)],
    ("7.1.6", "a reason that is no UTF-8", close(1000, b"\xff"), 1007),
    ("8.1", "bytes that are no UTF-8", text(b"\xff"), 1007),
    ("8.1", "an overlong form", text(b"\xc0\xaf"), 1007),
    ("8.1", "half a surrogate pair", text(b"\xed\xa0\x80"), 1007),
    ("8.1", "beyond U+10FFFF", text(b"\xf4\x90\x80\x80"), 1007),
    ("8.1", "a character that is not finished", text(b"caf\xc3"), 1007),
    ("8.1", "not finished at the last fragment", frame(TEXT, b"caf\xc3", fin=False)
     + frame(CONTINUATION, b""), 1007),
    ("5.6", "a binary message", frame(BINARY, b"\0\1"), 1003),
    ("10.4", "a text of 65,537 bytes", text("a" * 65537), 1009),
    ("10.4", "fragments of 65,537 bytes", frame(TEXT, "a" * 40000, fin=False)
     + frame(CONTINUATION, "a" * 25537), 1009),
    ("10.4", "a length that nobody has", struct.pack("!BBQ", 0x81, 0xFF, 1 << 40) + b"mask" + b"some", 1009),
]


def names(cases):
    return [f"{case[0]} {case[1]}" for case in cases]


def pieces(data, cut):
    """Long data by byte would be slow, and its length says it all: only its head is cut so."""
    if not cut:
        return [data]
    head = data[:2000]
    return [*(head[i:i + cut] for i in range(0, len(head), cut)), data[2000:]]


@pytest.mark.parametrize("cut", [0, 1, 7], ids=["whole", "by byte", "by seven"])
@pytest.mark.parametrize("section, what, data, texts, pongs", ALIVE, ids=names(ALIVE))
def test_what_is_allowed_is_answered(server, section, what, data, texts, pongs, cut):
    del section, what
    with RawWebSocket(server.port) as client:
        assert client.read()[0] == TEXT
        for piece in pieces(data, cut):
            client.send(piece)
        client.send(text("the end"))
        answers = []
        while not answers or answers[-1][0] != TEXT or echoed(answers)[-1] != "the end":
            answers.append(client.read())
        assert echoed(answers)[:-1] == texts
        assert [payload for opcode, payload in answers if opcode == PONG] == pongs
        client.send(close(1000))
        assert client.read_close() == 1000


@pytest.mark.parametrize("cut", [0, 1], ids=["whole", "by byte"])
@pytest.mark.parametrize("section, what, data, code", FAULTS, ids=names(FAULTS))
def test_what_is_not_allowed_ends_it(server, section, what, data, code, cut):
    del section, what
    with RawWebSocket(server.port) as client:
        try:
            for piece in pieces(data, cut):
                client.send(piece)
        except ConnectionError:
            pass  # it had seen enough
        assert client.read_close() == code


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999,
                                  4000, 4999])
def test_a_close_is_answered_with_its_code(server, code):
    with RawWebSocket(server.port) as client:
        client.send(close(code, "gute Nacht".encode()))
        assert client.read_close() == code


def test_a_close_without_a_code_is_answered_without_one(server):
    with RawWebSocket(server.port) as client:
        client.send(close())
        assert client.read_close() is None


def test_what_comes_behind_a_close_is_passed_over(server):
    with RawWebSocket(server.port) as client:
        assert client.read()[0] == TEXT
        client.send(close(1000) + text("late") + frame(PING, "late"))
        assert client.read() == (CLOSE, struct.pack("!H", 1000))
        with pytest.raises((EOFError, ConnectionError)):
            client.read()


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
