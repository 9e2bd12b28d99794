"""Random suites of real services for the tests of resolving: what the registry says, and what is."""

import random
import subprocess

from harness import PYTHON, SUPPORT, end_process
from kernel import Stranger

HOST = SUPPORT / "suite_host.py"
KINDS = ("silent", "not_found", "other", "nameless", "no_http")


class RandomSuite:
    """`size` services, of which some have the port of another by a mistake in a file, some a
    stranger on their port, and some do not run; the rest run on their ports.

    `home` is where a service would be by itself, `registry` what the file says, `runs_on` where it
    really listens. Of those with another's port most never moved: they still listen at home. The
    others listen on the port that they share, if its first holder does not."""

    def __init__(self, seed, ports, size, duplicated, squatted, stopped, tangled=False):
        dice = random.Random(seed)
        names = [f"kite-{number:03}" for number in range(size)]
        self.home = dict(zip(names, dice.sample([ports[at] for at in range(size)], size)))
        shuffled = dice.sample(names, size)
        self.duplicated = shuffled[:duplicated]
        self.squatted = shuffled[duplicated:duplicated + squatted]
        self.stopped = shuffled[duplicated + squatted:duplicated + squatted + stopped]
        quiet = set(self.squatted) | set(self.stopped)
        hosts = names if tangled else shuffled[duplicated:]
        self.registry = dict(self.home)
        self.runs_on = {name: port for name, port in self.home.items() if name not in quiet}
        for name in self.duplicated:
            other = dice.choice([each for each in hosts if each != name])
            port = self.registry[name] = self.home[other]
            if other in self.stopped and port not in self.runs_on.values() and dice.random() < 0.7:
                self.runs_on[name] = port
        self.strangers = {self.home[name]: dice.choice(KINDS[1:] if at % 4 else KINDS[:1])
                          for at, name in enumerate(self.squatted)}
        # The first in a file had the port first.
        self.order = dice.sample(names, size)

    def assignments(self):
        return {name: self.registry[name] for name in self.order}

    @property
    def in_place(self):
        """Who really listens on the port that the registry says."""
        return {name for name, port in self.runs_on.items() if self.registry[name] == port}


class RunningSuite:
    """The services and strangers of a suite as processes."""

    def __init__(self, suite, foreign_python, hosts=8):
        self.processes, self.strangers = [], []
        entries = [f"{name}={port}" for name, port in suite.runs_on.items()]
        try:
            for first in range(hosts):
                self.processes.append(subprocess.Popen(
                    [PYTHON, str(HOST), *entries[first::hosts]], stdout=subprocess.PIPE,
                    stdin=subprocess.DEVNULL, start_new_session=True))
            for port, kind in suite.strangers.items():
                self.strangers.append(Stranger(foreign_python, port, kind))
            for process in self.processes:
                assert process.stdout.readline() == b"ready\n"
        except BaseException:
            self.close()
            raise

    def close(self):
        for process in self.processes:
            end_process(process, grace=2.0)
            process.stdout.close()
        for stranger in self.strangers:
            stranger.close()
