"""The process: starting, the one line on stdout, configuration, stopping, refusing to start."""

import json
import os
import re
import signal
import socket
import sqlite3

import pytest

from harness import SAMPLE, squatter, suite_file


def start_fails(server, *extra, port=0):
    """Exit status and log of a start that must fail by itself."""
    process = server.spawn(*extra, port=port)
    try:
        status = process.wait(15)
    finally:
        server.close()
    return status, server.log()


def test_one_line_on_stdout_and_logs_on_stderr(server):
    server.get("/health")
    assert server.stop() == 0
    assert len(server.stdout) == 1
    assert server.log() != ""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_signal_stops_with_status_0_within_5_seconds(server, name):
    server.process.send_signal(getattr(signal, name))
    assert server.process.wait(5) == 0


def test_stops_within_5_seconds_under_open_connections(server):
    with socket.create_connection((server.host, server.port)) as idle, \
            socket.create_connection((server.host, server.port)) as half:
        half.sendall(b"POST /api/ports/assign HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        server.ok("GET", "/health")
        server.process.terminate()
        assert server.process.wait(5) == 0
        idle.settimeout(5)
        assert idle.recv(100) in (b"",)


def test_sample_suite_is_loaded(sample_server):
    expected = json.loads(SAMPLE.read_text())["port_assignments"]
    assert len(expected) == 27
    assert expected["legalai-pro"] == 8000
    assert expected["itechsmart-customer-success"] == 8026
    assert sample_server.assignments() == expected
    reserved = sample_server.ok("GET", "/api/ports/reserved")["reserved"]
    assert [each["port"] for each in reserved] == [8888, 9999]


def test_import_is_for_an_empty_data_directory_only(server, suite, ports):
    server.ok("POST", "/api/ports/release", {"service_id": "alpha"})
    server.restart()
    assert "alpha" not in server.assignments()
    assert server.assignments()["beta"] == ports[1]


def test_state_survives_a_restart(server, ports):
    server.assign("epsilon", ports[10])
    server.ok("POST", "/api/ports/reserve", {"port": ports[11], "reason": "audit"})
    before = server.assignments()
    revision = server.revision()
    server.restart()
    assert server.assignments() == before
    assert server.revision() >= revision
    reserved = server.ok("GET", "/api/ports/reserved")["reserved"]
    kept, = [each for each in reserved if each["port"] == ports[11]]
    assert (kept["reason"], kept["expires_at"]) == ("audit", None)


def test_port_taken_exits_1_and_names_the_process(launch, ports):
    with squatter(ports[200]) as listener:
        status, log = start_fails(launch(start=False), port=listener.getsockname()[1])
    assert status == 1
    assert str(ports[200]) in log
    assert str(os.getpid()) in log


def test_an_own_port_outside_the_range_is_told_as_it_is(launch):
    log = launch(range="8000-9000").log()
    assert re.search(r"not entered in the registry: .* own port \d+ is outside the suite's range 8000-9000\.", log)
    assert "force" not in log


def test_second_server_on_one_data_directory_is_refused(server, launch):
    """Two writers would undo each other's moves."""
    status, log = start_fails(launch(start=False))
    assert status == 1
    assert str(server.data_dir) in log
    server.ok("GET", "/health")


def test_toml_file_configures(launch, tmp_path, ports):
    file = tmp_path / "portmanager.toml"
    file.write_text(f'range = "{ports[20]}-{ports[29]}"\n')
    server = launch("--config", file, range=None)
    given = server.ok("GET", "/api/ports/statistics")["statistics"]["port_range"]
    assert given == [ports[20], ports[29]]


@pytest.mark.parametrize("text,mention", [
    ('no-such-key = 1\n', "no-such-key"), ('range = "x"\n', "range"), ('range = \n', "range"),
    ('http-threads = "many"\n', "http-threads"), ('port = 70000\n', "port"),
    ('= broken [\n', "portmanager.toml"),
])
def test_wrong_toml_is_refused(launch, tmp_path, text, mention):
    file = tmp_path / "portmanager.toml"
    file.write_text(text)
    server = launch(start=False, range=None)
    server.args = []
    process = server.spawn("--config", file, port=None if "port =" in text else 0)
    try:
        status = process.wait(15)
    finally:
        server.close()
    assert status in (1, 2), server.log()
    assert mention in server.log()


def test_flag_wins_over_environment_wins_over_file(launch, tmp_path, ports):
    file = tmp_path / "portmanager.toml"
    file.write_text(f'range = "{ports[20]}-{ports[29]}"\n')
    environment = {"PORTMANAGER_RANGE": f"{ports[30]}-{ports[39]}"}

    def range_of(server):
        return server.ok("GET", "/api/ports/statistics")["statistics"]["port_range"]
    assert range_of(launch("--config", file, range=None, env=environment, name="a")) == [
        ports[30], ports[39]]
    assert range_of(launch("--config", file, range=f"{ports[40]}-{ports[49]}", env=environment,
                           name="b")) == [ports[40], ports[49]]


def test_environment_configures(launch, ports):
    server = launch(range=None, env={"PORTMANAGER_RANGE": f"{ports[20]}-{ports[29]}"})
    given = server.ok("GET", "/api/ports/statistics")["statistics"]["port_range"]
    assert given == [ports[20], ports[29]]


@pytest.mark.parametrize("arguments", [
    ["--range", "9000-8000"], ["--range", "80-9000"], ["--range", "8000-70000"],
    ["--range", "x"], ["--http-threads", "0"], ["--log-level", "shouting"],
    ["--no-such-flag"], ["--config", "/nonexistent/portmanager.toml"],
    ["--import", "/nonexistent/port_config.json"], ["--update-timeout-ms", "soon"],
], ids=" ".join)
def test_wrong_arguments_are_refused(launch, arguments):
    status, log = start_fails(launch(start=False, range=None), *arguments)
    assert status not in (0, None) and status > 0, log
    assert arguments[0].lstrip("-") in log or arguments[-1] in log


@pytest.mark.parametrize("text", [
    '{"port_assignments": {"alpha": 8000',
    '{"port_assignments": {"alpha": "8000"}}',
    '{"port_assignments": {"alpha": 80}}',
    '[]',
    '',
], ids=["half", "string", "bounds", "array", "empty"])
def test_broken_import_file_is_refused_and_leaves_nothing(launch, tmp_path, ports, text):
    file = tmp_path / "broken.json"
    file.write_text(text)
    server = launch(start=False)
    status, log = start_fails(server, "--import", file)
    assert status == 1
    assert f"{file}: " in log or f"{file} is not valid JSON: " in log
    assert "port_config.json" not in log and "leave --import out" in log
    # A good file works afterwards: the failed start has not used up the first one.
    good = suite_file(tmp_path / "good.json", {"alpha": ports[0]})
    server.start("--import", good)
    assert server.assignments()["alpha"] == ports[0]


def test_broken_database_is_refused_and_kept(launch):
    server = launch()
    server.stop()
    rubbish = b"this is not a database" * 500
    for extra in ("-wal", "-shm"):
        server.database.with_name(server.database.name + extra).unlink(missing_ok=True)
    server.database.write_bytes(rubbish)
    status, log = start_fails(server)
    assert status == 1
    assert "portmanager.db" in log
    assert server.database.read_bytes() == rubbish


def test_newer_database_is_refused(launch):
    server = launch()
    server.stop()
    with sqlite3.connect(server.database) as connection:
        connection.execute("PRAGMA user_version = 9999")
    connection.close()
    status, log = start_fails(server)
    assert status == 1
    assert "newer" in log


class TestFirstStart:
    def test_the_data_folders_own_file(self, launch, tmp_path, ports):
        """A port_config.json that is there is what the registry begins with, never overwritten."""
        folder = tmp_path / "data"
        folder.mkdir()
        text = json.dumps({"port_assignments": {"alpha": ports[3]}, "reserved_ports": [ports[9]]})
        (folder / "port_config.json").write_text(text)
        server = launch()
        assert server.assignments() == {"alpha": ports[3]}
        server.wait_for_config(lambda content: content["reserved_ports"] == [ports[9]],
                               "the reservation")

    def test_a_broken_one_is_refused_and_left(self, launch, tmp_path):
        folder = tmp_path / "data"
        folder.mkdir()
        (folder / "port_config.json").write_text('{"port_assignments": {"alpha": 80')
        server = launch(start=False)
        assert server.spawn().wait(15) == 1
        log = server.log()
        assert f"{folder}/port_config.json is not valid JSON: line 1" in log
        assert log.count("orrect ") == 1 and "move it away" in log
        assert (folder / "port_config.json").read_text() == '{"port_assignments": {"alpha": 80'

    def test_a_link_that_leads_nowhere_is_refused_and_left(self, launch, tmp_path):
        folder = tmp_path / "data"
        folder.mkdir()
        (folder / "port_config.json").symlink_to("port_config.json")
        server = launch(start=False)
        assert server.spawn().wait(15) == 1
        assert "port_config.json" in server.log()
        assert (folder / "port_config.json").is_symlink()

    def test_killed_before_the_first_byte(self, launch, tmp_path):
        """SQLite makes the file before it writes to it; a kill -9 in between is no damage."""
        folder = tmp_path / "data"
        folder.mkdir()
        (folder / "portmanager.db").touch()
        (folder / "portmanager.db.new").touch()
        assert launch().assignments() == {}
        assert not (folder / "portmanager.db.new").exists()
