"""What is different where a person sits: colour, questions, progress, Ctrl-C."""

import re
import signal
import subprocess

import pytest

from cli import DONE, FAILED, Cli
from harness import SHORT, binary

ESCAPE = b"\x1b["


@pytest.fixture
def cli(server):
    return Cli.of(server)


@pytest.fixture
def terminal():
    screens = []

    def start(cli, *words, **options):
        screens.append(cli.on_terminal(*words, **options))
        return screens[-1]

    yield start
    for screen in screens:
        screen.close()


def raw_of(screen):
    screen.end()
    return screen.raw


def test_colour_is_for_terminals(cli, terminal):
    assert ESCAPE in raw_of(terminal(cli, "list"))
    assert "\x1b" not in cli.ok("list")
    assert ESCAPE not in raw_of(terminal(cli, "list", env={"NO_COLOR": "1"}))
    assert ESCAPE in raw_of(terminal(cli, "list", env={"NO_COLOR": ""}))
    assert ESCAPE not in raw_of(terminal(cli, "list", env={"TERM": "dumb"}))
    assert ESCAPE not in raw_of(terminal(cli, "list", "--color", "never"))
    assert "\x1b[1mSERVICE" in cli.ok("list", "--color", "always")
    assert "\x1b" not in cli.run("get", "nobody").err


def test_the_last_column_is_wrapped_to_the_terminal(cli, terminal, ports):
    cli.ok("assign", "epsilon", ports[0], "--force")
    screen = terminal(cli, "conflicts", columns=90, env={"NO_COLOR": "1"})
    assert screen.end() == DONE
    lines = screen.raw.decode().splitlines()
    assert len(lines) > 2 and all(len(line) <= 90 for line in lines), lines
    assert len(cli.ok("conflicts").splitlines()) == 2, "a pipe gets one line a row"


@pytest.mark.parametrize("answer, goes_on", [("y", True), ("yes", True), ("n", False), ("", False),
                                             ("perhaps", False)])
def test_a_person_is_asked(cli, terminal, server, answer, goes_on):
    cli.ok("backup", "mine.json")
    cli.ok("assign", "billing")
    screen = terminal(cli, "restore", "mine.json")
    screen.wait_for("will replace the 6 assignments", "Go on? [y/N]")
    screen.send(answer + "\r")
    assert screen.end() == (DONE if goes_on else FAILED)
    assert ("Nothing was changed." in screen.text) != goes_on
    assert ("billing" in server.assignments()) != goes_on


def test_the_end_of_input_is_no(cli, terminal, server):
    screen = terminal(cli, "unregister", "alpha")
    screen.wait_for("Go on? [y/N]")
    screen.child.sendeof()
    assert screen.end() == FAILED
    assert "alpha" in server.assignments()


def test_ctrl_c_at_the_question_ends_it(cli, terminal, server):
    screen = terminal(cli, "reset")
    screen.wait_for("Go on? [y/N]")
    screen.child.sendintr()
    assert screen.end() == 128 + signal.SIGINT
    assert "alpha" in server.assignments()


def test_yes_is_not_asked(cli, terminal):
    screen = terminal(cli, "unregister", "alpha", "--yes")
    assert screen.end() == DONE
    assert "Go on?" not in screen.text


def test_long_work_shows_that_it_goes_on(launch, suite, run_service, terminal, ports):
    server = launch(import_file=suite, **SHORT)
    run_service("alpha", ports[0], "timeout")
    screen = terminal(Cli.of(server), "reassign", "alpha", str(ports[60]))
    screen.wait_for(f"Moving alpha to port {ports[60]}, 1 s")
    assert screen.end() == FAILED
    assert "Moving alpha" not in screen.text, "the line is gone at the end"
    assert re.search(rb"\r\x1b\[2K[|/\\-] Moving", screen.raw)


def test_in_a_pipe_nothing_turns(launch, suite, run_service, ports):
    server = launch(import_file=suite, **SHORT)
    run_service("alpha", ports[0], "timeout")
    outcome = Cli.of(server).run("reassign", "alpha", ports[60])
    assert outcome.status == FAILED and "Moving" not in outcome.err


def test_ctrl_c_ends_the_wait_and_says_what_goes_on(launch, suite, run_service, terminal, ports):
    server = launch(import_file=suite)
    service = run_service("alpha", ports[0], "timeout")
    screen = terminal(Cli.of(server), "reassign", "alpha", str(ports[60]))
    screen.wait_for("Moving alpha")
    screen.child.sendintr()
    assert screen.end() == 128 + signal.SIGINT
    assert "Moving alpha" not in screen.text
    assert "goes on with" in screen.text
    service.misbehave("none")


def test_a_signal_ends_a_read_at_once(server, launch):
    cli = Cli.of(server)
    # A server that does not answer: it is stopped.
    server.process.send_signal(signal.SIGSTOP)
    try:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = cli.start("list")
            # Its request is on the way when the server's backlog has it.
            while not subprocess.run(["ss", "-tnH", f"dport = :{server.port}"], text=True,
                                     capture_output=True, check=True).stdout:
                assert process.poll() is None
            process.send_signal(each)
            assert process.wait(10) == -each
            process.communicate()
    finally:
        server.process.send_signal(signal.SIGCONT)


def test_a_full_disk_is_a_failure(cli):
    with open("/dev/full", "wb") as full:
        process = subprocess.run([binary(), "list"], stdout=full, stderr=subprocess.PIPE,
                                 env=cli.env, check=False)
    assert process.returncode == FAILED and b"stdout" in process.stderr
