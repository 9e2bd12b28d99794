"""HTTP as bytes on a socket, for what no client library would send."""

import contextlib
import dataclasses
import json
import select
import socket
import time


@dataclasses.dataclass
class Answer:
    version: str
    status: int
    headers: list
    body: bytes

    def header(self, name):
        """The one value of a header, None without it."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, f"{name} sent {len(values)} times: {self.headers}"
        return values[0] if values else None

    def json(self):
        return json.loads(self.body)


class Wire:
    """One connection. Everything read has a deadline."""

    def __init__(self, server, timeout=15.0, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect((server.host, server.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))

    def try_send(self, data):
        """Sends what the peer takes; a peer that has closed is no error."""
        with contextlib.suppress(OSError):
            self.send(data)

    def fill(self):
        """More bytes; False at the end of the stream."""
        piece = self.socket.recv(65536)
        self.buffer += piece
        return bool(piece)

    def line(self):
        while b"\r\n" not in self.buffer:
            if not self.fill():
                raise EOFError(f"closed after {self.buffer[:200]!r}")
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode("latin-1")

    def exactly(self, length):
        while len(self.buffer) < length:
            if not self.fill():
                raise EOFError(f"closed with {length - len(self.buffer)} bytes of the body missing")
        data, self.buffer = self.buffer[:length], self.buffer[length:]
        return data

    def head(self):
        version, status, *_ = self.line().split(" ", 2)
        assert version in ("HTTP/1.1", "HTTP/1.0"), version
        headers = []
        while line := self.line():
            name, value = line.split(":", 1)
            assert name == name.strip(), line
            headers.append((name, value.strip()))
        return Answer(version, int(status), headers, b"")

    def read(self, method="GET"):
        """One final answer, whole."""
        answer = self.head()
        assert answer.status >= 200, answer
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        if answer.header("Transfer-Encoding") == "chunked":
            assert answer.header("Content-Length") is None
            while size := int(self.line().split(";")[0], 16):
                answer.body += self.exactly(size)
                assert self.line() == ""
            while self.line():
                pass
        elif (length := answer.header("Content-Length")) is not None:
            answer.body = self.exactly(int(length))
        else:
            while self.fill():
                pass
            answer.body, self.buffer = self.buffer, b""
        return answer

    def ask(self, data, method="GET"):
        self.send(data)
        return self.read(method)

    def at_end(self):
        """The server has closed the connection and sent nothing more."""
        with contextlib.suppress(ConnectionResetError):
            while self.fill():
                pass
        return self.buffer == b""

    def is_open(self):
        """A second request on the connection is answered."""
        return self.ask(get("/health")).status == 200

    def silent(self):
        """Nothing to read at this moment, and not closed."""
        ready, _, _ = select.select([self.socket], [], [], 0)
        return not ready and not self.buffer


def get(path, *headers, version="HTTP/1.1", method="GET"):
    lines = [f"{method} {path} {version}", "Host: 127.0.0.1", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def post(path, body, *headers, version="HTTP/1.1", method="POST"):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return get(path, "Content-Type: application/json", f"Content-Length: {len(data)}", *headers,
               version=version, method=method) + data


def serves(server, deadline=10.0):
    """The server still answers others, promptly and correctly."""
    assert server.alive(), server.log_tail()
    ends = time.monotonic() + deadline
    with Wire(server, timeout=deadline) as wire:
        answer = wire.ask(get("/health"))
        assert answer.status == 200 and answer.json()["status"] == "healthy"
    assert time.monotonic() < ends
