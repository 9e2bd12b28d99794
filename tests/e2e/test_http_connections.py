"""Connections: keeping, closing, pipelining, HEAD, Expect, slow and rude clients."""

import concurrent.futures
import contextlib
import resource
import socket
import struct
import threading

import pytest
import requests

from harness import wait_until
from wire import Wire, get, post, serves


class TestKeepAlive:
    def test_kept(self, server):
        with Wire(server) as wire:
            for _ in range(5):
                answer = wire.ask(get("/health"))
                assert answer.status == 200
                assert (answer.header("Connection") or "keep-alive").lower() == "keep-alive"

    @pytest.mark.parametrize("value", ["close", "Close", "keep-alive, close", "foo, close"])
    def test_close_really_closes(self, server, value):
        with Wire(server) as wire:
            answer = wire.ask(get("/health", f"Connection: {value}"))
            assert answer.status == 200
            assert answer.header("Connection").lower() == "close"
            assert wire.at_end()

    def test_close_after_a_change(self, server):
        with Wire(server) as wire:
            answer = wire.ask(post("/api/ports/assign", {"service_id": "epsilon"},
                                   "Connection: close"))
            assert answer.status == 200
            assert wire.at_end()

    def test_http_1_0_closes(self, server):
        with Wire(server) as wire:
            answer = wire.ask(b"GET /health HTTP/1.0\r\n\r\n")
            assert answer.status == 200
            assert answer.header("Transfer-Encoding") is None
            assert wire.at_end()

    def test_http_1_0_keep_alive(self, server):
        with Wire(server) as wire:
            for _ in range(3):
                answer = wire.ask(b"GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                assert answer.status == 200
                if (answer.header("Connection") or "").lower() != "keep-alive":
                    assert wire.at_end()
                    return

    def test_error_answer_keeps_the_connection(self, server):
        with Wire(server) as wire:
            assert wire.ask(get("/nothing")).status == 404
            assert wire.ask(post("/api/ports/assign", {})).status == 422
            assert wire.ask(get("/api/ports/assign")).status == 405
            assert wire.is_open()

    def test_not_modified_keeps_the_framing(self, server):
        with Wire(server) as wire:
            tag = wire.ask(get("/api/ports/assignments")).header("ETag")
            assert wire.ask(get("/api/ports/assignments", f"If-None-Match: {tag}")).status == 304
            assert wire.is_open()

    def test_half_closed_client_gets_its_answer(self, server):
        with Wire(server) as wire:
            wire.send(get("/api/ports/assignments"))
            wire.socket.shutdown(socket.SHUT_WR)
            assert wire.read().status == 200
            assert wire.at_end()

    def test_half_closed_client_gets_the_answer_to_its_change(self, server):
        with Wire(server) as wire:
            wire.send(post("/api/ports/assign", {"service_id": "epsilon"}))
            wire.socket.shutdown(socket.SHUT_WR)
            assert wire.read().status == 200


class TestHead:
    @pytest.mark.parametrize("path", ["/health", "/api/ports/assignments", "/api/services", "/nothing",
                                      "/api/ports/assignments/beta", "/api/ports/statistics"])
    def test_no_body_and_the_length_of_get(self, server, path):
        with Wire(server) as wire:
            whole = wire.ask(get(path, "X-Request-Id: same"))
            head = wire.ask(get(path, "X-Request-Id: same", method="HEAD"), "HEAD")
            assert head.status == whole.status
            assert head.header("Content-Length") == str(len(whole.body))
            assert head.header("Content-Type") == whole.header("Content-Type")
            assert head.header("ETag") == whole.header("ETag")
            # Nothing of a body follows: the next answer begins at once.
            assert wire.is_open()

    def test_of_what_only_takes_post(self, server):
        with Wire(server) as wire:
            assert wire.ask(get("/api/ports/assign", method="HEAD"), "HEAD").status == 405
            assert wire.is_open()


class TestExpect:
    def test_interim_answer_before_the_body(self, server):
        request = post("/api/ports/assign", {"service_id": "epsilon"}, "Expect: 100-continue")
        head, body = request.split(b"\r\n\r\n")
        with Wire(server) as wire:
            wire.send(head + b"\r\n\r\n")
            assert wire.head().status == 100
            answer = wire.ask(body)
            assert answer.status == 200
            assert wire.is_open()

    def test_body_sent_without_waiting(self, server):
        with Wire(server) as wire:
            wire.send(post("/api/ports/assign", {"service_id": "epsilon"}, "Expect: 100-continue"))
            answer = wire.head()
            if answer.status == 100:
                answer = wire.read()
            assert answer.status == 200

    def test_refused_without_asking_for_the_body(self, server):
        with Wire(server) as wire:
            wire.send(get("/api/ports/assign", "Content-Length: 5000000", "Expect: 100-continue",
                          "Content-Type: application/json", method="POST"))
            assert wire.head().status == 413

    def test_other_expectation(self, server):
        with Wire(server) as wire:
            assert wire.ask(get("/health", "Expect: a-miracle")).status in (200, 417)
        serves(server)


class TestPipelining:
    def test_three_requests_three_answers(self, server):
        with Wire(server) as wire:
            wire.send(get("/health") + get("/api/ports/statistics") + get("/nothing"))
            assert wire.read().json()["status"] == "healthy"
            assert "statistics" in wire.read().json()
            assert wire.read().status == 404
            assert wire.is_open()

    def test_asynchronous_one_in_the_middle(self, server, ports):
        """The answers come in the order of the requests, and the last sees the change."""
        with Wire(server) as wire:
            wire.send(get("/health")
                      + post("/api/ports/assign", {"service_id": "epsilon", "port": ports[10]})
                      + get("/api/ports/assignments/epsilon"))
            assert wire.read().json()["status"] == "healthy"
            assert wire.read().json()["message"]
            last = wire.read().json()
            assert (last["service_id"], last["port"]) == ("epsilon", ports[10])

    def test_slow_one_first(self, server, run_service, ports):
        run_service("alpha", ports[0])
        with Wire(server) as wire:
            wire.send(post("/api/ports/reassign", {"service_id": "alpha", "new_port": ports[60]})
                      + get("/api/ports/assignments/alpha") + get("/health"))
            assert wire.read().json()["new_port"] == ports[60]
            assert wire.read().json()["port"] == ports[60]
            assert wire.read().json()["status"] == "healthy"

    def test_cut_anywhere(self, server):
        """Three requests in two pieces, wherever the cut is."""
        data = (get("/health") + post("/api/ports/release", {"service_id": "nobody"})
                + get("/nothing"))
        for cut in range(1, len(data), 7):
            with Wire(server) as wire:
                wire.send(data[:cut])
                wire.send(data[cut:])
                assert [wire.read().status for _ in range(3)] == [200, 404, 404]

    def test_close_in_the_middle_ends_it(self, server):
        with Wire(server) as wire:
            wire.send(get("/health") + get("/health", "Connection: close") + get("/health"))
            assert wire.read().status == wire.read().status == 200
            assert wire.at_end()

    def test_fifty_changes(self, server, ports):
        with Wire(server) as wire:
            wire.send(b"".join(post("/api/ports/assign", {"service_id": f"svc-{n}"})
                               for n in range(50)))
            given = [wire.read().json() for _ in range(50)]
        assert [each["service_id"] for each in given] == [f"svc-{n}" for n in range(50)]
        assert [each["port"] for each in given] == sorted(each["port"] for each in given)

    def test_body_byte_by_byte_after_another_request(self, server):
        data = get("/health") + post("/api/ports/assign", {"service_id": "epsilon"})
        with Wire(server) as wire:
            for at in range(len(data)):
                wire.send(data[at:at + 1])
            assert wire.read().status == wire.read().status == 200


class TestRudeClients:
    def test_pipelines_thousands_and_never_reads(self, server):
        """Its requests may go unanswered; everybody else's are not. On every worker thread."""
        with contextlib.ExitStack() as stack:
            rude = [stack.enter_context(Wire(server, receive_buffer=4096)) for _ in range(8)]
            for wire in rude:
                wire.socket.setblocking(False)
                with contextlib.suppress(OSError):
                    for _ in range(200):
                        wire.socket.send(get("/api/ports/assignments") * 50)
            for _ in range(20):
                serves(server)
            assert server.post("/api/ports/assign", {"service_id": "epsilon"}).status_code == 200
        serves(server)

    def test_pipelines_thousands_and_reads_late(self, server):
        """What is answered is answered whole and in order, however late it is read."""
        count = 3000
        with Wire(server, receive_buffer=4096) as wire, \
                concurrent.futures.ThreadPoolExecutor(1) as pool:
            def send():
                with contextlib.suppress(OSError):
                    for number in range(count):
                        wire.send(get(f"/api/ports/assignments/nobody-{number}"))
            sending = pool.submit(send)
            answered = 0
            with contextlib.suppress(EOFError, ConnectionError):
                while answered < count:
                    assert f"nobody-{answered}" in wire.read().json()["detail"]
                    answered += 1
            wire.socket.shutdown(socket.SHUT_RDWR)
            sending.result()
        assert answered > 0
        serves(server)

    @pytest.mark.parametrize("request_", [
        get("/api/ports/assignments"), post("/api/ports/assign", {"service_id": "epsilon"}),
        post("/api/ports/reassign", {"service_id": "alpha"}), get("/api/services/health/alpha")],
        ids=["get", "assign", "reassign", "health"])
    def test_gone_before_the_answer(self, server, request_):
        for _ in range(30):
            with Wire(server) as wire:
                wire.send(request_)
                # RST instead of FIN.
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        serves(server)
        assert open_sockets(server) < 40

    def test_gone_in_the_middle_of_the_request(self, server):
        data = post("/api/ports/assign", {"service_id": "epsilon"})
        for cut in range(1, len(data), 5):
            with Wire(server) as wire:
                wire.send(data[:cut])
        serves(server)
        assert "epsilon" not in server.assignments()

    def test_byte_by_byte(self, server, ports):
        with Wire(server) as wire:
            for byte in post("/api/ports/assign", {"service_id": "epsilon", "port": ports[10]}):
                wire.send(bytes([byte]))
            assert wire.read().json()["port"] == ports[10]

    def test_500_connections_at_once(self, server):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2048)), hard))
        with contextlib.ExitStack() as stack:
            wires = [stack.enter_context(Wire(server)) for _ in range(500)]
            for wire in wires:
                wire.send(get("/api/ports/assignments"))
            for wire in wires:
                assert wire.read().status == 200
            for number, wire in enumerate(wires[:100]):
                wire.send(post("/api/ports/assign", {"service_id": f"svc-{number}"}))
            assert len({wire.read().json()["port"] for wire in wires[:100]}) == 100
        wait_until(lambda: open_sockets(server) < 50, "the connections to be given back")

    def test_more_connections_than_files(self, launch, suite):
        """Out of file descriptors: those that are connected are served, and later all are again."""
        server = launch(import_file=suite)
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (128, 128))
        with contextlib.ExitStack() as stack:
            first = stack.enter_context(Wire(server))
            assert first.is_open()
            for _ in range(200):
                stack.enter_context(Wire(server))
            assert first.is_open()

        def is_served():
            with contextlib.suppress(requests.exceptions.ConnectionError):
                return server.get("/health").ok
        wait_until(is_served, "descriptors to be free again")
        serves(server)
        assert server.post("/api/ports/assign", {"service_id": "epsilon"}).status_code == 200

    def test_connections_are_not_leaked(self, server):
        for _ in range(300):
            with Wire(server) as wire:
                wire.ask(get("/health", "Connection: close"))
        wait_until(lambda: open_sockets(server) < 30, "the connections to be given back")


def open_sockets(server):
    import os
    count = 0
    for entry in os.scandir(f"/proc/{server.process.pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            count += os.readlink(entry.path).startswith("socket:")
    return count


class TestFloods:
    """Whoever sends without a pause gets a share of the time, and so does everybody else."""

    @pytest.fixture
    def flood(self, server):
        with contextlib.ExitStack() as stack:
            def end(wire):
                with contextlib.suppress(OSError):  # the server may have ended it before
                    wire.socket.shutdown(socket.SHUT_RDWR)

            def start(opening, endless):
                stop = threading.Event()

                def send(wire):
                    with contextlib.suppress(OSError):
                        wire.send(opening)
                        while not stop.is_set():
                            wire.socket.send(endless)

                def read(wire):
                    with contextlib.suppress(OSError):
                        while wire.socket.recv(65536):
                            pass

                for _ in range(4):
                    wire = stack.enter_context(Wire(server))
                    threads = [threading.Thread(target=each, args=(wire,)) for each in (send, read)]
                    for thread in threads:
                        thread.start()
                        stack.callback(thread.join)
                    stack.callback(end, wire)
                stack.callback(stop.set)

            yield start

    @pytest.mark.parametrize("opening,endless", [
        (b"", get("/health") * 100),
        (b"", b"\r\n" * 1000),
        (get("/api/ports/assign", "Transfer-Encoding: chunked", method="POST") + b"0\r\n",
         b"X: y\r\n" * 1000),
    ], ids=["requests", "empty-lines", "trailers"])
    def test_others_are_served_and_it_stops(self, server, flood, opening, endless):
        flood(opening, endless)
        for _ in range(10):
            serves(server)
        assert server.stop() == 0
