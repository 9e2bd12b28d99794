"""A thousand moves while Hub and Ninja fail, stall and go away, and the Port Manager is killed twice:
every committed change arrives at both, in order per service, and what comes twice has the same id.

UPSTREAM_MOVES (1000) and UPSTREAM_SEED (random, printed) can be set in the environment.
"""

import collections
import http.client
import json
import os
import random
import threading

from harness import wait_until
from upstreams import EVENTS, FAST, state, wait_until_told

MOVES = int(os.environ.get("UPSTREAM_MOVES", "1000"))
SEED = int(os.environ.get("UPSTREAM_SEED", random.SystemRandom().randrange(2**32)))
CALLERS = 8
SERVICES = 4  # of each caller
PORTS = 10    # of each service

# What they do, one after the other, each until some more moves have been made.
TROUBLES = (("ok", {}), ("500", {"chance": 0.5}), ("away", {}), ("stall", {"chance": 0.3}),
            ("503", {"retry_after": 1}), ("close", {"chance": 0.5}), ("404", {"paths": [EVENTS]}),
            ("429", {"chance": 0.5}), ("garbage", {"chance": 0.7}), ("stall", {}), ("away", {}))


class Mover(threading.Thread):
    """Moves its services, which do not run, from port to port, until it is told to stop. A server
    that is gone is waited for."""

    def __init__(self, server, name, ports, chance, progress):
        super().__init__(name=name, daemon=True)
        self.server, self.chance, self.progress = server, chance, progress
        self.own = {f"{name}-{n}": ports[n * PORTS:(n + 1) * PORTS] for n in range(SERVICES)}
        self.stopped = threading.Event()
        self.unexpected = None

    def run(self):
        try:
            while not self.stopped.is_set():
                try:
                    self.move_many()
                except (OSError, http.client.HTTPException, json.JSONDecodeError):
                    self.stopped.wait(0.02)  # killed; it comes back
        except BaseException as error:  # reported by the main thread
            self.unexpected = error

    def move_many(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            while not self.stopped.is_set():
                service_id = self.chance.choice(list(self.own))
                port = self.chance.choice(self.own[service_id])
                self.progress.wait_for_leave(self.stopped)
                status, content = self.post(connection, "reassign",
                                            {"service_id": service_id, "new_port": port})
                if status == 404:
                    self.post(connection, "assign", {"service_id": service_id, "port": port})
                elif status == 200 and content["old_port"] != content["new_port"]:
                    self.progress.add()
        finally:
            connection.close()

    def post(self, connection, call, body):
        connection.request("POST", f"/api/ports/{call}", json.dumps(body),
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = json.loads(answer.read())
        assert answer.status in (200, 400, 404, 409, 503), f"{call} {body}: {content}"
        return answer.status, content


class Progress:
    """The moves that were acknowledged, and how many may be."""

    def __init__(self):
        self.count = self.limit = 0
        self.changed = threading.Condition()

    def add(self):
        with self.changed:
            self.count += 1
            self.changed.notify_all()

    def wait_for_leave(self, stopped):
        with self.changed:
            self.changed.wait_for(lambda: self.count < self.limit or stopped.is_set())

    def let_go_on(self, limit):
        with self.changed:
            self.limit = limit
            self.changed.notify_all()

    def wait_for(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: self.count >= count, 120), self.count

    def end(self, movers):
        with self.changed:
            for mover in movers:
                mover.stopped.set()
            self.changed.notify_all()


def suffers(server, double, target, seen):
    """The target has met the trouble: it was called a few times, or is known to be away."""
    return len(double.calls()) >= seen + 8 or state(server, target)["state"] == "away"


def make_trouble(hub, ninja, server, movers, progress, chance):
    """Moves, troubles and two kills. Both are well again in the end."""
    for mover in movers:
        mover.start()
    kills = chance.sample(range(1, len(TROUBLES) - 1), 2)
    for number, (mode, orders) in enumerate(TROUBLES):
        seen = len(hub.calls()), len(ninja.calls())
        hub.tell(mode, **orders)
        other_mode, other_orders = TROUBLES[(number + 4) % len(TROUBLES)]
        ninja.tell(other_mode, **other_orders)
        progress.let_go_on(MOVES * (number + 1) // len(TROUBLES))
        if number in kills:
            progress.wait_for(MOVES * (2 * number + 1) // (2 * len(TROUBLES)))
            server.kill()
            server.start()
        progress.wait_for(MOVES * (number + 1) // len(TROUBLES))
        wait_until(lambda: suffers(server, hub, "hub", seen[0]), f"Hub to meet {mode}")
        wait_until(lambda: suffers(server, ninja, "ninja", seen[1]), f"Ninja to meet {other_mode}")
    progress.end(movers)
    for mover in movers:
        mover.join(60)
        assert not mover.is_alive(), f"{mover.name} hangs"
        if mover.unexpected:
            raise mover.unexpected
    hub.tell("ok")
    ninja.tell("ok")


def committed(server):
    """What happened to each service's port, as the auditors see it: (old, new), oldest first."""
    changes = collections.defaultdict(list)
    for row in server.sql("SELECT service_id, old_port, new_port FROM port_history "
                          "WHERE action <> 'move_failed' ORDER BY history_id"):
        changes[row["service_id"]].append((row["old_port"], row["new_port"]))
    return changes


def check(double, changes, moment):
    """Each service's events came in the order of its changes, whether or not they were answered; an
    event came again only before the next one of its service came; and all of them got a yes."""
    arrived, last, said_yes, ids = collections.defaultdict(list), {}, set(), set()
    calls = double.calls(EVENTS)
    for call in calls:
        body = call["body"]
        service_id, event_id = body["service_id"], body["event_id"]
        if call["answered"] == 200:
            said_yes.add(event_id)
        if last.get(service_id) == event_id:
            assert arrived[service_id][-1] == (body["old_port"], body["new_port"]), moment
            continue
        assert event_id not in ids, f"{moment}: {event_id} came again after a later one"
        ids.add(event_id)
        last[service_id] = event_id
        arrived[service_id].append((body["old_port"], body["new_port"]))
    assert arrived == changes, moment
    assert said_yes == ids, moment
    return len(calls) - len(ids)


def test_every_change_arrives_at_both_in_order(launch, run_double, ports):
    print(f"UPSTREAM_SEED={SEED} UPSTREAM_MOVES={MOVES}")
    chance = random.Random(SEED)
    hub, ninja = run_double(), run_double()
    server = launch("--hub-url", hub.url, "--ninja-url", ninja.url,
                    **(FAST | {"upstream_timeout_ms": 300}))
    progress = Progress()
    movers = [Mover(server, f"mover-{n}", [ports[n * SERVICES * PORTS + m] for m in range(SERVICES * PORTS)],
                    random.Random(chance.random()), progress) for n in range(CALLERS)]
    make_trouble(hub, ninja, server, movers, progress, chance)
    wait_until_told(server, "hub", "ninja", deadline=120)
    changes = committed(server)
    count = sum(len(each) for each in changes.values())
    # Else this test has shown nothing.
    assert count >= MOVES
    again = [check(double, changes, f"{name}, UPSTREAM_SEED={SEED}")
             for name, double in (("hub", hub), ("ninja", ninja))]
    assert min(again) > 0
    print(f"{count} changes, sent again: {again}")
