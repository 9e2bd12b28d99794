"""The kernel's truth is that of the server's network namespace, and as much as its user may see."""

import os
import pathlib
import shutil
import tempfile

import pytest

import harness
from harness import TIMEOUTS, UNASKED, Server, suite_file
from kernel import SCAN_INTERVAL, conflicts_of, rows, settle, wait_closed, wait_conflict
from namespace import Namespace

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def flags(file, ports):
    given = TIMEOUTS | UNASKED | {"scan-interval-ms": SCAN_INTERVAL}
    return [item for key, value in given.items() for item in (f"--{key}", str(value))] + [
        "--range", ports.range, "--import", str(file)]


@pytest.fixture
def namespace():
    made = Namespace()
    yield made
    made.close()


@as_root
class TestNamespace:
    @pytest.fixture
    def server(self, launch, suite, namespace):
        return launch(import_file=suite, scan_interval_ms=SCAN_INTERVAL, prefix=namespace.prefix)

    def test_sees_its_own_listeners_and_no_others(self, server, namespace, run_stranger, ports):
        outside = run_stranger(ports[0])
        inside = run_stranger(ports[1], prefix=namespace.prefix)

        def inside_it():
            conflict = wait_conflict(server, "system_conflict", "beta")
            assert conflict["listener"]["pid"] == inside.pid
            settle(server)
            assert conflicts_of(server, "system_conflict", "alpha") == []
            assert server.ok("GET", f"/api/ports/{ports[0]}")["listeners"] == []
            # Nobody in this namespace has it, so it can be given.
            server.ok("POST", "/api/ports/release", {"service_id": "alpha"})
            server.assign("epsilon", ports[0])
        namespace.run(inside_it)
        assert outside.process.poll() is None

    def test_kernel_settings_of_its_own(self, server, namespace, ports):
        """An overlap with the kernel's ports is told, and over once they are reserved there."""
        def write(name, text):
            try:
                pathlib.Path(f"/proc/sys/net/ipv4/{name}").write_text(text, encoding="ascii")
            except OSError as error:
                pytest.skip(f"{name} cannot be written: {error}")

        def inside_it():
            write("ip_local_port_range", f"{ports[0]} {ports[99]}")
            wait_conflict(server, "ephemeral_overlap", "alpha")
            conflict = wait_conflict(server, "ephemeral_overlap", "beta")
            line = server.get("/api/ports/export?format=sysctl").text.split(
                "ip_local_reserved_ports = ")[1].splitlines()[0]
            write("ip_local_reserved_ports", line)
            wait_closed(server, conflict)
            assert server.conflicts() == []
            assert len(rows(server, "ephemeral_overlap")) == 4
        namespace.run(inside_it)


@as_root
@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv(1)")
class TestUnprivileged:
    @pytest.fixture
    def folder(self):
        """One that nobody can write to, with the program in it."""
        made = pathlib.Path(tempfile.mkdtemp(prefix="portmanager-nobody-"))
        made.chmod(0o755)
        shutil.copy2(harness.binary(), made / "portmanager")
        (made / "portmanager").chmod(0o755)
        (made / "data").mkdir()
        os.chown(made / "data", 65534, 65534)
        yield made
        shutil.rmtree(made)

    @pytest.fixture
    def server(self, folder, ports, monkeypatch):
        monkeypatch.setenv("PORTMANAGER_BIN", str(folder / "portmanager"))
        file = suite_file(folder / "suite.json", {"alpha": ports[0], "beta": ports[1]})
        file.chmod(0o644)
        made = Server(folder / "data", *flags(file, ports), prefix=NOBODY)
        made.start()
        yield made
        made.close()

    def test_serves_and_finds_conflicts(self, server, run_service, run_stranger, ports):
        """The kernel tells everybody that there is a socket; whose it is it does not tell."""
        run_stranger(ports[0])
        run_service("beta", ports[1])
        conflict = wait_conflict(server, "system_conflict", "alpha")
        listener = conflict["listener"]
        assert (listener["pid"], listener["process"], listener["executable"]) == (None, None, None)
        assert (listener["port"], listener["user"]) == (ports[0], "root")
        settle(server)
        assert conflicts_of(server, "system_conflict", "beta") == []
        kernel = server.get("/api/health/detailed").json()["components"]["kernel"]
        assert kernel["without_owner"] >= 2
        assert kernel["advice"]
        assert server.ok("GET", f"/api/ports/{ports[0]}")["visibility"] == kernel["advice"]

    def test_moves_services_all_the_same(self, server, run_service, ports):
        beta = run_service("beta", ports[1])
        server.ok("POST", "/api/ports/reassign", {"service_id": "beta", "new_port": ports[60]})
        assert beta.answers_on(ports[60])
        settle(server)
        assert server.conflicts() == []

    def test_squatted_service_moves(self, server, run_stranger, ports):
        run_stranger(ports[0])
        done = server.ok("POST", "/api/ports/resolve-conflicts")["resolutions"]
        assert [(each["service"], each["success"]) for each in done] == [("alpha", True)]
        assert server.conflicts() == []


@as_root
def test_privileged_sees_all(server):
    kernel = server.get("/api/health/detailed").json()["components"]["kernel"]
    assert kernel["source"]
    assert kernel["without_owner"] == 0
    assert kernel["advice"] is None
