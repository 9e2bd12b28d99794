"""portmanager services, status, register, conflicts, resolve, backup, restore, import ..."""

import json
import re
import signal

import pytest

from cli import CONFLICT, DONE, FAILED, NOT_FOUND, USAGE, Cli
from harness import SAMPLE, wait_until


@pytest.fixture
def cli(server):
    return Cli.of(server)


def test_services(cli, ports):
    cli.ok("register", "billing", "--name", "Billing ✓", "--category", "business")
    rows = cli.ok("services").splitlines()
    assert rows[0].split() == ["SERVICE", "PORT", "PROTO", "STATUS", "CATEGORY", "HOST", "NAME"]
    assert any(row.startswith("billing ") and row.endswith("Billing ✓") for row in rows)
    assert "billing" in cli.ok("services", "-q").split()
    assert "name          Billing ✓" in cli.ok("get", "billing")


def test_columns_line_up_whatever_the_letters(cli):
    for service, name in (("one", "日本語"), ("two", "Ärger"), ("three", "plain")):
        cli.ok("register", service, "--name", name, "--host", f"{service}.example")
    rows = cli.ok("services").splitlines()
    where = rows[0].index("NAME")
    assert [row[where:] for row in rows if ".example" in row] == ["日本語", "plain", "Ärger"]


def test_register_and_unregister(cli, server, ports):
    assert cli.ok("register", "billing", "--current-port", ports[33], "--health-endpoint", "/up",
                  "--process", "billingd", "-q") == f"{ports[33]}\n"
    service = server.get("/api/services/billing").json()["service"]
    assert (service["health_endpoint"], service["process"]) == ("/up", "billingd")
    cli.refused(CONFLICT, "register", "other", "--port", ports[33])
    cli.refused(USAGE, "unregister", "billing", says="--yes")
    assert cli.ok("unregister", "billing", "--yes", "-q") == "billing\n"
    cli.refused(NOT_FOUND, "unregister", "billing", "--yes")


def test_status_and_restart(cli, run_service, ports):
    service = run_service("alpha", ports[0])
    assert cli.ok("status", "alpha", "-q") == "unknown\n"
    assert cli.ok("status", "alpha", "--now", "-q") == "healthy\n"
    assert "alpha" in cli.ok("status") and "alpha healthy" in cli.ok("status", "-q")
    service.misbehave("unhealthy")
    outcome = cli.run("status", "alpha", "--now")
    assert outcome.status == FAILED and "unhealthy" in outcome.out
    cli.refused(NOT_FOUND, "status", "aplha", says="alpha")
    service.misbehave("none")
    assert "alpha" in cli.ok("restart", "alpha")
    assert [call["path"] for call in service.calls()][-1] == "/api/admin/restart"
    cli.refused(FAILED, "restart", "beta")


def test_discover(cli, run_service, ports):
    run_service("newcomer", ports[40])
    table = cli.ok("discover")
    assert "newcomer" in table and "POST /api/services/register" in table
    assert "newcomer" in cli.ok("discover", "-q").split()


def test_conflicts_and_resolve(cli, server, ports):
    assert cli.ok("conflicts") == "There is no conflict.\n"
    assert cli.ok("conflicts", "-q") == ""
    assert "no conflict" in cli.ok("resolve")
    cli.ok("assign", "epsilon", ports[0], "--force")
    table = cli.ok("conflicts")
    assert "duplicate_assignment" in table and "alpha, epsilon" in table
    assert len(cli.ok("conflicts", "-q").split()) == 1
    plan = cli.ok("resolve", "--dry-run")
    assert plan.splitlines()[0].split() == ["SERVICE", "FROM", "TO", "STEP", "WHY"]
    assert server.assignments()["epsilon"] == ports[0]
    assert cli.ok("resolve", "-q") == f"epsilon {ports[4]}\n"
    assert cli.ok("conflicts") == "There is no conflict.\n"
    history = cli.ok("conflicts", "--history")
    assert "duplicate_assignment" in history and "CLOSED" in history
    assert cli.ok("conflicts", "--history", "--since", "2999-01-01T00:00:00Z") == (
        "There was no conflict.\n")
    cli.refused(USAGE, "conflicts", "--history", "--since", "yesterday")


def test_a_resolution_of_which_a_step_fails_has_failed(cli, run_service, ports):
    cli.ok("assign", "epsilon", ports[0], "--force")
    run_service("alpha", ports[0], "none")
    cli.ok("assign", "zeta", ports[41])
    cli.ok("reserve", ports[41])
    run_service("zeta", ports[41], "refuse")
    outcome = cli.refused(FAILED, "resolve", says="failed")
    assert "zeta" in outcome.out


def test_backup_and_restore(cli, server, ports):
    name = cli.ok("backup", "-q").strip()
    assert cli.ok("backup", "mine.json", "-q") == "mine.json\n"
    cli.refused(CONFLICT, "backup", "mine.json")
    cli.refused(USAGE, "backup", "../mine.json")
    assert set(cli.ok("backups", "-q").split()) == {name, "mine.json"}
    assert cli.ok("backups").splitlines()[0].split() == ["NAME", "BYTES", "CREATED", "SHA-256"]
    cli.ok("assign", "billing")
    cli.refused(USAGE, "restore", "mine.json",
                says=["replace the 6 assignments", "no terminal", "--yes"])
    cli.refused(NOT_FOUND, "restore", "other.json", "--yes", says="portmanager backups")
    assert "billing" in server.assignments()
    cli.ok("restore", "mine.json", "--yes")
    assert "billing" not in server.assignments()


def test_export_and_import(cli, launch, suite, server, tmp_path, ports):
    exported = cli.ok("export")
    assert json.loads(exported)["port_assignments"]["alpha"] == ports[0]
    assert "ip_local_reserved_ports" in cli.ok("export", "-f", "sysctl")
    cli.refused(USAGE, "export", "-f", "tea", says="sysctl")
    file = tmp_path / "ports.json"
    content = json.loads(exported)
    content["port_assignments"]["billing"] = ports[44]
    file.write_text(json.dumps(content))
    cli.refused(USAGE, "import", file, says=["--yes", "5 assignments"])
    assert cli.ok("import", file, "--yes", "-q") == "6\n"
    assert cli.ok("import", "-", "--yes", "-q", stdin=exported) == "5\n"
    assert "billing" not in server.assignments()
    cli.refused(FAILED, "import", tmp_path / "none.json", "--yes", says="none.json")
    file.write_text('{"port_assignments": {"x": 80}}')
    cli.refused(FAILED, "import", file, "--yes", says=f"{file}: port_assignments.x is 80")
    file.write_text("{broken")
    cli.refused(FAILED, "import", file, "--yes", says=f"{file} is not valid JSON: line 1")
    cli.refused(FAILED, "import", "-", "--yes", stdin="x", says="stdin is not valid JSON: line 1")
    cli.refused(FAILED, "import", tmp_path, "--yes", says=f"{tmp_path} is a directory")


def test_reset(launch):
    server = launch(import_file=SAMPLE, range="8000-9000")
    cli = Cli.of(server)
    cli.refused(USAGE, "reset", says="--yes")
    assert cli.ok("reset", "--yes", "-q").strip() in cli.ok("backups", "-q").split()


def test_export_to_a_file(cli, server, tmp_path, ports):
    file = tmp_path / "ports.json"
    trace = tmp_path / "trace"
    command = f'echo "$PORTMANAGER_EXPORT_FILE" >> {trace}'
    outcome = cli.run("export", "-o", file, "--exec", command)
    assert outcome.status == DONE and outcome.out == "", outcome.told
    assert json.loads(file.read_text())["port_assignments"]["alpha"] == ports[0]
    assert trace.read_text() == f"{file}\n"
    cli.ok("export", "-o", file, "--exec", command)
    assert trace.read_text() == f"{file}\n", "a file that says the same is left alone"
    server.assign("billing")
    cli.ok("export", "-o", file, "--exec", command)
    assert trace.read_text() == f"{file}\n{file}\n"
    cli.refused(FAILED, "export", "-o", tmp_path / "none" / "x", says="none/x")


def test_an_export_of_some_services_for_another_machine(cli, ports):
    out = cli.ok("export", "-f", "dotenv", "--services", "alpha,beta", "--host", "ports.example")
    assert [line for line in out.splitlines() if line.endswith("=ports.example")] == [
        "ALPHA_HOST=ports.example", "BETA_HOST=ports.example"]
    assert cli.ok("export", "-f", "csv", "--services", "beta").splitlines()[1:] == [
        f"beta,beta,,127.0.0.1,tcp,{ports[1]},,/health"]
    cli.refused(NOT_FOUND, "export", "-f", "csv", "--services", "alpha,none", says="none")
    cli.refused(USAGE, "export", "-f", "sysctl", "--host", "x", says="sysctl")


def test_help_lists_the_formats_that_the_server_has(cli):
    refused = cli.refused(USAGE, "export", "-f", "tea").err
    there = re.search(r"formats there are: port_config \(or json\), (.*)\.", refused).group(1)
    text = " ".join(cli.ok("export", "--help").split())
    assert f": port_config, {there} (default port_config)" in text


@pytest.mark.parametrize("form", ["sysctl", "dotenv", "shell", "compose", "nginx", "haproxy"])
def test_what_only_the_head_of_an_export_says_runs_no_command(cli, server, tmp_path, form):
    file, trace = tmp_path / "ports", tmp_path / "trace"
    line = ("export", "-f", form, "-o", file, "--exec", f"echo run >> {trace}")
    cli.ok(*line)
    written = file.read_text()
    server.ok("POST", "/api/ports/reserve", {"port": 64000})
    cli.ok(*line)
    assert (file.read_text(), trace.read_text()) == (written, "run\n")
    server.assign("billing")
    cli.ok(*line)
    assert trace.read_text() == "run\nrun\n"


def test_a_command_that_failed_is_run_by_the_next_export(cli, tmp_path):
    file, mended = tmp_path / "ports.json", tmp_path / "mended"
    line = ("export", "-o", file, "--exec", f"test -e {mended} || exit 3")
    for _ in range(2):
        cli.refused(FAILED, *line, says=["status 3", "Give the same line again"])
    assert cli.run("export", "-o", file).status == DONE, "without a command there is nothing to do"
    mended.touch()
    cli.ok(*line)
    mended.unlink()
    assert cli.ok(*line) == "", "it has done its part"
    assert not list(tmp_path.glob(".ports.json*"))


def test_a_signal_while_the_command_of_an_export_runs_ends_it(cli, tmp_path):
    started = tmp_path / "started"
    export = cli.start("export", "-o", tmp_path / "x", "--exec", f"touch {started}; exec sleep 600")
    wait_until(started.exists, "the command")
    export.send_signal(signal.SIGTERM)
    assert export.wait(20) == -signal.SIGTERM
    export.stdout.close()
    export.stderr.close()
