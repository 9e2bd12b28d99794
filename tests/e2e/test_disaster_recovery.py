"""The ways back of docs/operations.md, "Disaster recovery", as they are written there."""

import shutil
import subprocess

import pytest

from harness import refused

PARTS = ("portmanager.db", "portmanager.db-wal", "portmanager.db-shm")


@pytest.fixture
def server(launch, suite, ports):
    server = launch(import_file=suite)
    server.ok("POST", "/api/ports/reassign",
              {"service_id": "alpha", "new_port": ports[60], "reason": "before the disaster"})
    server.ok("POST", "/api/ports/reserve", {"port": ports[70]})
    return server


def copy_of_everything(server, to):
    subprocess.run(["sqlite3", str(server.database), f".backup '{to}'"], check=True, timeout=60)
    whole = subprocess.run(["sqlite3", str(to), "PRAGMA integrity_check"], check=True, timeout=60,
                           capture_output=True, text=True)
    assert whole.stdout == "ok\n"


def break_database(server):
    """Stops it and spoils the file; the next start refuses it."""
    server.stop()
    with open(server.database, "r+b") as file:
        file.write(b"this is no database any more")
    process = server.spawn()
    assert process.wait(20) == 1
    assert "portmanager.db" in server.log_tail()
    server.close()


def move_away(server, to):
    to.mkdir()
    for name in PARTS:
        if (server.data_dir / name).exists():
            shutil.move(server.data_dir / name, to / name)


def state(server):
    return server.assignments(), sorted(each["port"] for each in
                                        server.ok("GET", "/api/ports/reserved")["reserved"])


def test_broken_database_with_a_copy(server, ports, tmp_path):
    copy_of_everything(server, tmp_path / "copy.db")
    server.ok("POST", "/api/ports/reassign", {"service_id": "beta", "new_port": ports[61]})
    server.wait_for_config(lambda content: content["port_assignments"]["beta"] == ports[61], "beta moved")
    last = state(server)
    break_database(server)
    kept = server.config_file.read_bytes()
    move_away(server, tmp_path / "broken")
    shutil.copy(tmp_path / "copy.db", server.database)
    server.start()
    assert server.events("alpha")[-1]["reason"] == "before the disaster"
    assert server.assignments()["beta"] == ports[1]
    server.ok("POST", "/api/ports/import", data=kept, headers={"Content-Type": "application/json"})
    assert state(server) == last


def test_broken_database_without_a_copy(server, ports, tmp_path):
    server.wait_for_config(lambda content: content["port_assignments"]["alpha"] == ports[60] and
                           ports[70] in content["reserved_ports"], "the last change")
    last = state(server)
    break_database(server)
    move_away(server, tmp_path / "broken")
    server.start()
    assert state(server) == last
    assert server.ok("GET", "/api/ports/history/alpha")["history"] == [ports[0], ports[60]]


def test_machine_is_gone(server, launch, tmp_path):
    copy_of_everything(server, tmp_path / "copy.db")
    backup = server.ok("POST", "/api/ports/backup")["backup_file"]
    before = state(server)
    server.kill()
    folder = tmp_path / "new"
    folder.mkdir()
    shutil.copy(tmp_path / "copy.db", folder / "portmanager.db")
    fresh = launch(name="new")
    assert state(fresh) == before
    assert fresh.events("alpha")[-1]["reason"] == "before the disaster"
    alone = launch(name="alone", import_file=server.data_dir / "backups" / backup)
    assert state(alone) == before


def test_imported_by_mistake(server):
    backup = server.ok("POST", "/api/ports/backup")["backup_file"]
    before = state(server)
    others = {name: port for name, port in before[0].items() if name not in ("alpha", "beta")}
    server.ok("POST", "/api/ports/import", {"port_assignments": others})
    refused(server.get("/api/ports/assignments/alpha"), 404, "unknown_port")
    server.ok("POST", f"/api/ports/restore?backup_file={backup}")
    assert state(server) == before
    assert [each["action"] for each in server.events("alpha")[-2:]] == ["import", "restore"]


def test_older_program_refuses_a_newer_database(server):
    """What a newer program would leave: a higher number of steps."""
    server.stop()
    version = server.sql("PRAGMA user_version")[0][0]
    subprocess.run(["sqlite3", str(server.database), f"PRAGMA user_version = {version + 1}"],
                   check=True, timeout=60)
    before = server.database.read_bytes()
    assert server.spawn().wait(20) == 1
    assert "newer" in server.log_tail()
    assert server.database.read_bytes() == before
