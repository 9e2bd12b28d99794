"""A full disk: nothing is half written, reading goes on, and it works again when there is room."""

import subprocess

import pytest

from harness import refused, wait_until


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 8 MiB at tmp_path/data."""
    folder = tmp_path / "data"
    folder.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)],
                           capture_output=True, text=True, check=False)
    if mount.returncode != 0:
        pytest.skip(f"needs the right to mount: {mount.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def server(small_disk, launch, suite):
    return launch(import_file=suite)


def fill(folder):
    path = folder / "filler"
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    return path


def assign_until_refused(server):
    """What is left in the write-ahead log may take a few more."""
    for number in range(3000):
        answer = server.post("/api/ports/reserve", {"port": 20_000 + number})
        if answer.status_code != 200:
            return answer, number
    raise AssertionError("3000 commits on a full disk")


def test_full_disk(server, small_disk):
    filler = fill(small_disk)
    before = server.assignments()
    answer, made = assign_until_refused(server)
    refused(answer, 503, "storage_full")
    # Nothing of what was refused is there; what was acknowledged is; reading goes on.
    reserved = server.ok("GET", "/api/ports/reserved")["reserved"]
    assert len(reserved) == 1 + made
    assert server.assignments() == before
    refused(server.post("/api/ports/assign", {"service_id": "epsilon"}), 503, "storage_full")
    assert server.get("/health").status_code == 200

    filler.unlink()
    server.assign("epsilon")
    expected = server.assignments()
    server.wait_for_config(lambda content: content["port_assignments"] == expected, "the change")


def test_full_disk_and_killed(server, small_disk):
    filler = fill(small_disk)
    _, made = assign_until_refused(server)
    before = server.assignments()
    server.kill()
    filler.unlink()
    server.start()
    assert server.assignments() == before
    assert len(server.ok("GET", "/api/ports/reserved")["reserved"]) == 1 + made


def test_backup_on_a_full_disk(server, small_disk):
    filler = fill(small_disk)
    answer = server.post("/api/ports/backup")
    refused(answer, 503, "storage_full")
    assert server.ok("GET", "/api/ports/backups")["backups"] == []
    filler.unlink()
    name = server.ok("POST", "/api/ports/backup")["backup_file"]
    listed = wait_until(lambda: server.ok("GET", "/api/ports/backups")["backups"], "the backup")
    assert [each["name"] for each in listed] == [name]
