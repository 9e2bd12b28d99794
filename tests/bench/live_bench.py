#!/usr/bin/python3
"""How long a change takes to the last of many WebSocket clients, beside npm's ws.

    tests/bench/live_bench.py [CLIENTS [CHANGES [ROUNDS]]]      defaults: 5000 100 3

Both servers run on this machine in turn, round by round, with the same client program. A change begins
just before its POST is sent and ends when the last client has its message: the Port Manager's includes
the disk write of the commit, that of ws nothing but the broadcast of the same bytes. Memory is VmRSS of
the server with the clients and without. Then the Port Manager once more with 100 clients that never
read, whose buffers are full before it begins. PORTMANAGER_BIN names the program; live_bench is built with
`ninja -C build/release live_bench`, ws installed with `npm ci` in tests/support/npm.
"""

import contextlib
import http.client
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from harness import PortBlock, Server  # noqa: E402

CLIENT = ROOT / "build" / "release" / "tests" / "live_bench"
NPM = ROOT / "tests" / "support" / "npm"
DEAF = 100
# What a deaf client's buffers on the way hold, and then some, in messages of a change.
FILLING = 1500


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


class Poster:
    """One connection, kept open, that makes a change with each call."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def post(self, path, body):
        self.connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        return text


class PortManager:
    name = "Port Manager"
    path = "/ws/updates"

    def __init__(self, folder, ports):
        self.ports = ports
        self.server = Server(pathlib.Path(folder) / "data", "--range", ports.range,
                             "--scan-interval-ms", "0", "--health-interval-ms", "0",
                             "--cooldown-ms", "0")
        self.server.start()
        self.port = self.server.port
        self.pid = self.server.process.pid
        self.poster = Poster(self.port)
        self.count = 0

    def change(self):
        """One port_change: a service gets a port, or gives it back."""
        self.count += 1
        if self.count % 2:
            body = {"service_id": "a-service-of-the-suite", "port": self.ports[7]}
            self.poster.post("/api/ports/assign", json.dumps(body))
        else:
            self.poster.post("/api/ports/release",
                             json.dumps({"service_id": "a-service-of-the-suite"}))

    def close(self):
        self.server.close()


class NpmWs:
    name = "npm ws"
    path = "/"
    MESSAGE = json.dumps({"type": "port_change", "service_id": "a-service-of-the-suite",
                          "old_port": None, "new_port": 14807, "revision": 1234,
                          "timestamp": 1795425476.328}, separators=(",", ":"))

    def __init__(self, *_):
        self.process = subprocess.Popen(["node", str(ROOT / "tests" / "bench" / "ws_broadcast.mjs")],
                                        cwd=NPM, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.pid = self.process.pid
        self.poster = Poster(self.port)

    def change(self):
        self.poster.post("/broadcast", self.MESSAGE)

    def close(self):
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def clients(server, count, deaf=0):
    process = subprocess.Popen([str(CLIENT), str(server.port), server.path, str(count), str(deaf)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait(60)


def measure(server, count, changes, deaf=0):
    """Seconds from each change to its last client, and bytes of memory without and with them."""
    before = resident(server.pid)
    with contextlib.ExitStack() as stack:
        if deaf:
            others = stack.enter_context(clients(server, 1, deaf))
            assert others.stdout.readline() == "ready\n"
            for _ in range(FILLING):
                server.change()
        readers = stack.enter_context(clients(server, count))
        assert readers.stdout.readline() == "ready\n"
        delays = []
        for number in range(1, changes + 1):
            begun = time.monotonic_ns()
            server.change()
            message, at = readers.stdout.readline().split()
            assert int(message) == number
            delays.append((int(at) - begun) / 1e9)
        return delays, before, resident(server.pid)


def told(name, delays, before, after, count):
    ordered = sorted(delays)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(f"{name:34} last client p50 {statistics.median(ordered) * 1e3:7.1f} ms, p99 "
          f"{p99 * 1e3:7.1f} ms; {after / 1e6:6.1f} MB, {(after - before) / count:7.0f} bytes a client",
          flush=True)
    return statistics.median(ordered), p99, after


def main():
    count, changes, rounds = (int(sys.argv[i]) if len(sys.argv) > i else default
                              for i, default in ((1, 5000), (2, 100), (3, 3)))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(f"{count} clients, {changes} changes, {rounds} rounds, {os.cpu_count()} cores, "
          f"at most {hard} descriptors a process (soft limit was {soft})")
    ratios = []
    ports = PortBlock()
    for _ in range(rounds):
        figures = {}
        for kind, deaf in ((NpmWs, 0), (PortManager, 0), (PortManager, DEAF)):
            with tempfile.TemporaryDirectory() as folder:
                server = kind(folder, ports)
                try:
                    name = f"{kind.name}, {deaf} do not read" if deaf else kind.name
                    figures[name] = told(name, *measure(server, count, changes, deaf), count)
                finally:
                    server.close()
        theirs, ours = figures[NpmWs.name], figures[PortManager.name]
        ratios.append([one / other for one, other in zip(theirs, ours)])
    ports.close()
    for place, what in enumerate(("p50", "p99", "memory")):
        each = [ratio[place] for ratio in ratios]
        print(f"npm ws over the Port Manager, {what}: {statistics.median(each):.2f} x "
              f"({min(each):.2f} to {max(each):.2f})")


if __name__ == "__main__":
    main()
