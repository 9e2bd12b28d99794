#!/usr/bin/python3
"""How long a change takes to the last of many WebSocket clients, beside npm's ws.

    tests/bench/live_bench.py [CLIENTS [CHANGES [ROUNDS]]]      defaults: 5000 100 3

Both servers run on this machine in turn, round by round, with the same client program. The clock
begins just before the POST of a change is sent, and ends when the last client's socket has the
message. So for the Port Manager the time is that of the request, the decision, the disk write of the
commit and the broadcast; for ws, a server of 20 lines, that of the request and the broadcast of a
message of the same form. Memory is VmRSS of the server once all changes are told. Then the Port
Manager once more with 100 clients that never read, whose buffers are full before it begins. At last
both with clients that read each message as it comes: all of them on one machine with the server,
they then take about as much of it as the server does.

PORTMANAGER_BIN names the program; live_bench is built with `scripts/build release live_bench`, ws is
installed with `npm ci` in tests/support/npm.
"""

import contextlib
import http.client
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from harness import PortBlock, Server, end_process  # noqa: E402

CLIENT = ROOT / "build" / "release" / "tests" / "live_bench"
NPM = ROOT / "tests" / "support" / "npm"
DEAF = 100
SERVICE = "a-service-of-the-suite"


class Poster:
    """One connection, kept open, that makes a change with each call."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def post(self, path, body):
        self.connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text


class PortManager:
    name = "Port Manager"
    path = "/ws/updates"

    def __init__(self, folder, ports):
        self.ports = ports
        # The clients here answer no pings.
        self.server = Server(pathlib.Path(folder) / "data", "--range", ports.range,
                             "--scan-interval-ms", "0", "--health-interval-ms", "0",
                             "--cooldown-ms", "0", "--websocket-ping-ms", "3600000",
                             "--log-level", "warn").start()
        self.port = self.server.port
        self.pid = self.server.process.pid
        self.poster = Poster(self.port)
        self.count = 0

    def change(self):
        """One port_change: a service gets a port, or gives it back."""
        self.count += 1
        if self.count % 2:
            self.poster.post("/api/ports/assign",
                             json.dumps({"service_id": SERVICE, "port": self.ports[7]}))
        else:
            self.poster.post("/api/ports/release", json.dumps({"service_id": SERVICE}))

    def close(self):
        self.server.close()


class NpmWs:
    name = "npm ws"
    path = "/"
    MESSAGE = json.dumps({"type": "port_change", "service_id": SERVICE, "old_port": None,
                          "new_port": 14807, "revision": 1234, "timestamp": 1795425476.328},
                         separators=(",", ":"))

    def __init__(self, *_):
        self.process = subprocess.Popen(["node", str(ROOT / "tests" / "bench" / "ws_broadcast.mjs")],
                                        cwd=NPM, stdout=subprocess.PIPE, text=True,
                                        start_new_session=True)
        self.port = int(self.process.stdout.readline())
        self.pid = self.process.pid
        self.poster = Poster(self.port)

    def change(self):
        self.poster.post("/broadcast", self.MESSAGE)

    def close(self):
        end_process(self.process)


@contextlib.contextmanager
def audience(server, count, deaf, *reading):
    process = subprocess.Popen([str(CLIENT), str(server.port), server.path, str(count), str(deaf),
                                *reading],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        yield process.stdout
        process.stdin.close()
        assert process.wait(60) == 0
    finally:
        end_process(process)


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def measure(server, count, changes, deaf, *reading):
    """Milliseconds from each change to its last client, and MiB of memory at the end."""
    with audience(server, count, deaf, *reading) as lines:
        delays = []
        for number in range(1, changes + 1):
            begun = time.monotonic_ns()
            server.change()
            message, at = lines.readline().split()
            assert int(message) == number
            delays.append((int(at) - begun) / 1e6)
        return delays, resident(server.pid)


def figures(name, delays, memory):
    ordered = sorted(delays)
    p50, p99 = statistics.median(ordered), ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    print(f"{name:33} last client p50 {p50:6.1f} ms, p99 {p99:6.1f} ms; {memory:6.1f} MiB; load "
          f"{os.getloadavg()[0]:.1f}", flush=True)
    return p50, p99, memory


def versions():
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    package = json.loads((NPM / "node_modules" / "ws" / "package.json").read_text(encoding="utf-8"))
    return (f"{os.cpu_count()} cores, Linux {platform.release()}, node {node.strip()}, "
            f"ws {package['version']}")


def main():
    count, changes, rounds = (int(sys.argv[i]) if len(sys.argv) > i else default
                              for i, default in ((1, 5000), (2, 100), (3, 3)))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(f"{count} clients, {changes} changes, {rounds} rounds; {versions()}")
    ratios = {"": [], ", read at once": []}
    with contextlib.closing(PortBlock()) as ports:
        def run(kind, deaf=0, *reading):
            name = ", ".join([kind.name, *reading, *([f"{deaf} do not read"] if deaf else [])])
            with tempfile.TemporaryDirectory() as folder, \
                    contextlib.closing(kind(folder, ports)) as server:
                return figures(name, *measure(server, count, changes, deaf, *reading))

        for _ in range(rounds):
            for how, reading in (("", []), (", read at once", ["read-at-once"])):
                theirs, ours = run(NpmWs, 0, *reading), run(PortManager, 0, *reading)
                ratios[how].append([a / b for a, b in zip(theirs, ours)])
            run(PortManager, DEAF)
    for how, taken in ratios.items():
        for what, each in zip(("p50", "p99", "memory"), zip(*taken)):
            print(f"npm ws over the Port Manager{how}, {what}: {statistics.median(each):.2f} x "
                  f"({min(each):.2f} to {max(each):.2f})")


if __name__ == "__main__":
    main()
