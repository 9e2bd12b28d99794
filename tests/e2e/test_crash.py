"""kill -9 at random moments under load. What was acknowledged is there; what is there is sound.

CRASH_ROUNDS (20) and CRASH_SEED (random, printed) can be set in the environment.
"""

import json
import os
import random
import threading

from crash_load import Acknowledged, Known, MoveCaller, RegistryCaller, ReserveCaller
from harness import wait_until

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "20"))
SEED = int(os.environ.get("CRASH_SEED", random.SystemRandom().randrange(2**32)))

# Where the load takes place in the block of ports: running services, stopped ones, reservations.
MOVING = {"mover-0": range(0, 20), "mover-1": range(20, 40), "mover-2": range(40, 60)}
REGISTRY = range(60, 100)
RESERVED = range(380, 400)
MODES = {"mover-0": ("none",), "mover-1": ("none", "slow"),
         "mover-2": ("none", "refuse", "never_up", "hold_old_port")}


def test_kill_at_random_moments(launch, run_service, ports):
    print(f"CRASH_SEED={SEED} CRASH_ROUNDS={ROUNDS}")
    chance = random.Random(SEED)
    server = launch(come_up_timeout_ms=3000, old_port_timeout_ms=500)
    services = {name: run_service(name, ports[own[0]]) for name, own in MOVING.items()}
    acknowledged = Acknowledged()
    interrupted = 0
    for round_ in range(ROUNDS):
        for name, service in services.items():
            service.misbehave(chance.choice(MODES[name]))
        load_and_kill(server, acknowledged, services, ports, chance)
        interrupted += sum(bool(known.maybe) for known in acknowledged.services.values())
        file_is_whole(server)
        server.start()
        for service in services.values():
            service.misbehave("none")
        check(server, acknowledged, services, ports, f"round {round_}, CRASH_SEED={SEED}")
    # Else this test has shown nothing.
    assert acknowledged.count >= 5 * ROUNDS
    assert interrupted > 0


def load_and_kill(server, acknowledged, services, ports, chance):
    def own():
        return random.Random(chance.random())
    shared = [ports[offset] for offset in REGISTRY]
    callers = [RegistryCaller(server, acknowledged, f"caller-{number}", own(), shared)
               for number in range(6)]
    callers += [MoveCaller(server, acknowledged, name, own(), service,
                           [ports[offset] for offset in MOVING[name]])
                for name, service in services.items()]
    callers.append(ReserveCaller(server, acknowledged, "reserver", own(),
                                 [ports[offset] for offset in RESERVED]))
    for caller in callers:
        caller.start()
    # The random moment itself; nothing is waited for.
    threading.Event().wait(chance.uniform(0.01, 0.6))
    server.kill()
    for caller in callers:
        caller.stopped.set()
        caller.join(30)
        assert not caller.is_alive(), f"{caller.name} hangs although the server is gone"
        if caller.unexpected:
            raise caller.unexpected


def file_is_whole(server):
    """Right after the kill, before anybody mends it."""
    if server.config_file.exists():
        content = json.loads(server.config_file.read_text())
        assert set(content) >= {"port_assignments", "port_history", "reserved_ports", "last_updated"}


def check(server, acknowledged, services, ports, moment):
    assignments = server.assignments()
    valid = range(ports.low, ports.high + 1)
    for name, known in acknowledged.services.items():
        actual = assignments.get(name)
        assert known.allows(actual, valid), f"{moment}: {name} has {actual}, known {known}"
        acknowledged.services[name] = Known(actual)
    reserved = {each["port"] for each in server.ok("GET", "/api/ports/reserved")["reserved"]}
    for port, known in acknowledged.reserved.items():
        actual = port if port in reserved else None
        assert known.allows(actual, ()), f"{moment}: reservation of {port}: {actual}, known {known}"
        acknowledged.reserved[port] = Known(actual)
    assert server.revision() >= acknowledged.revision, moment
    check_records(server, acknowledged, assignments, moment)
    for name, service in services.items():
        if name in assignments:
            wait_until(lambda: service.answers_on(assignments[name]),
                       f"{moment}: {name} to be on {assignments[name]}")
    assert server.conflicts() == [], moment
    server.wait_for_config(lambda content: content["port_assignments"] == assignments
                           and sorted(content["reserved_ports"]) == sorted(reserved),
                           f"{moment}: to agree with the registry")


def check_records(server, acknowledged, assignments, moment):
    assert [row[0] for row in server.sql("PRAGMA integrity_check")] == ["ok"], moment
    assert server.sql("PRAGMA foreign_key_check") == [], moment
    assert server.sql("SELECT * FROM moves WHERE state IN ('pending', 'planned')") == [], moment
    twice = server.sql("SELECT port FROM assignments WHERE contested = 0"
                       " GROUP BY host, protocol, port HAVING count(*) > 1")
    assert twice == [], moment
    in_sql = {row["service_id"]: row["port"]
              for row in server.sql("SELECT service_id, port FROM assignments")}
    assert in_sql == assignments, moment
    last = {row["service_id"]: row["new_port"] for row in server.sql(
        "SELECT service_id, new_port FROM port_history WHERE action <> 'move_failed'"
        " ORDER BY history_id")}
    assert {name: port for name, port in last.items() if port is not None} == assignments, moment
    in_history = {row[0] for row in server.sql("SELECT request_id FROM port_history")}
    assert acknowledged.assignment_requests <= in_history, \
        f"{moment}: {acknowledged.assignment_requests - in_history}"
    in_changes = {row[0] for row in server.sql("SELECT request_id FROM changes")}
    assert acknowledged.requests <= in_changes, f"{moment}: {acknowledged.requests - in_changes}"
    gaps = server.sql("SELECT count(*), max(revision) FROM changes")[0]
    assert gaps[0] == gaps[1] == server.revision(), moment
