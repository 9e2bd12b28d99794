"""portmanager watch, export --watch and top."""

import contextlib
import json
import os
import signal

import pytest

from cli import DONE, FAILED, UNREACHABLE, USAGE, Cli
from harness import wait_until


class Running:
    """A command in the background, and what it has printed so far."""

    def __init__(self, process, folder):
        self.process = process
        for stream in (process.stdout, process.stderr):
            os.set_blocking(stream.fileno(), False)
        self.texts = {"out": "", "err": ""}

    def read(self):
        for name, stream in (("out", self.process.stdout), ("err", self.process.stderr)):
            with contextlib.suppress(BlockingIOError):
                self.texts[name] += os.read(stream.fileno(), 1 << 20).decode()

    @property
    def out(self):
        self.read()
        return self.texts["out"]

    @property
    def err(self):
        self.read()
        return self.texts["err"]

    def wait_for(self, text, stream="out"):
        def there():
            return text in getattr(self, stream)
        try:
            wait_until(there, repr(text), 20)
        except AssertionError as error:
            raise AssertionError(f"{error}; there is {self.texts}") from None

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(20)


@pytest.fixture
def running(tmp_path):
    started = []

    def start(cli, *words, **options):
        started.append(Running(cli.start(*words, **options), tmp_path))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.wait()
        each.process.stdout.close()
        each.process.stderr.close()


@pytest.fixture
def cli(server):
    return Cli.of(server)


def clients(server):
    return server.get("/ws/updates").status_code and sum(
        1 for line in open("/proc/net/tcp", encoding="ascii").readlines()[1:]
        if line.split()[1].endswith(f":{server.port:04X}") and line.split()[3] == "01")


def watching(running, cli, server, *words):
    """A watch that is connected: its greeting is there."""
    watch = running(cli, "watch", *words)
    wait_until(lambda: clients(server) >= 1, "the connection")
    return watch


# -- watch ----------------------------------------------------------------------------------


def test_watch_tells_changes(running, cli, server, ports):
    watch = watching(running, cli, server)
    server.assign("billing")
    watch.wait_for(f" billing: has port {ports[4]}\n")
    server.ok("POST", "/api/ports/reassign", {"service_id": "billing", "new_port": ports[60]})
    watch.wait_for(f" billing: port {ports[4]} -> {ports[60]}\n")
    server.assign("rival", ports[60], force=True)
    watch.wait_for("opened: ")
    server.ok("POST", "/api/ports/release", {"service_id": "rival"})
    watch.wait_for(f" rival: gave up port {ports[60]}\n")
    watch.wait_for("closed: ")
    assert watch.stop() == DONE
    assert watch.err == ""


def test_watch_for_scripts(running, cli, server, ports):
    revision = server.revision()
    server.assign("billing")
    server.assign("other")
    assert cli.ok("watch", "--since", revision, "--count", 2, "--quiet") == (
        f"port_change billing - {ports[4]}\nport_change other - {ports[5]}\n")
    messages = [json.loads(line) for line in
                cli.ok("watch", "other", "--since", revision, "-n", 1, "--json").splitlines()]
    assert [message["type"] for message in messages] == ["connected", "port_change"]
    assert messages[1]["service_id"] == "other"


def test_watch_tells_what_it_missed_and_nothing_twice(running, cli, server, ports):
    watch = watching(running, cli, server, "--quiet")
    server.assign("first")
    watch.wait_for("port_change first")
    server.stop()
    watch.wait_for("The connection is lost", "err")
    server.wanted_port = server.port
    server.start()
    server.assign("second")
    server.assign("third")
    watch.wait_for("port_change third")
    server.kill()
    server.start()
    server.assign("fourth")
    watch.wait_for("port_change fourth")
    words = [line.split()[1] for line in watch.out.splitlines() if line.startswith("port_change")]
    assert words == ["first", "second", "third", "fourth"]
    assert watch.err.count("is there again") == 2
    assert watch.stop() == DONE


def test_watch_tells_of_a_gap(running, cli, server):
    watch = running(cli, "watch", "--since", server.revision() + 1000)
    watch.wait_for("cannot be told any more", "err")
    assert watch.stop() == DONE


def test_watch_ends_by_signals(running, cli, server):
    for number in (signal.SIGTERM, signal.SIGHUP):
        watch = watching(running, cli, server)
        assert watch.stop(number) == -number


def test_watch_ends_when_nobody_reads_it(running, cli, server):
    watch = watching(running, cli, server)
    watch.process.stdout.close()
    server.assign("billing")
    assert watch.process.wait(20) == -signal.SIGPIPE


# -- export --watch -------------------------------------------------------------------------


def test_export_follows_the_registry(running, cli, server, tmp_path, ports):
    file, trace = tmp_path / "ports.json", tmp_path / "trace"
    export = running(cli, "export", "-o", file, "--watch", "--exec", f"echo run >> {trace}")

    def assignments():
        return json.loads(file.read_text())["port_assignments"] if file.exists() else {}

    wait_until(lambda: "alpha" in assignments(), "the first export")
    server.assign("billing")
    wait_until(lambda: "billing" in assignments(), "the second")
    wait_until(lambda: trace.read_text().count("run") == 2, "the command")
    server.stop()
    export.wait_for("It is tried again.", "err")
    server.wanted_port = server.port
    server.start()
    server.assign("other")
    wait_until(lambda: "other" in assignments(), "the export after a restart")
    wait_until(lambda: not list(tmp_path.glob(".ports.json*")), "the command to be done")
    assert export.stop() == DONE
    assert not list(tmp_path.glob(".ports.json*"))


def test_a_command_that_fails_is_run_again_after_the_next_change(running, cli, server, tmp_path):
    file = tmp_path / "ports.json"
    export = running(cli, "export", "-o", file, "--watch", "--exec", "exit 3")
    export.wait_for("ended with status 3", "err")
    server.assign("billing")
    wait_until(lambda: export.err.count("ended with status 3") == 2, "the second run")
    assert export.stop(signal.SIGTERM) == -signal.SIGTERM


def test_a_signal_while_the_command_runs_ends_both(running, cli, tmp_path):
    pid_file = tmp_path / "pid"
    export = running(cli, "export", "-o", tmp_path / "x", "--watch", "--exec",
                     f"echo $$ > {pid_file}.new; mv {pid_file}.new {pid_file}; exec sleep 600")
    wait_until(pid_file.exists, "the command")
    assert export.stop(signal.SIGTERM) == -signal.SIGTERM
    assert not os.path.exists(f"/proc/{pid_file.read_text().strip()}")


def test_export_watch_needs_a_server_at_first(running, ports, tmp_path):
    export = running(Cli(f"http://127.0.0.1:{ports[399]}"), "export", "-o", tmp_path / "x", "--watch")
    assert export.process.wait(20) == UNREACHABLE


def test_a_file_that_cannot_be_written_ends_it(running, cli, tmp_path):
    export = running(cli, "export", "-o", tmp_path / "none" / "x", "--watch")
    assert export.process.wait(20) == FAILED


# -- top ------------------------------------------------------------------------------------


@pytest.fixture
def top(cli):
    screens = []

    def start(*words, **options):
        screens.append(cli.on_terminal("top", *words, **options))
        return screens[-1]

    yield start
    for screen in screens:
        screen.close()


def test_top_draws_and_q_quits(top, server, ports):
    screen = top()
    screen.wait_for(f"at http://127.0.0.1:{server.port}", "SERVICE", "alpha", str(ports[0]),
                    "itechsmart-port-manager", "q quit")
    server.assign("billing")
    screen.wait_for(f"billing: has port {ports[4]}")
    screen.send("q")
    assert screen.end() == DONE
    assert b"\x1b[?1049l" in screen.raw, "the screen is as it was before"


def test_top_sorts_filters_and_resizes(top, ports):
    screen = top()
    screen.wait_for("alpha", "gamma")
    screen.send("s")
    screen.wait_for("s sort (port)")
    screen.send("/gam")
    screen.wait_for("filter: gam_")
    wait_until(lambda: screen.read() or "\nalpha" not in screen.text, "alpha to go")
    screen.send("\r")
    screen.wait_for("/ filter (gam)")
    screen.resize(60, 12)
    screen.wait_for("gamma", "CHANGES", "q quit")
    assert all(len(line) <= 60 for line in screen.text.splitlines())
    screen.send("\x1b")
    screen.wait_for("alpha")
    screen.send("\x1bOB")
    screen.wait_for("CHANGES  2-")
    screen.resize(100, 24)
    screen.wait_for("alpha", "gamma")
    screen.child.sendintr()
    assert screen.end() == DONE


def test_top_waits_for_a_server_that_is_away(top, server, ports):
    screen = top()
    screen.wait_for("alpha")
    server.stop()
    screen.wait_for("Not reached: nobody listens", "alpha")
    server.wanted_port = server.port
    server.start()
    server.assign("billing")
    screen.wait_for("billing")
    wait_until(lambda: screen.read() or "Not reached" not in screen.text, "the trouble to go")
    screen.child.kill(signal.SIGTERM)
    assert screen.end() == 128 + signal.SIGTERM
    assert b"\x1b[?1049l" in screen.raw


def test_top_where_it_cannot_be(cli, ports):
    cli.refused(USAGE, "top", says="portmanager watch")
    screen = cli.on_terminal("top", env={"TERM": "no-such-terminal"})
    assert screen.end() == FAILED
    assert "TERM names none" in screen.text
    screen = Cli(f"http://127.0.0.1:{ports[399]}").on_terminal("top")
    assert screen.end() == UNREACHABLE


def test_top_without_colour(top):
    screen = top(env={"NO_COLOR": "1"})
    screen.wait_for("alpha")
    screen.send("q")
    assert screen.end() == DONE
    assert b"\x1b[3" not in screen.raw.replace(b"\x1b[39;49m", b"")


def test_top_survives_strange_sizes(top):
    screen = top(columns=20, rows=5)
    for columns, rows in ((1, 1), (200, 60), (7, 2), (80, 24)):
        screen.resize(columns, rows)
        wait_until(lambda: screen.read() or screen.child.isalive(), "it to live")
    screen.wait_for("alpha", "q quit")
    screen.send("q")
    assert screen.end() == DONE
