"""What users would type instead asks for ports while they are handed out here: no port has two holders.

Python's portpicker and npm's get-port and portfinder look which port is free at this moment, and
keep nothing. What is held is bound, so they must pass it over; what they were given and really
bound must not be handed out. PICKER_ROUNDS=1000 is the long run.
"""

import collections
import contextlib
import importlib.util
import os
import random
import socket
import subprocess
import threading
import time

import pytest

from harness import PYTHON, SUPPORT, succeeded
from npm import NPM, need_npm_packages

ROUNDS = int(os.environ.get("PICKER_ROUNDS", "100"))
# So few that all of them want the same ones.
SPAN = 40
HOLDERS = 3
HOLD_TIME = 0.03


class Picker:
    """A process that is asked for a port by a line and answers with a line."""

    def __init__(self, name, *command):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, cwd=NPM)

    def pick(self, wanted):
        """(when it was asked, the port or 0, when it answered); it looks at the wanted one first."""
        begun = time.monotonic()
        self.process.stdin.write(f"{self.name} {wanted}\n")
        self.process.stdin.flush()
        name, port = self.process.stdout.readline().split()
        assert name == self.name
        return begun, int(port), time.monotonic()

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture
def picker(request, ports):
    low, high = str(ports[0]), str(ports[SPAN - 1])
    if request.param == "portpicker":
        if not importlib.util.find_spec("portpicker"):
            pytest.skip("python3-portpicker is not installed")
        made = Picker("portpicker", PYTHON, str(SUPPORT / "python_picker.py"), low, high)
    else:
        need_npm_packages()
        made = Picker(request.param, "node", "pickers.mjs", high)
    yield made
    made.close()


class Ledger:
    """Who had which port from when to when, by the clock of this process."""

    def __init__(self):
        self.lock = threading.Lock()
        self.spans = collections.defaultdict(list)
        self.present = set()

    @contextlib.contextmanager
    def held(self, port, who):
        """It is held for as long as the block runs, and somewhat longer."""
        begun = time.monotonic()
        with self.lock:
            self.present.add(port)
        yield
        with self.lock:
            self.present.discard(port)
            self.spans[port].append((begun, time.monotonic(), who))

    def one_of_now(self):
        """A port that is held at this moment, or none."""
        with self.lock:
            return random.choice(sorted(self.present)) if self.present else None

    def held_all_through(self, begun, port, ended):
        """Who had the port from before `begun` until after `ended`."""
        return [who for since, until, who in self.spans[port] if since <= begun and ended <= until]


def listen(port):
    """As a program does that was told a free port."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("0.0.0.0", port))
        listener.listen(1)
    except OSError:
        listener.close()
        return None
    return listener


@pytest.mark.parametrize("picker", ["portpicker", "get-port", "portfinder"], indirect=True)
def test_no_port_has_two_holders(server, ports, picker):
    span = f"{ports[0]}-{ports[SPAN - 1]}"
    ledger, picked, stop, failures = Ledger(), [], threading.Event(), []
    asked, counts = [], collections.Counter()

    def guarded(work):
        def run(*arguments):
            try:
                while not stop.is_set():
                    work(*arguments)
            except Exception as error:  # a thread's failure is the test's
                failures.append(error)
                stop.set()
        return run

    def reserve_and_give_back(number):
        """Holds a port for a while, and is never refused what it holds."""
        port = succeeded(server.post("/api/ports/reserve", {"hold": True, "range": span}))["port"]
        with ledger.held(port, f"reservation of {number}"):
            stop.wait(HOLD_TIME)
        succeeded(server.delete(f"/api/ports/reserve/{port}"))
        counts["reserved"] += 1

    def assign_through_hold(number):
        """Reserved, assigned and used by a service, as the documents advise."""
        name = f"kite-{number}"
        port = succeeded(server.post("/api/ports/reserve", {"hold": True, "range": span,
                                                            "service_id": name}))["port"]
        with ledger.held(port, name):
            stop.wait(HOLD_TIME)
        assert server.assign(name, port)["port"] == port
        with contextlib.closing(listen(port) or socket.socket()):
            pass
        server.ok("POST", "/api/ports/release", {"service_id": name})
        counts["assigned"] += 1

    threads = [threading.Thread(target=guarded(work), args=(number,)) for number, work in enumerate(
        [reserve_and_give_back] * HOLDERS + [assign_through_hold])]
    for thread in threads:
        thread.start()
    try:
        for _ in range(ROUNDS):
            wanted = ledger.one_of_now() or ports[0]
            begun, port, ended = picker.pick(wanted)
            asked.append((begun, wanted, ended))
            if port:
                picked.append((begun, port, ended))
                if listener := listen(port):
                    # What really is bound is not handed out while it is.
                    with listener:
                        answer = server.post("/api/ports/reserve", {"hold": True, "port": port})
                        assert answer.status_code == 409, answer.text
                        counts["bound"] += 1
            if stop.is_set():
                break
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    contested = sum(bool(ledger.held_all_through(*each)) for each in asked)
    twice = [(port, who) for begun, port, ended in picked
             for who in ledger.held_all_through(begun, port, ended)]
    print(f"{picker.name}: {ROUNDS} rounds, {contested} looked first at a port that was held all "
          f"the while, {len(picked)} ports picked, {counts['bound']} bound, "
          f"{counts['reserved']} reservations, {counts['assigned']} assignments, "
          f"{len(twice)} given twice")
    assert twice == []
    # It was a contest: the picker was often tempted, and all of them got ports.
    assert contested > ROUNDS // 5
    assert len(picked) > ROUNDS // 2
    assert counts["reserved"] > 10 and counts["assigned"] > 2
