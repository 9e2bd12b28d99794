"""portmanager run: the environment, signals, exit statuses and the terminal of its command."""

import contextlib
import os
import pathlib
import signal

import pexpect
import pytest

from cli import CONFLICT, FAILED, USAGE, Cli, Screen
from harness import binary, wait_until

PYTHON = "/usr/bin/python3"

# Writes down its process, each signal that comes, and ends with status 9 at the second SIGTERM.
LISTENER = """
import os, signal, sys, time
out = open(sys.argv[1], "a", buffering=1)
names = ("TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "WINCH", "CONT")
seen = []
def note(number, frame):
    seen.append(number)
    print(signal.Signals(number).name, file=out)
for name in names:
    signal.signal(getattr(signal, "SIG" + name), note)
print("pid", os.getpid(), os.getpgid(0), file=out)
while seen.count(signal.SIGTERM) < 2:
    time.sleep(0.01)
sys.exit(9)
"""


@pytest.fixture
def cli(server):
    return Cli.of(server)


@pytest.fixture
def listener(tmp_path):
    """The command that notes signals, and what it has noted."""
    script = tmp_path / "listener.py"
    script.write_text(LISTENER)
    notes = tmp_path / "notes"

    class Listener:
        command = [PYTHON, str(script), str(notes)]

        @staticmethod
        def lines():
            return notes.read_text().splitlines() if notes.exists() else []

        def wait(self, text, count=1):
            wait_until(lambda: sum(text in line for line in self.lines()) >= count,
                       f"{count} {text} in {self.lines()}")

        def pid(self):
            self.wait("pid ")
            return int(self.lines()[0].split()[1])

    made = Listener()
    yield made
    # It ends by itself at nothing less than two SIGTERM.
    for line in made.lines():
        if line.startswith("pid "):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(line.split()[1]), signal.SIGKILL)


@pytest.fixture
def background(cli):
    started = []

    def start(*words, **options):
        started.append(cli.start(*words, start_new_session=True, **options))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_the_port_is_in_the_environment(cli, server, ports):
    out = cli.ok("run", "billing-api.v2", "--", "sh", "-c", "echo $PORT $BILLING_API_V2_PORT")
    assert out == f"{ports[4]} {ports[4]}\n"
    assert server.assignments()["billing-api.v2"] == ports[4]
    assert cli.ok("run", "billing-api.v2", "--", "sh", "-c", "echo $PORT") == f"{ports[4]}\n"


def test_a_port_may_be_wished_for(cli, ports):
    assert cli.ok("run", "one", "--port", ports[40], "--", "sh", "-c", "echo $PORT") == (
        f"{ports[40]}\n")
    assert cli.ok("run", "two", "--range", f"{ports[50]}-{ports[59]}", "--", "sh", "-c",
                  "echo $PORT") == f"{ports[51]}\n"
    cli.refused(CONFLICT, "run", "three", "--port", ports[0], "--", "true", says="alpha")


def test_its_arguments_are_its_own(cli):
    out = cli.ok("run", "x", "--", "printf", "%s|", "--json", "-q", "--", "list", "a b", "")
    assert out == "--json|-q|--|list|a b||"


def test_its_streams_are_its_own(cli):
    outcome = cli.run("run", "x", "--", "sh", "-c", "cat; echo oops >&2", stdin="through")
    assert outcome.out == "through" and outcome.err == "oops\n"


@pytest.mark.parametrize("script, status", [("exit 0", 0), ("exit 7", 7), ("exit 200", 200),
                                            ("kill -KILL $$", 137), ("kill -SEGV $$", 139)])
def test_its_status_is_passed_on(cli, script, status):
    assert cli.run("run", "x", "--", "sh", "-c", script).status == status


def test_a_command_that_cannot_be_started(cli):
    cli.refused(FAILED, "run", "x", "--", "no-such-command", says="no-such-command")
    cli.refused(FAILED, "run", "x", "--", "/etc/passwd", says="Permission denied")
    cli.refused(USAGE, "run", "x", says="command")


def test_what_cannot_be_run_gets_no_port(cli, server):
    before = server.ok("GET", "/api/services")["services"]
    cli.refused(FAILED, "run", "nothing", "--", "/no/such", says="/no/such")
    cli.refused(USAGE, "run", "--", "echo", "hi", says=["service is required", "SERVICE -- COMMAND"])
    cli.refused(USAGE, "run", "--port", 9000, "-q", "--", "echo", says="service is required")
    assert server.ok("GET", "/api/services")["services"] == before


def test_release(cli, server):
    assert cli.run("run", "x", "--release", "--", "false").status == 1
    assert "x" not in server.assignments()


def test_somebody_on_the_port_is_told(cli, run_service, ports):
    run_service("alpha", ports[0])
    outcome = cli.run("run", "alpha", "--", "true")
    assert outcome.status == 0 and f"listens on port {ports[0]} already" in outcome.err


def test_signals_are_passed_on_once(background, listener):
    process = background("run", "x", "--", *listener.command)
    child = listener.pid()
    assert child != process.pid
    for name in ("HUP", "USR1", "USR2", "QUIT", "INT", "WINCH", "CONT", "TERM"):
        process.send_signal(getattr(signal, f"SIG{name}"))
        listener.wait(f"SIG{name}")
    # To the whole job, as the shell's kill does: it has the command's in the group of its own.
    os.killpg(process.pid, signal.SIGTERM)
    assert process.wait(20) == 9
    names = [line for line in listener.lines() if line.startswith("SIG")]
    assert sorted(names) == sorted(["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT", "SIGINT",
                                    "SIGWINCH", "SIGCONT", "SIGTERM", "SIGTERM"])


def test_no_signal_is_blocked_in_it(cli):
    out = cli.ok("run", "x", "--", "grep", "SigBlk", "/proc/self/status")
    assert out == "SigBlk:\t0000000000000000\n"


def test_what_ends_without_its_children_is_the_end(cli):
    out = cli.run("run", "x", "--", "sh", "-c", "(sleep 0.2; true) >/dev/null 2>&1 & exit 4")
    assert out.status == 4


@pytest.fixture
def terminal(cli):
    screens = []

    def start(command):
        screens.append(Screen(command, cli.env | {"TERM": "xterm"}))
        return screens[-1]

    yield start
    for screen in screens:
        screen.close()


def test_ctrl_c_is_the_commands(terminal, listener):
    screen = terminal([binary(), "run", "x", "--", *listener.command])
    listener.pid()
    screen.child.sendintr()
    listener.wait("SIGINT")
    screen.child.sendintr()
    listener.wait("SIGINT", 2)
    assert listener.lines().count("SIGINT") == 2, "none is sent twice"
    screen.child.kill(signal.SIGTERM)
    listener.wait("SIGTERM")
    screen.child.kill(signal.SIGTERM)
    assert screen.end() == 9


def test_the_terminals_size_is_the_commands(terminal, listener):
    screen = terminal([binary(), "run", "x", "--", *listener.command])
    listener.pid()
    screen.resize(50, 10)
    listener.wait("SIGWINCH")
    assert listener.lines().count("SIGWINCH") == 1


def test_it_reads_from_the_terminal(terminal):
    screen = terminal([binary(), "run", "x", "--", "sh", "-c", "read line; echo \"<$line>\""])
    screen.send("typed\r")
    screen.wait_for("<typed>")
    assert screen.end() == 0


def shell(env):
    bash = pexpect.spawn("/bin/bash", ["--norc", "--noprofile", "-i"], env=env | {"PS1": "prompt> "},
                         timeout=20, encoding="utf-8", echo=False)
    bash.expect_exact("prompt> ")
    return bash


def test_ctrl_z_fg_and_bg(cli, listener):
    bash = shell(cli.env | {"TERM": "dumb"})
    try:
        bash.sendline(f"{binary()} run x -- {' '.join(listener.command)}")
        child = listener.pid()
        stat = pathlib.Path(f"/proc/{child}/stat")
        state = lambda: stat.read_text().rsplit(")", 1)[1].split()[0]
        bash.sendcontrol("z")
        bash.expect_exact("Stopped")
        bash.expect_exact("prompt> ")
        wait_until(lambda: state() == "T", "the command to stop with it")
        bash.sendline("bg")
        bash.expect_exact("prompt> ")
        listener.wait("SIGCONT")
        wait_until(lambda: state() != "T", "the command to go on in the background")
        bash.sendline("fg")
        bash.expect_exact("run x")
        bash.sendcontrol("c")
        listener.wait("SIGINT")
        os.kill(child, signal.SIGTERM)
        listener.wait("SIGTERM")
        os.kill(child, signal.SIGTERM)
        bash.expect_exact("prompt> ")
        bash.sendline("echo status=$?")
        bash.expect_exact("status=9")
        bash.sendline("read -p 'the terminal is back: ' line; echo \"<$line>\"")
        bash.expect_exact("the terminal is back: ")
        bash.sendline("yes")
        bash.expect_exact("<yes>")
    finally:
        bash.close(force=True)


def test_a_job_that_began_in_the_background_gets_the_terminal_with_fg(cli):
    bash = shell(cli.env | {"TERM": "dumb"})
    try:
        bash.sendline(f"{binary()} run x -- sh -c 'read line; echo \"<$line>\"' &")
        # It wants to read, and is stopped as every background job is.
        bash.sendline("until jobs | grep -q Stopped; do :; done; echo it-is-stopped")
        bash.expect_exact("it-is-stopped")
        bash.sendline("fg")
        bash.expect_exact("run x")
        bash.sendline("typed")
        bash.expect_exact("<typed>")
        bash.sendline("echo status=$?")
        bash.expect_exact("status=0")
    finally:
        bash.close(force=True)


def test_the_shells_kill_reaches_it_once(cli, listener):
    bash = shell(cli.env | {"TERM": "dumb"})
    try:
        bash.sendline(f"{binary()} run x -- {' '.join(listener.command)} &")
        listener.pid()
        bash.sendline("kill %1")
        listener.wait("SIGTERM")
        bash.sendline("kill -USR1 %1")
        listener.wait("SIGUSR1")
        assert listener.lines().count("SIGTERM") == 1
        bash.sendline("kill %1; wait %1; echo status=$?")
        bash.expect_exact("status=9")
    finally:
        bash.close(force=True)


def test_ctrl_c_in_a_script_reaches_both_once(cli, listener, tmp_path):
    script = tmp_path / "script.sh"
    script.write_text(f"#!/bin/sh\n{binary()} run x -- {' '.join(listener.command)}\n"
                      "echo status=$?\n")
    screen = Screen(["/bin/sh", "-c", f"trap : INT; . {script}"], cli.env | {"TERM": "dumb"})
    try:
        child = listener.pid()
        screen.child.sendintr()
        listener.wait("SIGINT")
        os.kill(child, signal.SIGTERM)
        listener.wait("SIGTERM")
        assert listener.lines().count("SIGINT") == 1
        os.kill(child, signal.SIGTERM)
        screen.wait_for("status=9")
    finally:
        screen.close()
