#!/usr/bin/python3
"""Measures how long a squatter is on a port until the conflict is on the wire, and until it is gone.

    tests/bench/detection_delay.py [TRIES] [portmanager serve options]

The server runs as it comes, with the default interval, next to 20 services of which each in turn
has a stranger on its port: one that answers 404, one that never takes a connection, and one that
takes it and says nothing, which is given the time that a slow service has. PORTMANAGER_BIN names the
program.
"""

import contextlib
import pathlib
import random
import socket
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from harness import PortBlock, Server, suite_file, wait_until  # noqa: E402


def summary(name, seconds):
    seconds = sorted(seconds)
    print(f"{name}: median {statistics.median(seconds) * 1000:.0f} ms, "
          f"maximum {seconds[-1] * 1000:.0f} ms, minimum {seconds[0] * 1000:.0f} ms "
          f"({len(seconds)} tries)")


def answer_with_404(connection):
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    connection.close()


def serve(squatter, answer):
    """Takes connections until the socket is shut down."""
    taken = []
    with contextlib.suppress(OSError):
        while True:
            connection, _ = squatter.accept()
            taken.append(connection)
            answer(connection)
    for connection in taken:
        connection.close()


KINDS = {"answers 404": answer_with_404, "never accepts": None,
         "accepts and is silent": lambda connection: None}


def measure(server, port, service_id, answer):
    def told():
        return any(each["type"] == "system_conflict" and each["service"] == service_id
                   for each in server.conflicts())
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        begun = time.monotonic()
        squatter.listen(8)
        if answer:
            threading.Thread(target=serve, args=(squatter, answer), daemon=True).start()
        wait_until(told, "the conflict")
        opened = time.monotonic() - begun
        begun = time.monotonic()
        squatter.shutdown(socket.SHUT_RDWR)
    wait_until(lambda: not told(), "the conflict to close")
    return opened, time.monotonic() - begun


def main():
    tries = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    ports = PortBlock()
    names = {f"kite-{number}": ports[number] for number in range(20)}
    with tempfile.TemporaryDirectory() as folder:
        file = suite_file(pathlib.Path(folder) / "suite.json", names)
        server = Server(pathlib.Path(folder) / "data", "--range", ports.range, "--import", file,
                        *sys.argv[2:])
        try:
            server.start()
            for kind, answer in KINDS.items():
                opened, closed = [], []
                for number in range(tries):
                    # The looks are not waited for in step.
                    threading.Event().wait(random.uniform(0, 1))
                    service_id = f"kite-{number % len(names)}"
                    first, second = measure(server, names[service_id], service_id, answer)
                    opened.append(first)
                    closed.append(second)
                summary(f"{kind}: listens -> conflict on the wire", opened)
                summary(f"{kind}: gone -> conflict closed", closed)
        finally:
            server.close()
            ports.close()


if __name__ == "__main__":
    main()
