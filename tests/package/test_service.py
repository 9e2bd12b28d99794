"""The installed service under systemd: what it may do, and what systemd does for it."""

import subprocess

import pytest

from machine import wait_until

DATA = "/var/lib/portmanager"
FEW_WATCHDOG_SECONDS = "[Service]\nWatchdogSec=2\nWatchdogSignal=SIGKILL\n"


@pytest.fixture(autouse=True)
def serving(installed):
    installed.run("systemctl", "reset-failed")
    installed.run("systemctl", "start", "portmanager")
    wait_until(installed.serves, "the service to serve")


@pytest.fixture
def drop_in(installed):
    """drop_in(text, unit) configures the unit and restarts the service; undone at the end."""
    units = []

    def configure(text, unit="portmanager.service"):
        installed.configure(unit, "test", text)
        units.append(unit)
        installed.run("systemctl", "restart", "portmanager", check=False)

    yield configure
    for unit in units:
        installed.unconfigure(unit, "test")
    installed.run("systemctl", "restart", "portmanager", check=False)


def restarts(machine):
    return int(machine.property("NRestarts"))


def test_it_has_no_privilege(installed):
    status = installed.status_of(installed.main_pid())
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == 0, kind
    user = installed.run("id", "-u", "portmanager").stdout.strip()
    assert set(status["Uid"].split()) == {user}


def test_every_part_of_it_works_in_the_sandbox(installed):
    """What needs the kernel, the disk, the network and other processes."""
    ok = lambda *call: installed.api(*call)["success"] is True
    assert installed.api("POST", "/api/ports/assign", {"service_id": "kite"})["port"] == 8000
    assert ok("POST", "/api/ports/reserve", {"hold": True, "start_port": 8030, "end_port": 8031})
    assert ok("POST", "/api/ports/reassign", {"service_id": "kite", "new_port": 8040})
    assert ok("POST", "/api/ports/backup")
    assert ok("GET", "/api/services/discover")
    assert ok("POST", "/api/ports/resolve-conflicts")
    assert installed.api("GET", "/api/services/health/kite")["healthy"] is False
    assert installed.api("GET", "/api/health/detailed")["components"]["kernel"]["source"] == "sock_diag"
    assert "kite" in installed.run("cat", f"{DATA}/port_config.json").stdout
    assert ok("DELETE", "/api/ports/reserve/8030") and ok("DELETE", "/api/ports/reserve/8031")
    assert ok("DELETE", "/api/services/kite")


def test_systemd_knows_what_it_serves(installed):
    assert installed.property("StatusText") == "Serving the registry on http://127.0.0.1:8100"
    assert int(installed.property("WatchdogUSec").rstrip("mins")) in (1, 60)


def test_it_stops_in_order(installed):
    installed.run("systemctl", "stop", "portmanager")
    assert installed.property("Result") == "success"
    assert "stopped" in installed.journal()


def test_it_is_started_again_when_it_dies(installed):
    before, first = restarts(installed), installed.main_pid()
    installed.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", "portmanager")
    wait_until(lambda: installed.serves() and installed.main_pid() not in (0, first), "a new one")
    assert restarts(installed) == before + 1


def test_it_is_started_again_when_it_hangs(installed, drop_in):
    drop_in(FEW_WATCHDOG_SECONDS)
    wait_until(installed.serves, "the service to serve")
    before, first = restarts(installed), installed.main_pid()
    installed.run("systemctl", "kill", "--kill-whom=main", "--signal=STOP", "portmanager")
    wait_until(lambda: installed.serves() and installed.main_pid() != first, "the watchdog")
    assert restarts(installed) == before + 1
    assert "Watchdog timeout" in installed.journal()


def test_it_is_left_alone_while_it_serves(installed, drop_in):
    drop_in(FEW_WATCHDOG_SECONDS)
    wait_until(installed.serves, "the service to serve")
    before = restarts(installed)
    fed = installed.property("WatchdogTimestampMonotonic")
    for _ in range(6):
        wait_until(lambda: installed.property("WatchdogTimestampMonotonic") != fed, "a feed", 2)
        fed = installed.property("WatchdogTimestampMonotonic")
    assert restarts(installed) == before


def test_a_wrong_configuration_is_said_and_not_tried_again(installed, drop_in):
    drop_in("[Service]\nEnvironment=PORTMANAGER_RANGE=nonsense\n")
    wait_until(lambda: installed.property("ActiveState") == "failed", "the failure")
    assert installed.property("ExecMainStatus") == "2"
    assert "nonsense" in installed.journal()


def test_it_writes_nowhere_but_in_its_folder(installed):
    pid = str(installed.main_pid())
    into = ("nsenter", "-t", pid, "-m", "--setuid", installed.run("id", "-u", "portmanager").stdout.strip())
    for path in ("/etc/portmanager/x", "/usr/x", "/var/x", "/root/x", "/proc/sys/kernel/hostname"):
        assert installed.run(*into, "sh", "-c", f"echo x > {path}", check=False).returncode != 0, path
    installed.run(*into, "sh", "-c", f"echo x > {DATA}/x && rm {DATA}/x")


def test_an_auditor_reads_and_does_not_write(installed):
    installed.run("adduser", "--quiet", "--system", "--ingroup", "portmanager", "auditor")
    asks = ("runuser", "-u", "auditor", "--", "sqlite3", "-readonly", f"{DATA}/portmanager.db")
    query = "/usr/share/portmanager/sql/audit/assignments_now.sql"
    found = installed.run("sh", "-c", f"{' '.join(asks)} < {query}")
    assert "itechsmart-port-manager" in found.stdout
    assert installed.run("runuser", "-u", "auditor", "--", "touch", f"{DATA}/x", check=False).returncode
    assert installed.run("runuser", "-u", "nobody", "--", "ls", DATA, check=False).returncode


def test_a_token_file_that_others_do_not_read(installed, drop_in):
    installed.run("sh", "-c", "echo secret > /etc/portmanager/token")
    installed.run("chown", "root:portmanager", "/etc/portmanager/token")
    installed.run("chmod", "0640", "/etc/portmanager/token")
    drop_in("[Service]\nEnvironment=PORTMANAGER_AUTH_TOKEN_FILE=/etc/portmanager/token\n")
    wait_until(installed.serves, "the service to serve")
    assert installed.api("POST", "/api/ports/backup")["code"] == "unauthorized"


@pytest.fixture
def stranger(installed):
    """Another user's process, on port 8070 of the machine."""
    script = ("import socket; s = socket.create_server(('127.0.0.1', 8070)); print(flush=True); "
              "input()")
    # The host's Python, as a process of the machine.
    with subprocess.Popen(["nsenter", "-t", str(installed.pid), "-n", "-p", "--setuid", "65534",
                           "/usr/bin/python3", "-c", script], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process
        process.communicate(b"\n")


def test_owners_of_other_users_sockets_are_for_those_with_the_drop_in(installed, stranger, drop_in):
    seen = installed.api("GET", "/api/ports/8070")
    assert seen["listener"]["user"] == "nobody" and seen["listener"]["pid"] is None
    example = installed.root / "usr/share/doc/portmanager/examples/see-owners.conf"
    drop_in(example.read_text(encoding="utf-8"))
    wait_until(installed.serves, "the service to serve")
    assert "python3" in installed.api("GET", "/api/ports/8070")["listener"]["process"]
    bounding = int(installed.status_of(installed.main_pid())["CapBnd"], 16)
    assert bounding == 1 << 19 | 1 << 2


class TestSocket:
    @pytest.fixture(autouse=True)
    def socket_unit(self, installed):
        installed.run("systemctl", "stop", "portmanager")
        installed.run("systemctl", "start", "portmanager.socket")
        yield
        installed.run("systemctl", "stop", "portmanager.socket", "portmanager.service")

    def test_the_first_request_starts_the_service(self, installed):
        assert not installed.is_active()
        assert installed.serves()
        assert installed.is_active()

    def test_nobody_is_refused_by_a_restart(self, installed):
        assert installed.serves()
        restarting = subprocess.Popen(installed.inside("systemctl", "restart", "portmanager"))
        answers = [installed.serves() for _ in range(20)]
        assert restarting.wait(30) == 0
        assert all(answers)

    def test_another_address_is_the_sockets_to_give(self, installed):
        installed.configure("portmanager.socket", "test",
                            "[Socket]\nListenStream=\nListenStream=127.0.0.1:8199\n")
        try:
            installed.run("systemctl", "restart", "portmanager.socket")
            done = installed.run("curl", "-sS", "http://127.0.0.1:8199/api/ports/assignments")
            assert '"itechsmart-port-manager":8199' in done.stdout.replace(" ", "")
        finally:
            installed.unconfigure("portmanager.socket", "test")
