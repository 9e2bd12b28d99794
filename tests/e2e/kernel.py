"""What the tests of the kernel's truth share: strangers on ports, and how conflicts come and go."""

import os
import pathlib
import shutil
import subprocess

from harness import SUPPORT, end_process, wait_until

STRANGER = SUPPORT / "stranger.py"
# The looks are half of it apart.
SCAN_INTERVAL = 400
# Two looks agree within the interval; the rest is for a machine that has other things to do.
SOON = 15.0


def copy_of_python(folder):
    """An interpreter under another name and path than the one that services of the suite run on."""
    program = pathlib.Path(folder) / "stranger"
    shutil.copy2(os.path.realpath("/usr/bin/python3"), program)
    return program


class Stranger:
    """tests/support/stranger.py as a process."""

    def __init__(self, python, port, kind="not_found", address="127.0.0.1", name=None,
                 reuse_port=False, v6_only=False, prefix=()):
        self.port, self.address = port, address
        self.executable = str(python)
        command = [*prefix, self.executable, "-S", "-E", str(STRANGER), "--port", str(port),
                   "--address", address, "--kind", kind,
                   *(["--name", name] if name else []),
                   *(["--reuse-port"] if reuse_port else []),
                   *(["--v6-only"] if v6_only else [])]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                        start_new_session=True)
        line = self.process.stdout.readline()
        assert line == f"listening on {port}\n".encode(), line

    @property
    def pid(self):
        return self.process.pid

    def close(self):
        end_process(self.process, grace=2.0)
        self.process.stdout.close()


def conflicts_of(server, kind, service=None):
    """The open conflicts of one type."""
    return [each for each in server.conflicts()
            if each["type"] == kind and service in (None, each["service"])]


def wait_conflict(server, kind, service, deadline=SOON):
    """The open conflict, once there is one."""
    found = wait_until(lambda: conflicts_of(server, kind, service),
                       f"the {kind} of {service}", deadline)
    assert len(found) == 1, found
    return found[0]


def wait_closed(server, conflict, deadline=SOON):
    """The conflict as the history tells it, once it is closed."""
    def closed():
        if any(each["id"] == conflict["id"] for each in server.conflicts()):
            return None
        past = server.ok("GET", "/api/ports/conflicts/history?limit=1000")["conflicts"]
        return next(each for each in past if each["id"] == conflict["id"])
    return wait_until(closed, f"conflict {conflict['id']} to close", deadline)


def settle(server):
    """The kernel is looked at until two looks agree, and nothing is changed."""
    return server.ok("POST", "/api/ports/resolve-conflicts", {"dry_run": True})["resolutions"]


def rows(server, kind=None):
    """All conflicts that there ever were, by age."""
    return server.sql("SELECT * FROM conflicts WHERE ?1 IS NULL OR type = ?1 ORDER BY conflict_id",
                      kind)


def learned(server, service_id):
    """The process that the server knows as the service, once it does."""
    def row():
        found = server.sql("SELECT * FROM identities WHERE service_id = ?", service_id)
        return found[0] if found else None
    return wait_until(row, f"{service_id} to be learned", SOON)


def is_learned_as(server, service_id, pid):
    wait_until(lambda: learned(server, service_id)["pid"] == pid,
               f"{service_id} to be known as pid {pid}", SOON)
