"""portmanager doctor finds what is wrong: each test plants one fault."""

import contextlib
import http.server
import json
import os
import shutil
import sqlite3
import subprocess
import threading

import pytest
import requests

from cli import DONE, FAILED, Cli
from harness import SELF, binary, squatter, suite_file, wait_until
from namespace import Namespace

# What depends on the machine, not on a fault that a test plants.
OF_THE_MACHINE = {"kernel", "ephemeral", "upstream", "storage", "open-files"}


def examined(cli, *words):
    """Findings by check, and the whole outcome."""
    outcome = cli.run("doctor", "--json", *words)
    report = json.loads(outcome.out)
    checks = {each["check"]: each for each in report["checks"]}
    failed = [each for each in checks.values() if each["status"] == "fail"]
    assert report["success"] == (not failed) and report["failed"] == len(failed), outcome.told
    assert outcome.status == (FAILED if failed else DONE), outcome.told
    for each in checks.values():
        assert each["found"].endswith("."), each
        assert bool(each["mend"]) == (each["status"] in ("warn", "fail")), each
    return checks


def found(cli, check, status, *says, words=()):
    """The fault is found, and it alone."""
    checks = examined(cli, *words)
    finding = checks[check]
    assert finding["status"] == status, finding
    for each in says:
        assert str(each) in finding["found"], finding
    others = {name: each for name, each in checks.items()
              if each["status"] not in ("ok", "unknown") and name != check
              and name not in OF_THE_MACHINE}
    assert not others
    return finding


@pytest.fixture
def cli(server):
    cli = Cli.of(server)
    cli.ok("backup")
    return cli


class Altered:
    """The real server as seen through a proxy that alters what it says: what cannot be planted in a
    test's time, or on the machine that runs it."""

    def __init__(self, server, date=None, change=None, **answers):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format, *args):
                pass

            def do_GET(self):
                if self.path in answers:
                    status, body = 200, answers[self.path]
                else:
                    with requests.Session() as session:
                        session.trust_env = False
                        real = session.get(server.url + self.path, timeout=10)
                    status, body = real.status_code, real.json()
                    if change and self.path == "/api/health/detailed":
                        change(body)
                data = json.dumps(body).encode()
                self.send_response_only(status)
                self.send_header("Date", date or self.date_time_string())
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.cli = Cli(f"http://127.0.0.1:{self.server.server_port}")

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def altered(server, cli):
    made = []

    def make(**how):
        made.append(Altered(server, **how))
        return made[-1].cli

    yield make
    for each in made:
        each.close()


# -- nothing wrong --------------------------------------------------------------------------


def test_where_nothing_is_wrong(cli, server, tmp_path):
    token = tmp_path / "token"
    token.write_text("secret")
    token.chmod(0o600)
    checks = examined(cli, "--data-dir", server.data_dir, "--token-file", token)
    assert list(checks) == ["server", "exposure", "clock", "open-files", "kernel", "ephemeral",
                            "storage", "upstream", "range", "moves", "conflicts", "services",
                            "update-port", "reservations", "backups", "token-file", "database",
                            "permissions"]
    for name, each in checks.items():
        assert each["status"] == "ok" or name in OF_THE_MACHINE, each


def test_for_people_and_for_scripts(cli):
    table = cli.run("doctor").out
    assert table.splitlines()[0].split() == ["RESULT", "CHECK", "FOUND"]
    assert table.splitlines()[-1].endswith("fine.")
    words = cli.run("doctor", "-q").out.splitlines()
    assert words[0] == "ok server" and "ok backups" in words


def test_it_changes_nothing(cli, server):
    revision, files = server.revision(), sorted(os.listdir(server.data_dir))
    cli.run("doctor", "--data-dir", server.data_dir)
    assert server.revision() == revision
    assert sorted(os.listdir(server.data_dir)) == files


# -- planted faults -------------------------------------------------------------------------


def test_nobody_there(ports):
    checks = examined(Cli(f"http://127.0.0.1:{ports[399]}"))
    assert checks["server"]["status"] == "fail"
    assert {each["status"] for name, each in checks.items() if name != "server"} == {"unknown"}


def test_no_backup(server):
    found(Cli.of(server), "backups", "warn", "There is no backup")


def test_an_old_backup(cli, server):
    for backup in (server.data_dir / "backups").iterdir():
        os.utime(backup, (1, 1))
    found(cli, "backups", "warn", "d old")


def test_two_services_on_one_port(cli, ports):
    cli.ok("assign", "epsilon", ports[0], "--force")
    found(cli, "conflicts", "fail", "duplicate_assignment", ports[0])


def test_a_range_that_is_full(launch, suite, ports):
    cli = Cli.of(launch(import_file=suite, range=f"{ports[0]}-{ports[3]}"))
    cli.ok("backup")
    checks = examined(cli)
    assert checks["range"]["status"] == "fail" and "0 of 4 ports" in checks["range"]["found"]


def test_a_range_that_is_nearly_full(launch, suite, ports):
    cli = Cli.of(launch(import_file=suite, range=f"{ports[0]}-{ports[4]}"))
    assert examined(cli)["range"]["found"].startswith("1 of 5 ports")
    cli = Cli.of(launch(import_file=suite, name="more", range=f"{ports[0]}-{ports[49]}"))
    cli.ok("reserve", f"{ports[4]}-{ports[46]}")
    assert examined(cli)["range"]["status"] == "warn"


def test_a_range_that_the_kernel_takes_from(launch):
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as setting:
        low = int(setting.read().split()[0])
    cli = Cli.of(launch(range=f"{low}-{low + 99}"))
    finding = examined(cli)["ephemeral"]
    assert finding["status"] == "fail" and "100 ports" in finding["found"]
    assert "sysctl" in finding["mend"]


def test_a_service_that_is_unhealthy(cli, run_service, ports):
    run_service("alpha", ports[0], "unhealthy")
    cli.run("status", "alpha", "--now")
    wait_until(lambda: cli.run("status", "alpha", "--now").status == FAILED, "alpha to be sick")
    found(cli, "services", "warn", "alpha")


class WithoutUpdatePort(http.server.BaseHTTPRequestHandler):
    """Healthy, and knows nothing of being moved."""

    def log_message(self, format, *args):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer(200 if self.path == "/health" else 404, {"service_id": "alpha"})

    def do_OPTIONS(self):
        self.answer(404, {})


def test_a_service_that_cannot_be_moved(cli, run_service, ports):
    service = run_service("beta", ports[1])
    with http.server.HTTPServer(("127.0.0.1", ports[0]), WithoutUpdatePort) as legacy:
        thread = threading.Thread(target=legacy.serve_forever)
        thread.start()
        try:
            cli.ok("status", "alpha", "--now")
            cli.ok("status", "beta", "--now")
            found(cli, "update-port", "warn", "1 of 2 healthy services", "alpha")
        finally:
            legacy.shutdown()
            thread.join()
    assert all(call["path"] != "/api/config/update-port" for call in service.calls())


def test_a_held_port_that_is_lost(cli, server, ports):
    cli.ok("reserve", ports[90], "--hold")
    server.stop()
    with squatter(ports[90]):
        server.wanted_port = server.port
        server.start()
        found(cli, "reservations", "fail", ports[90])


def test_too_few_files(launch, suite):
    cli = Cli.of(launch(import_file=suite, prefix=("prlimit", "--nofile=600:600")))
    cli.ok("backup")
    finding = found(cli, "open-files", "fail", "600")
    assert "LimitNOFILE" in finding["mend"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_an_open_address_without_a_token(tmp_path):
    namespace = Namespace()
    with contextlib.ExitStack() as stack:
        stack.callback(namespace.close)
        command = [*namespace.prefix, binary(), "serve", "--host", "0.0.0.0", "--port", "8100",
                   "--data-dir", str(tmp_path / "data")]
        process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE,
                                                       stderr=subprocess.DEVNULL, text=True))
        stack.callback(process.terminate)
        assert process.stdout.readline().startswith("listening on")
        done = subprocess.run([*namespace.prefix, binary(), "doctor", "--json"], text=True,
                              capture_output=True, timeout=60, check=False,
                              env=Cli("http://127.0.0.1:8100").env)
    finding = next(each for each in json.loads(done.stdout)["checks"]
                   if each["check"] == "exposure")
    assert done.returncode == FAILED and finding["status"] == "fail"
    assert "0.0.0.0" in finding["found"] and "--auth-token-file" in finding["mend"]


def test_a_clock_that_is_years_off(altered):
    ahead = examined(altered(date="Sun, 06 Nov 2033 08:49:37 GMT"))["clock"]
    assert (ahead["status"], "2033-11-06" in ahead["found"]) == ("fail", True)
    found(altered(date="Thu, 01 Jan 1970 00:10:00 GMT"), "clock", "fail", "stands at 1970-01-01")


def test_a_move_that_is_stuck(altered):
    def stuck(health):
        health["moves"] = {"pending": 1, "oldest_at": "2025-01-01T00:00:00Z"}
    found(altered(change=stuck), "moves", "fail", "1 move under way")


def test_a_disk_that_is_nearly_full(altered):
    def full(health):
        health["serving"]["free_bytes"] = 1024 * 1024
    found(altered(change=full), "storage", "fail", "1 MiB are free")


def test_processes_that_cannot_be_seen(altered):
    def blind(health):
        health["components"]["kernel"] |= {"without_owner": 3, "advice": "Run it as root."}
    assert found(altered(change=blind), "kernel", "warn", "3 have no process")["mend"] == (
        "Run it as root.")


def test_a_hub_that_is_away(altered):
    hub = {"target": "hub", "enabled": True, "state": "away", "circuit": "open",
           "last_error": "nobody listens on hub:8001", "backlog": {"given_up": 0}}
    found(altered(**{"/api/upstream": {"success": True, "upstreams": [hub]}}), "upstream", "warn",
          "hub is away: nobody listens on hub:8001")


def test_a_token_that_others_may_read(cli, tmp_path):
    token = tmp_path / "token"
    token.write_text("secret")
    token.chmod(0o644)
    found(cli, "token-file", "warn", token, words=["--token-file", token])


def test_a_damaged_database(cli, server, tmp_path):
    server.stop()
    folder = tmp_path / "copy"
    shutil.copytree(server.data_dir, folder)
    server.wanted_port = server.port
    server.start()
    with open(folder / "portmanager.db", "r+b") as database:
        database.seek(3 * 4096)
        database.write(b"\xee" * 8192)
    before = sorted(os.listdir(folder))
    found(cli, "database", "fail", folder, words=["--data-dir", folder])
    assert sorted(os.listdir(folder)) == before


def test_a_database_that_another_program_keeps_locked(cli, server):
    with contextlib.closing(sqlite3.connect(server.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        holder = f"(process {os.getpid()})"
        finding = found(cli, "database", "fail", "locked", holder,
                        words=["--data-dir", server.data_dir])
        assert "End its transaction" in finding["mend"]
        refusal = cli.run("assign", "epsilon")
        assert (refusal.status, holder in refusal.err) == (FAILED, True), refusal.told
        other.execute("ROLLBACK")
    assert examined(cli, "--data-dir", server.data_dir)["database"]["status"] == "ok"


def test_a_server_that_writes_all_the_time_is_not_a_lock(cli, server, ports):
    ended = threading.Event()

    def write(port):
        while not ended.is_set():
            server.ok("POST", "/api/ports/reserve", {"port": port})
            server.ok("DELETE", f"/api/ports/reserve/{port}")

    writers = [threading.Thread(target=write, args=[port]) for port in (ports[60], ports[61])]
    for writer in writers:
        writer.start()
    try:
        for _ in range(5):
            assert examined(cli, "--data-dir", server.data_dir)["database"]["status"] == "ok"
    finally:
        ended.set()
        for writer in writers:
            writer.join()


def test_a_data_folder_that_everybody_may_write(cli, server):
    server.data_dir.chmod(0o777)
    finding = found(cli, "permissions", "fail", server.data_dir, words=["--data-dir", server.data_dir])
    assert finding["mend"] == f"chmod o-w {server.data_dir}"


def test_a_data_folder_that_is_none(cli, tmp_path):
    checks = examined(cli, "--data-dir", tmp_path / "none")
    assert checks["database"]["status"] == "fail" and "none" in checks["database"]["found"]
    assert checks["permissions"]["status"] == "unknown"


def test_the_server_itself_is_not_asked_for_update_port(server, launch, ports):
    suite = suite_file(server.data_dir / "own.json", {SELF: ports[200]})
    server = launch(import_file=suite, name="own", port=ports[200])
    cli = Cli.of(server)
    cli.ok("backup")
    cli.run("status", SELF, "--now")
    found(cli, "update-port", "ok", "0 healthy services")
