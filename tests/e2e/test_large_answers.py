"""Ten thousand services: answers larger than any socket buffer, to clients fast and slow."""

import concurrent.futures
import contextlib
import json
import socket
import struct

import pytest

from harness import SELF, is_free, suite_file
from wire import Wire, get, post, serves

COUNT = 10_000


@pytest.fixture
def content():
    """The range of the suite is all ports, so the Port Manager has the one on which it serves."""
    assignments = {f"service-{number:05}": 20_000 + number for number in range(COUNT)}
    return assignments | {SELF: next(port for port in range(30_000, 32_000) if is_free(port))}


@pytest.fixture
def server(launch, tmp_path, content):
    return launch(import_file=suite_file(tmp_path / "big.json", content), range="1024-65535",
                  port=content[SELF])


def test_complete_and_correct(server, content):
    body = server.ok("GET", "/api/ports/assignments")
    assert body["assignments"] == content
    assert body["total"] == COUNT + 1
    services = server.ok("GET", "/api/services")["services"]
    assert {each["service_id"]: each["port"] for each in services} == content
    assert len(server.ok("GET", "/api/services/status")["statuses"]) == COUNT + 1
    assert server.get("/api/ports/export").json()["port_assignments"] == content


def test_import_of_that_many_over_http(server, content):
    changed = content | {"service-00000": 40_000}
    server.ok("POST", "/api/ports/import", {"port_assignments": changed})
    assert server.assignments() == changed


def test_restart_keeps_them(server, content):
    server.kill()
    server.start()
    assert server.assignments() == content


def test_slow_reader_gets_all_while_others_are_served(server, content):
    with Wire(server, receive_buffer=4096) as slow:
        slow.send(get("/api/ports/assignments", "Connection: close"))
        answer = slow.head()
        length = int(answer.header("Content-Length"))
        body = slow.buffer
        while len(body) < length:
            piece = slow.socket.recv(8192)
            assert piece, f"cut off {length - len(body)} bytes before the end"
            body += piece
            if len(body) % 16 == 0:
                serves(server)
        assert json.loads(body)["assignments"] == content


def test_readers_that_never_read(server, content):
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(Wire(server, receive_buffer=4096)).send(
                get("/api/ports/assignments") * 3)
        for _ in range(5):
            serves(server)
            assert server.assignments() == content
        assert server.post("/api/ports/assign", {"service_id": "epsilon"}).status_code == 200


def test_client_closes_in_the_middle(server):
    for _ in range(20):
        with Wire(server, receive_buffer=4096) as wire:
            wire.send(get("/api/ports/assignments"))
            assert wire.head().status == 200
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    serves(server)


def test_pipelined_large_answers_come_in_order(server, content):
    """Whatever is answered is whole and in order; the server may close after a large answer."""
    with Wire(server) as wire:
        wire.send(get("/api/ports/assignments/service-00007") + get("/api/ports/assignments")
                  + get("/health"))
        assert wire.read().json()["port"] == 20_007
        large = wire.read()
        assert large.json()["assignments"] == content
        if (large.header("Connection") or "").lower() == "close":
            assert wire.at_end()
        else:
            assert wire.read().json()["status"] == "healthy"


def test_head_of_a_large_answer(server):
    with Wire(server) as wire:
        length = len(wire.ask(get("/api/ports/assignments", "Connection: close")).body)
    with Wire(server) as wire:
        head = wire.ask(get("/api/ports/assignments", method="HEAD"), "HEAD")
        assert head.header("Content-Length") == str(length)
        assert wire.is_open()


def test_not_modified(server):
    with Wire(server) as wire:
        tag = wire.ask(get("/api/ports/assignments", "Connection: close")).header("ETag")
    with Wire(server) as wire:
        assert wire.ask(get("/api/ports/assignments", f"If-None-Match: {tag}")).status == 304
        assert wire.is_open()


def test_http_1_0(server, content):
    with Wire(server) as wire:
        answer = wire.ask(b"GET /api/ports/assignments HTTP/1.0\r\n\r\n")
        assert answer.json()["assignments"] == content
        assert wire.at_end()


def test_changes_and_large_readers_at_once(server):
    """Each answer is one revision, whole: never a mix of two."""
    def read(_):
        answer = server.get("/api/ports/assignments")
        body = answer.json()
        assert body["total"] == len(body["assignments"])
        return int(answer.headers["X-Revision"]), body["total"]

    def write(number):
        with Wire(server) as wire:
            return wire.ask(post("/api/ports/assign", {"service_id": f"new-{number}"})).status

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(write, number) for number in range(40)]
        seen = sorted(pool.map(read, range(40)))
        assert {each.result() for each in writes} == {200}
    # One assignment a revision at least: more services at a later revision, never fewer.
    assert [total for _, total in seen] == sorted(total for _, total in seen)


def test_shutdown_with_a_slow_reader(server):
    with Wire(server, receive_buffer=4096) as wire:
        wire.send(get("/api/ports/assignments"))
        assert wire.head().status == 200
        server.process.terminate()
        assert server.process.wait(5) == 0


def test_config_file_of_that_many(server, content):
    server.wait_for_config(lambda written: written["port_assignments"] == content,
                           "all assignments")
