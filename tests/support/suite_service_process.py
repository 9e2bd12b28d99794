"""Runs suite_service.py for tests in Python, and talks to it."""

import contextlib
import http.client
import json
import pathlib
import random
import selectors
import signal
import socket
import subprocess
import time

PROGRAM = pathlib.Path(__file__).with_name("suite_service.py")
PATIENCE = 10


def free_port():
    while True:
        port = random.randint(15000, 31999)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("", port))
            return port


def call(port, method, path, body=None, timeout=PATIENCE):
    """(status, JSON of the answer, or its text); None when nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read().decode()
    except ConnectionRefusedError:
        return None
    finally:
        connection.close()
    try:
        return answer.status, json.loads(content)
    except ValueError:
        return answer.status, content


def update(old_port, new_port):
    return {"new_port": new_port, "old_port": old_port, "timestamp": "2026-11-22T20:05:10Z",
            "source": "port-manager"}


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"


class Service:
    def __init__(self, *options):
        self.process = subprocess.Popen([PROGRAM, "--service-id", "billing", *options],
                                        stdout=subprocess.PIPE)
        self.port = self.next_port()

    def next_port(self):
        """Waits for the line that says where it listens now."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(PATIENCE), "it said nothing in time"
        line = self.process.stdout.readline().decode()
        assert line.startswith("listening on http://127.0.0.1:"), line
        self.port = int(line.rsplit(":", 1)[1])
        return self.port

    def health(self, port=None):
        return call(port or self.port, "GET", "/health")

    def ask_to_move(self, new_port, old_port=None):
        at = old_port or self.port
        return call(at, "POST", "/api/config/update-port", update(at, new_port))

    def misbehave(self, mode):
        assert call(self.port, "POST", "/_misbehave", {"mode": mode})[0] == 200

    def moves(self, new_port):
        status, answer = self.ask_to_move(new_port)
        assert (status, answer["success"]) == (200, True)
        assert self.next_port() == new_port

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def let_go(port):
    def nobody_listens():
        # A connection that was not accepted when the listener was closed is reset.
        with contextlib.suppress(ConnectionResetError, http.client.RemoteDisconnected):
            return call(port, "GET", "/health") is None

    wait_until(nobody_listens)
