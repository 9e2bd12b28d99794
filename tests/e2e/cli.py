"""The command line as a person or a script uses it: over pipes, and on a pseudo-terminal."""

import json
import os
import signal
import subprocess

import pexpect
import pyte

from harness import binary, wait_until

DONE, FAILED, USAGE, NOT_FOUND, CONFLICT, UNREACHABLE = range(6)


def environment(**added):
    """This process's, without what would change how the program behaves."""
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith("PORTMANAGER_") and key not in ("NO_COLOR", "TERM")}
    return kept | {"LC_ALL": "C.UTF-8"} | {key: str(value) for key, value in added.items()}


class Outcome:
    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    @property
    def told(self):
        return f"status {self.status}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"

    @property
    def lines(self):
        return self.out.splitlines()


class Cli:
    """`portmanager` for one server."""

    def __init__(self, url, **env):
        self.env = environment(PORTMANAGER_URL=url, **env)

    @classmethod
    def of(cls, server, **env):
        return cls(server.url, **env)

    def run(self, *words, stdin=None, env=None, timeout=60, cwd=None):
        return Outcome(subprocess.run([binary(), *map(str, words)], input=stdin or "", text=True,
                                      capture_output=True, timeout=timeout, cwd=cwd, check=False,
                                      env=self.env | (env or {})))

    def ok(self, *words, **options):
        """What a command that must succeed prints."""
        outcome = self.run(*words, **options)
        assert outcome.status == DONE, outcome.told
        return outcome.out

    def json(self, *words, **options):
        return json.loads(self.ok(*words, "--json", **options))

    def refused(self, status, *words, says=(), **options):
        outcome = self.run(*words, **options)
        assert outcome.status == status, outcome.told
        for each in [says] if isinstance(says, str) else says:
            assert each in outcome.err, outcome.told
        assert outcome.err.strip(), outcome.told
        return outcome

    def start(self, *words, env=None, **options):
        """The command in the background: a Popen, whose output can be read."""
        return subprocess.Popen([binary(), *map(str, words)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                                env=self.env | (env or {}), **options)

    def on_terminal(self, *words, env=None, columns=100, rows=24):
        return Screen([binary(), *map(str, words)],
                      self.env | {"TERM": "xterm-256color"} | (env or {}), columns, rows)


class Screen:
    """A command on a pseudo-terminal, and what stands on it."""

    def __init__(self, command, env, columns=100, rows=24):
        self.child = pexpect.spawn(command[0], command[1:], env=env, dimensions=(rows, columns),
                                   timeout=30)
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""

    def read(self):
        try:
            piece = self.child.read_nonblocking(65536, 0.05)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return
        self.raw += piece
        self.stream.feed(piece)

    @property
    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def wait_for(self, *texts):
        def shown():
            self.read()
            return all(text in self.text for text in texts)
        try:
            wait_until(shown, f"{texts}", 20)
        except AssertionError as error:
            raise AssertionError(f"{error}; on the screen is:\n{self.text}") from None
        return self.text

    def send(self, text):
        self.child.send(text)

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def end(self):
        """Reads to the end: the exit status, or 128 and the signal's number."""
        def over():
            self.read()
            return not self.child.isalive()
        wait_until(over, "the command to end", 20)
        self.read()
        return (self.child.exitstatus if self.child.signalstatus is None
                else 128 + self.child.signalstatus)

    def close(self):
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
        self.child.close(force=True)
