"""What systemd is told and what it gives: sd_notify(3), the watchdog, a listening socket."""

import contextlib
import select
import socket
import sqlite3
import time

import pytest

from harness import SELF, end_process

# Becomes the server with the descriptors as systemd passes them: from 3 on, for this process.
PASSED = ("bash", "-c", 'exec 3<&"$1"; shift; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', "bash")
TWO_PASSED = ("bash", "-c",
              'exec 3<&"$1" 4<&"$1"; shift; LISTEN_FDS=2 LISTEN_PID=$$ exec "$@"', "bash")
WATCHED = ("sh", "-c", 'WATCHDOG_PID=$$ exec "$@"', "sh")


class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, folder):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.path = str(folder / "notify")
        self.socket.bind(self.path)

    def next(self, seconds=30.0):
        """The next message, as lines; None when none comes in that time."""
        ready, _, _ = select.select([self.socket], [], [], seconds)
        return self.socket.recv(4096).decode().splitlines() if ready else None

    def forget(self):
        while self.next(0):
            pass

    def close(self):
        self.socket.close()


@pytest.fixture
def manager(tmp_path):
    opened = Manager(tmp_path)
    yield opened
    opened.close()


@contextlib.contextmanager
def listening_socket(family=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, family) as listener:
        listener.bind(("127.0.0.1", 0))
        if family == socket.SOCK_STREAM:
            listener.listen(16)
        yield listener


class TestNotify:
    def test_ready_when_it_serves_and_stopping_when_it_stops(self, launch, suite, manager):
        server = launch(import_file=suite, env={"NOTIFY_SOCKET": manager.path}, start=False)
        server.spawn()
        assert manager.next() == ["READY=1", f"STATUS=Serving the registry on {served_at(server)}"]
        server.process.terminate()
        assert manager.next() == ["STOPPING=1"]
        assert server.process.wait(10) == 0
        assert manager.next(0) is None

    def test_a_start_that_fails_is_never_ready(self, launch, tmp_path, manager):
        broken = tmp_path / "broken.json"
        broken.write_text("{", encoding="utf-8")
        server = launch(import_file=broken, env={"NOTIFY_SOCKET": manager.path}, start=False)
        assert server.spawn().wait(10) == 1
        assert manager.next(0) in (None, ["STOPPING=1"])

    def test_nobody_to_tell(self, launch, suite):
        server = launch(import_file=suite)
        assert server.stop() == 0
        assert "systemd" not in server.log()

    def test_a_manager_that_is_gone_does_no_harm(self, launch, suite, tmp_path):
        server = launch(import_file=suite, env={"NOTIFY_SOCKET": str(tmp_path / "gone")})
        assert server.stop() == 0
        assert "systemd could not be told" in server.log()


def served_at(server):
    """What the server prints once it serves."""
    return server.process.stdout.readline().strip().removeprefix("listening on ")


class TestWatchdog:
    def watched(self, launch, suite, manager, milliseconds):
        server = launch(import_file=suite, prefix=WATCHED, env={
            "NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": str(milliseconds * 1000)})
        assert manager.next()[0] == "READY=1"
        return server

    def test_it_is_pinged_in_a_third_of_its_time(self, launch, suite, manager):
        self.watched(launch, suite, manager, 900)
        begun = time.monotonic()
        for _ in range(4):
            assert manager.next(10) == ["WATCHDOG=1"]
        assert 0.9 <= time.monotonic() - begun < 9

    def test_looking_changes_nothing(self, launch, suite, manager):
        server = self.watched(launch, suite, manager, 60)
        before = server.revision()
        for _ in range(5):
            assert manager.next() == ["WATCHDOG=1"]
        assert server.revision() == before

    def test_it_is_silent_while_the_writer_hangs(self, launch, suite, manager):
        server = self.watched(launch, suite, manager, 300)
        with contextlib.closing(sqlite3.connect(server.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            # One that began before may still come.
            manager.next(1)
            manager.forget()
            assert manager.next(1.5) is None
            other.execute("ROLLBACK")
        assert manager.next() == ["WATCHDOG=1"]

    def test_it_is_pinged_under_load(self, launch, suite, manager):
        server = self.watched(launch, suite, manager, 3000)
        ends = time.monotonic() + 4
        while time.monotonic() < ends:
            assert server.get("/api/ports/assignments").status_code == 200
        assert manager.next(0) == ["WATCHDOG=1"]
        assert "does not serve" not in server.log()

    def test_another_processs_watchdog_is_not_ours(self, launch, suite, manager):
        launch(import_file=suite, env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "100000",
                                       "WATCHDOG_PID": "1"})
        assert manager.next()[0] == "READY=1"
        assert manager.next(1) is None


class TestSocket:
    def activated(self, launch, suite, listener, **options):
        return launch(import_file=suite, prefix=[*PASSED, str(listener.fileno())],
                      pass_fds=[listener.fileno()], **options)

    def test_the_socket_is_served_in_place_of_the_options(self, launch, suite, ports):
        with listening_socket() as listener:
            port = listener.getsockname()[1]
            server = self.activated(launch, suite, listener, port=ports[99])
            assert (server.host, server.port) == ("127.0.0.1", port)
            assert server.get("/health").status_code == 200

    def test_the_port_manager_is_registered_where_it_really_is(self, launch, tmp_path):
        with listening_socket() as listener:
            port = listener.getsockname()[1]
            server = launch(prefix=[*PASSED, str(listener.fileno())],
                            pass_fds=[listener.fileno()], range=f"{port}-{port}")
            assert server.assignments() == {SELF: port}

    def test_nobody_is_refused_while_it_restarts(self, launch, suite):
        with listening_socket() as listener:
            server = self.activated(launch, suite, listener)
            assert server.stop() == 0
            with socket.create_connection(listener.getsockname(), timeout=30) as early:
                early.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                server.start()
                assert early.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"

    @pytest.mark.parametrize("family,prefix,mention", [
        (socket.SOCK_DGRAM, PASSED, "ListenStream=127.0.0.1:8100"),
        (socket.SOCK_STREAM, TWO_PASSED, "passed 2 sockets"),
    ], ids=["UDP", "two"])
    def test_what_cannot_be_served_is_refused(self, launch, suite, family, prefix, mention):
        with listening_socket(family) as listener:
            server = launch(import_file=suite, prefix=[*prefix, str(listener.fileno())],
                            pass_fds=[listener.fileno()], start=False)
            process = server.spawn()
            try:
                assert process.wait(10) == 1
            finally:
                end_process(process)
            assert mention in server.log()
