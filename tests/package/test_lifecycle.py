"""Install, upgrade, remove, install again, purge: on a machine that has never had the package."""

import contextlib
import subprocess
import threading

from machine import wait_until

CONFIG = "etc/portmanager/portmanager.toml"
DATA = "var/lib/portmanager"


def ports(machine):
    return machine.api("GET", "/api/ports/assignments")["assignments"]


def test_from_the_first_installation_to_the_last_trace(machine, deb, newer_deb):
    machine.install(deb)
    wait_until(machine.serves, "the service to serve after the installation")
    assert machine.property("UnitFileState") == "enabled"
    assert machine.property("UnitFileState", "portmanager.socket") == "disabled"
    assert "unmet" not in machine.run("dpkg", "--audit").stdout

    machine.api("POST", "/api/ports/assign", {"service_id": "billing", "port": 8050})
    config = machine.root / CONFIG
    config.write_text(config.read_text() + 'log-format = "json"\n', encoding="utf-8")
    before = ports(machine)

    first = machine.main_pid()
    machine.install(newer_deb)
    wait_until(machine.serves, "the service to serve after the upgrade")
    assert machine.main_pid() != first
    assert machine.run("dpkg-query", "-W", "-f", "${Version}", "portmanager").stdout.endswith("+next")
    assert ports(machine) == before
    assert config.read_text().endswith('log-format = "json"\n')
    machine.api("POST", "/api/ports/assign", {"service_id": "passport", "port": 8051})
    before = ports(machine)
    assert '"action":"assign"' in machine.journal()

    machine.run("apt-get", "remove", "-y", "portmanager")
    assert not machine.is_active()
    assert not (machine.root / "usr/bin/portmanager").exists()
    assert config.exists() and (machine.root / DATA / "portmanager.db").exists()

    machine.install(deb)
    wait_until(machine.serves, "the service to serve when it is installed again")
    assert ports(machine) == before
    assert machine.property("UnitFileState") == "enabled"

    machine.run("apt-get", "purge", "-y", "portmanager")
    assert not machine.is_active()
    for path in (DATA, "etc/portmanager", "usr/share/portmanager", "usr/share/doc/portmanager"):
        assert not (machine.root / path).exists(), path
    left = machine.run("find", "/etc/systemd", "/var/lib/systemd", "-name", "portmanager*")
    assert left.stdout == ""
    assert machine.run("dpkg-query", "-W", "portmanager", check=False).returncode != 0


def test_an_administrators_word_outlives_an_upgrade(machine, deb, newer_deb):
    machine.install(deb)
    machine.run("systemctl", "disable", "--now", "portmanager")
    machine.install(newer_deb)
    assert not machine.is_active()
    assert machine.property("UnitFileState") == "disabled"


def test_a_port_that_is_taken_does_not_break_the_installation(machine, deb):
    script = "import socket; s = socket.create_server(('127.0.0.1', 8100)); print(flush=True); input()"
    # The host's Python, on the machine's network.
    with subprocess.Popen(["nsenter", "-t", str(machine.pid), "-n", "/usr/bin/python3", "-c", script],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as squatter:
        squatter.stdout.readline()
        machine.install(deb)
        assert machine.run("dpkg-query", "-W", "-f", "${db:Status-Status}", "portmanager").stdout == (
            "installed")
        wait_until(lambda: "Cannot listen on 127.0.0.1:8100" in machine.journal(), "the reason")
        squatter.communicate(b"\n")
    wait_until(machine.serves, "the service to serve once the port is free")


class Asker:
    """Asks again and again, a new connection each time, and counts."""

    def __init__(self, machine):
        self.answers, self.failures = 0, []
        self.ended = threading.Event()
        self.command = machine.inside("curl", "-sS", "-m", "20", "-o", "/dev/null", "-w",
                                      "%{http_code}", "http://127.0.0.1:8100/health")
        self.thread = threading.Thread(target=self.ask)

    def ask(self):
        while not self.ended.is_set():
            done = subprocess.run(self.command, capture_output=True, text=True, check=False)
            if done.stdout == "200":
                self.answers += 1
            else:
                self.failures.append(done.stdout + done.stderr)

    @contextlib.contextmanager
    def asking(self):
        self.thread.start()
        try:
            yield
        finally:
            self.ended.set()
            self.thread.join()


def test_with_the_socket_unit_an_upgrade_refuses_nobody(machine, deb, newer_deb):
    machine.install(deb)
    wait_until(machine.serves, "the service to serve")
    machine.run("systemctl", "stop", "portmanager")
    machine.run("systemctl", "enable", "--now", "portmanager.socket")
    wait_until(machine.serves, "a first request to start the service")
    first = machine.main_pid()
    asker = Asker(machine)
    with asker.asking():
        wait_until(lambda: asker.answers > 3, "some answers")
        machine.install(newer_deb)
        after = asker.answers
        wait_until(lambda: asker.answers > after + 3, "answers of the new program")
    assert machine.main_pid() != first
    assert asker.failures == []
    assert machine.is_active("portmanager.socket")

    machine.run("apt-get", "purge", "-y", "portmanager")
    left = machine.run("find", "/etc/systemd", "/var/lib/systemd", "-name", "portmanager*")
    assert left.stdout == ""
