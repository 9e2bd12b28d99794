"""portmanager list, get, who, suggest, history, assign, release, reassign, bulk-update, reserve ..."""

import json

import pytest

from cli import CONFLICT, DONE, FAILED, NOT_FOUND, UNREACHABLE, USAGE, Cli
from harness import SHORT, squatter


@pytest.fixture
def cli(server):
    return Cli.of(server)


def test_list(cli, ports):
    assert cli.ok("list").splitlines()[:3] == [
        "SERVICE                   PORT", f"alpha                    {ports[0]}",
        f"beta                     {ports[1]}"]
    assert cli.ok("list", "--quiet").split() == ["alpha", "beta", "delta", "gamma",
                                                 "itechsmart-port-manager"]
    assert cli.ok("list", "--sort", "port", "-q").split()[3] == "delta"


def test_list_tells_apart_what_has_one_number(cli, server, ports):
    cli.ok("assign", "voice", ports[0], "--protocol", "udp")
    cli.ok("assign", "far", ports[0], "--host", "10.0.0.7")
    server.assign("rival", ports[1], force=True)
    rows = {line.split()[0]: line.split()[1:] for line in cli.ok("list").splitlines()}
    assert rows["SERVICE"] == ["PORT", "NOTE"]
    assert rows["alpha"] == [str(ports[0])]
    assert rows["voice"] == [str(ports[0]), "udp"]
    assert rows["far"] == [str(ports[0]), "host", "10.0.0.7"]
    assert rows["rival"] == [str(ports[1]), "contested"]


def test_json_is_the_servers_answer(cli, server):
    for words, path in ((["list"], "/api/ports/assignments"), (["services"], "/api/services"),
                        (["get", "alpha"], "/api/ports/assignments/alpha"),
                        (["reserved"], "/api/ports/reserved"),
                        (["conflicts"], "/api/ports/conflicts"),
                        (["history", "alpha"], "/api/ports/history/alpha?limit=20")):
        assert cli.ok(*words, "--json") == server.get(path).text + "\n"


def test_get(cli, ports):
    sheet = cli.ok("get", "alpha")
    assert sheet.startswith("alpha\n") and f"{ports[0]} tcp" in sheet
    assert cli.ok("get", "alpha", "-q") == f"{ports[0]}\n"
    refused = cli.refused(NOT_FOUND, "get", "alhpa", says="Did you mean alpha?")
    assert refused.out == ""
    cli.ok("release", "alpha")
    cli.refused(NOT_FOUND, "get", "alpha", says="has no port")


def test_json_of_a_refusal_is_the_servers_too(cli):
    refused = cli.refused(NOT_FOUND, "get", "nobody", "--json")
    assert json.loads(refused.out)["code"] == "unknown_service"


def test_assign_and_release(cli, server, ports):
    assert cli.ok("assign", "billing", "-q") == f"{ports[4]}\n"
    assert "billing" in cli.ok("assign", "billing")
    cli.refused(CONFLICT, "assign", "other", ports[0], says=["alpha", "portmanager suggest"])
    cli.refused(CONFLICT, "assign", "alpha", ports[9], says="portmanager reassign")
    cli.refused(USAGE, "assign", "other", "80", says="1024")
    cli.refused(USAGE, "assign", "no/service")
    assert cli.json("assign", "shared", ports[0], "--force")["contested"] is True
    assert cli.json("assign", "udp", ports[0], "--protocol", "udp")["port"] == ports[0]
    assert cli.json("assign", "third", "--range", f"{ports[20]}-{ports[29]}")["port"] == ports[20]
    assert cli.ok("release", "billing", "-q") == f"{ports[4]}\n"
    cli.refused(NOT_FOUND, "release", "billing")
    assert "billing" not in server.assignments()


def test_a_port_that_a_process_has_is_a_conflict(cli, ports):
    with squatter(ports[30]):
        cli.refused(CONFLICT, "assign", "late", ports[30], says=str(ports[30]))
        assert "listening    127.0.0.1:" in cli.ok("who", ports[30])
    assert "listening    nobody" in cli.ok("who", ports[30])


def test_who_acts_and_why_is_recorded(cli, server, ports):
    cli.ok("assign", "billing", "--reason", "because")
    cli.ok("reassign", "billing", ports[60], "--actor", "ada@desk", "--reason", "better")
    cli.ok("release", "billing", env={"PORTMANAGER_ACTOR": "bob@desk"})
    first, second, third = server.events("billing")
    assert "@" in first["actor"] and not first["actor"].startswith("anonymous")
    assert first["reason"] == "because"
    assert (second["actor"], second["reason"]) == ("ada@desk", "better")
    assert third["actor"] == "bob@desk"


def test_who(cli, ports):
    assert cli.ok("who", ports[0], "-q") == "alpha\n"
    assert cli.ok("who", ports[77], "-q") == ""
    assert "assigned to  alpha" in cli.ok("who", ports[0])
    assert "assigned to  nobody" in cli.ok("who", ports[0], "--protocol", "udp")
    assert "reserved     yes" in cli.ok("who", ports[50])
    assert cli.json("who", ports[0])["holders"] == ["alpha"]
    for wrong in ("80", "x"):
        cli.refused(USAGE, "who", wrong, says="1024 to 65535")


def test_suggest(cli, ports):
    assert cli.ok("suggest") == f"{ports[4]}\n"
    assert cli.ok("available", "-n", 2, "--from", ports[50]) == f"{ports[51]}\n{ports[52]}\n"
    cli.refused(CONFLICT, "suggest", "--range", f"{ports[0]}-{ports[3]}", says="portmanager list")


def test_history(cli, ports):
    cli.ok("reassign", "alpha", ports[61])
    rows = cli.ok("history", "alpha").splitlines()
    assert rows[0].split() == ["AT", "ACTION", "OLD", "NEW", "ACTOR", "REASON"]
    assert rows[1].split()[1:4] == ["reassign", str(ports[0]), str(ports[61])]
    assert len(cli.ok("history", "alpha", "--limit", 1).splitlines()) == 2
    assert cli.ok("history", "alpha", "-q").split() == [str(ports[0]), str(ports[61])]
    cli.refused(NOT_FOUND, "history", "aplha", says="alpha")


def test_reassign(cli, server, run_service, ports):
    service = run_service("alpha", ports[0])
    assert "Dry run" in cli.ok("reassign", "alpha", ports[62], "--dry-run")
    assert server.assignments()["alpha"] == ports[0]
    assert cli.ok("reassign", "alpha", ports[62], "-q") == f"{ports[62]}\n"
    assert service.answers_on(ports[62])
    cli.refused(CONFLICT, "reassign", "alpha", ports[1], says="beta")
    cli.refused(NOT_FOUND, "reassign", "nobody")
    cli.refused(FAILED, "reassign", "itechsmart-port-manager", ports[63])
    service.misbehave("refuse")
    cli.refused(FAILED, "reassign", "alpha", ports[63], says="portmanager status")
    assert server.assignments()["alpha"] == ports[62]


def test_bulk_update(cli, server, ports):
    out = cli.ok("bulk-update", f"alpha={ports[1]}", f"beta={ports[0]}")
    assert out.splitlines()[0].split() == ["SERVICE", "FROM", "TO", "RESULT", "MESSAGE"]
    assert server.assignments()["alpha"] == ports[1] and server.assignments()["beta"] == ports[0]
    words = cli.ok("bulk-update", f"alpha={ports[0]}", f"beta={ports[1]}", "-q")
    assert words == f"alpha {ports[0]}\nbeta {ports[1]}\n"
    cli.refused(CONFLICT, "bulk-update", f"alpha={ports[2]}", says="gamma")
    cli.refused(NOT_FOUND, "bulk-update", f"nobody={ports[70]}")


def test_a_bulk_update_that_is_only_looked_at(cli, server, ports):
    before = server.revision()
    swap = (f"alpha={ports[1]}", f"beta={ports[0]}", "--dry-run")
    head, *rows = cli.ok("bulk-update", *swap).splitlines()
    assert head.split() == ["SERVICE", "FROM", "TO", "MESSAGE"]
    assert [row.split()[:3] for row in rows] == [["alpha", str(ports[0]), str(ports[1])],
                                                 ["beta", str(ports[1]), str(ports[0])]]
    assert cli.ok("bulk-update", *swap, "-q") == f"alpha {ports[1]}\nbeta {ports[0]}\n"
    cli.refused(CONFLICT, "bulk-update", f"alpha={ports[2]}", "--dry-run", says="gamma")
    assert server.revision() == before


def test_a_bulk_update_of_which_one_fails_has_failed(launch, suite, run_service, ports):
    server = launch(import_file=suite, **SHORT)
    cli = Cli.of(server)
    run_service("alpha", ports[0], "refuse")
    outcome = cli.refused(FAILED, "bulk-update", f"alpha={ports[70]}", f"beta={ports[71]}",
                          says="1 of 2 failed")
    assert "failed" in outcome.out and "done" in outcome.out
    assert server.assignments()["beta"] == ports[71]


def test_reservations(cli, ports):
    assert cli.ok("reserve", ports[80], "--reason", "for later", "-q") == f"{ports[80]}\n"
    cli.ok("reserve", f"{ports[90]}-{ports[92]}", "--expires", "2h")
    held = cli.json("reserve", "--hold", "--for", "alpha", "--range", f"{ports[95]}-{ports[99]}",
                    "--expires", "15m")
    assert held["port"] == ports[95] and held["held"] is True
    table = cli.ok("reserved")
    assert "for later" in table and "yes   alpha" in table
    assert set(cli.ok("reserved", "-q").split()) == {
        str(ports[each]) for each in (50, 80, 90, 91, 92, 95)}
    expires = {each["port"]: each["expires_at"] for each in cli.json("reserved")["reserved"]}
    assert expires[ports[80]] is None and expires[ports[90]]
    cli.refused(CONFLICT, "assign", "other", ports[80], says="reserved")
    assert cli.ok("unreserve", ports[80], "-q") == f"{ports[80]}\n"
    cli.refused(NOT_FOUND, "unreserve", ports[80])
    cli.refused(CONFLICT, "reserve", ports[0], "--hold")


def test_what_was_reserved_at_once_is_given_up_at_once(cli, ports):
    cli.ok("reserve", f"{ports[80]}-{ports[89]}")
    cli.ok("unreserve", ports[83])
    span = f"{ports[80]}-{ports[88]}"
    assert cli.ok("unreserve", span) == (f"{ports[80]}-{ports[82]}, {ports[84]}-{ports[88]} are "
                                         "not reserved any more.\n")
    cli.refused(NOT_FOUND, "unreserve", span, says=[str(ports[80]), "portmanager reserved"])
    cli.refused(USAGE, "unreserve", "x-y", says=["x-y", "portmanager unreserve"])
    cli.ok("reserve", f"{ports[80]}-{ports[81]}")
    assert cli.ok("unreserve", f"{ports[80]}-{ports[89]}", "-q") == (
        f"{ports[80]}\n{ports[81]}\n{ports[89]}\n")
    assert cli.ok("reserved", "-q") == f"{ports[50]}\n"


def test_a_span_is_given_up_by_those_who_may_alone(launch, suite, tmp_path, ports):
    token = tmp_path / "token"
    token.write_text("secret")
    cli = Cli.of(launch(import_file=suite, auth_token_file=token))
    cli.refused(FAILED, "unreserve", f"{ports[40]}-{ports[60]}", says="--token-file")
    assert len(cli.ok("unreserve", f"{ports[40]}-{ports[60]}", "--token-file", token,
                      "--json").splitlines()) == 1


def test_nobody_there(ports):
    cli = Cli(f"http://127.0.0.1:{ports[399]}")
    for words in (["list"], ["assign", "x"], ["watch"], ["status"], ["run", "x", "--", "true"]):
        outcome = cli.refused(UNREACHABLE, *words, says=["portmanager serve", "--url"])
        assert outcome.out == ""


def test_what_is_no_port_manager(launch, server, run_service, ports):
    service = run_service("alpha", ports[0])
    Cli(f"http://127.0.0.1:{service.port}").refused(FAILED, "list", says="--url")
    assert Cli("http://127.0.0.1:1").run("list", "--url", server.url).status == DONE


def test_tokens(launch, suite, tmp_path):
    token = tmp_path / "token"
    token.write_text("secret\n")
    wrong = tmp_path / "wrong"
    wrong.write_text("guess\n")
    server = launch(import_file=suite, auth_token_file=token)
    cli = Cli.of(server)
    cli.ok("list")
    cli.refused(FAILED, "assign", "x", says=["--token-file", "PORTMANAGER_TOKEN_FILE"])
    cli.refused(FAILED, "assign", "x", "--token-file", wrong, says="not the one")
    cli.refused(FAILED, "assign", "x", "--token-file", tmp_path / "none", says="none")
    cli.ok("assign", "x", "--token-file", token)
    cli.ok("release", "x", env={"PORTMANAGER_TOKEN_FILE": str(token)})


def test_a_common_option_may_stand_before_the_command(cli):
    assert cli.ok("-q", "list") == cli.ok("list", "-q")
    cli.refused(USAGE, "--reason", "x", "list")
