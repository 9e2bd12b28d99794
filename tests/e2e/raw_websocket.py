"""A WebSocket client by hand: the point is to send what no library would (RFC 6455)."""

import base64
import os
import socket
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
KEY = base64.b64encode(b"0123456789abcdef").decode()


def handshake(port, path="/ws/updates", **headers):
    """The request; a header given as None is left out."""
    fields = {"Host": f"127.0.0.1:{port}", "Upgrade": "websocket", "Connection": "Upgrade",
              "Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()


def frame(opcode, payload=b"", fin=True, masked=True, rsv=0, length=None, mask=None):
    """`length`: how it is written, as 7, 16 or 64 bits; the least by itself. `mask`: any by itself."""
    if isinstance(payload, str):
        payload = payload.encode()
    size = len(payload)
    if length is None:
        length = 7 if size < 126 else 16 if size < 65536 else 64
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    mark = 0x80 if masked else 0
    head = {7: lambda: struct.pack("!BB", first, mark | size),
            16: lambda: struct.pack("!BBH", first, mark | 126, size),
            64: lambda: struct.pack("!BBQ", first, mark | 127, size)}[length]()
    if not masked:
        return head + payload
    mask = mask or os.urandom(4)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def text(payload):
    return frame(TEXT, payload)


def close(code=None, reason=b""):
    return frame(CLOSE, (b"" if code is None else struct.pack("!H", code)) + reason)


class RawWebSocket:
    def __init__(self, port, path="/ws/updates", behind=b"", receive_buffer=0, timeout=20):
        """Connects and shakes hands. `behind`: bytes that go out with the request."""
        self.socket = socket.socket()
        self.socket.settimeout(timeout)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(handshake(port, path) + behind)
        self.buffer, self.at = b"", 0  # what has come, and how much of it is read
        while b"\r\n\r\n" not in self.buffer:
            self._receive()
        self.head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert self.head.startswith(b"HTTP/1.1 101 "), self.head

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _receive(self):
        chunk = self.socket.recv(65536)
        if not chunk:
            raise EOFError("the server ended the connection")
        self.buffer, self.at = self.buffer[self.at:] + chunk, 0

    def _take(self, size):
        while len(self.buffer) - self.at < size:
            self._receive()
        self.at += size
        return self.buffer[self.at - size:self.at]

    def send(self, data):
        self.socket.sendall(data)

    def read(self):
        """The next frame: opcode and payload. EOFError at the end of the connection."""
        first, second = self._take(2)
        assert first & 0x80 and not first & 0x70, "a whole frame without reserved bits"
        assert not second & 0x80, "the server does not mask"
        size = second
        if size == 126:
            size, = struct.unpack("!H", self._take(2))
        elif size == 127:
            size, = struct.unpack("!Q", self._take(8))
        return first & 0x0F, self._take(size)

    def read_close(self):
        """The close code, past everything before it; None for one without. And the end after it."""
        while True:
            opcode, payload = self.read()
            if opcode == CLOSE:
                break
        try:
            self.read()
        except (EOFError, ConnectionError):
            return struct.unpack("!H", payload[:2])[0] if payload else None
        raise AssertionError("something came behind the close")
