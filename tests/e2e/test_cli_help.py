"""Help, manual page and completion: made from one text, and understood by those who read them."""

import os
import pathlib
import subprocess

import pytest

from cli import DONE, USAGE, Cli
from harness import binary


@pytest.fixture
def cli(server):
    return Cli.of(server)


def shell(cli, command, **options):
    """The program is found by PATH, as the completion scripts want it."""
    folder = str(pathlib.Path(binary()).parent)
    env = cli.env | {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": "/nonexistent"}
    done = subprocess.run(command, env=env, text=True, capture_output=True, timeout=60,
                          check=False, **options)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def script(cli, tmp_path):
    def write(kind):
        path = tmp_path / f"portmanager.{kind}"
        path.write_text(cli.ok("completion", kind))
        return path
    return write


def test_help_and_version(cli):
    assert "Usage: portmanager COMMAND" in cli.ok("help")
    assert cli.ok("version").startswith("portmanager ")
    assert cli.refused(USAGE, says="Usage: portmanager COMMAND").out == ""
    cli.refused(USAGE, "lsit", says="Did you mean portmanager list?")
    assert "portmanager reassign passport 8050" in cli.ok("reassign", "--help")


def test_help_needs_no_server_and_no_valid_url():
    cli = Cli("nowhere at all")
    assert cli.run("help").status == DONE
    assert cli.run("list", "--help").status == DONE


def test_the_manual_page_is_without_fault(cli, tmp_path):
    page = tmp_path / "portmanager.1"
    page.write_text(cli.ok("help", "--man"))
    for form in ("utf8", "ascii", "ps"):
        done = subprocess.run(["groff", "-ww", "-man", f"-T{form}", str(page)], text=True,
                              capture_output=True, check=True)
        assert done.stderr == ""
    text = subprocess.run(["groff", "-man", "-Tascii", "-P-cbou", str(page)], text=True,
                          capture_output=True, check=True).stdout
    for mention in ("PORTMANAGER(1)", "EXIT STATUS", "ENVIRONMENT", "portmanager reassign SERVICE",
                    "--dry-run", "PORTMANAGER_TOKEN_FILE"):
        assert mention in text


BASH = """
set -u
source {script}
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()
_portmanager
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def bash_completes(cli, script, *words):
    text = BASH.format(script=script, words=" ".join(f"'{word}'" for word in words))
    return shell(cli, ["bash", "--norc", "-c", text]).stdout.split()


def test_bash(cli, script, server, ports):
    path = script("bash")
    assert shell(cli, ["bash", "-n", str(path)]).stderr == ""
    completes = lambda *words: bash_completes(cli, path, "portmanager", *words)
    assert completes("reas") == ["reassign"]
    assert completes("get", "al") == ["alpha"]
    assert completes("watch", "alpha", "be") == ["beta"]
    assert completes("bulk-update", "al") == ["alpha="]
    assert completes("bulk-update", f"alpha={ports[7]}", "be") == ["beta="]
    assert completes("bulk-update", "alpha", "=", "") == []
    assert completes("export", "-f", "ng") == ["nginx"]
    assert completes("export", "--services", "be") == ["beta"]
    assert completes("export", "--format", "=", "ng") == ["nginx"]
    assert completes("--json", "get", "") == ["alpha", "beta", "delta", "gamma",
                                              "itechsmart-port-manager"]
    assert completes("--url", cli.env["PORTMANAGER_URL"], "get", "be") == ["beta"]
    for named in (["--url", "http", ":", "//127.0.0.1", ":", "1"],
                  ["--url", "=", "http", ":", "//127.0.0.1", ":", "1"]):
        assert completes("get", *named, "be") == [], "the server that is named is not there"
        assert completes("get", *named[:-1], server.port, "be") == ["beta"]
    assert completes("reassign", "--dr") == ["--dry-run"]
    assert completes("list", "--sort", "") == ["service", "port"]
    assert completes("available", "--ra") == ["--range"]
    assert completes("unreserve", "") == [str(ports[50])]
    assert completes("help", "reas") == ["reassign"]
    assert "/etc/passwd" in completes("import", "/etc/passw")
    assert "true" in completes("run", "alpha", "--", "tru")
    assert completes("reassign", "alpha", "") == []
    assert completes("assign", "x", "--protocol", "u") == ["udp"]


def test_fish(cli, script, ports):
    path = script("fish")
    assert shell(cli, ["fish", "--no-config", "-n", str(path)]).stderr == ""

    def completes(line):
        out = shell(cli, ["fish", "--no-config", "-c",
                          f"source {path}; complete -C 'portmanager {line}'"])
        assert out.stderr == ""
        return [each.split("\t")[0] for each in out.stdout.splitlines()]

    assert completes("reas") == ["reassign"]
    assert completes("get al") == ["alpha"]
    assert completes("list --sort ") == ["port", "service"]
    assert completes("unreserve ") == [str(ports[50])]
    assert "--dry-run" in completes("reassign --dr")
    assert completes("reassign alpha ") == []
    assert completes("watch alpha be") == ["beta"]
    assert completes("bulk-update al") == ["alpha="]
    assert completes(f"bulk-update alpha={ports[7]} be") == ["beta="]
    assert completes("export -f ng") == ["nginx"]
    url = cli.env["PORTMANAGER_URL"]
    for named in (f"--url {url}", f"--url={url}"):
        assert completes(f"get {named} be") == ["beta"]
        assert completes(f"get {named}0 be") == [], "the server that is named is not there"


def test_zsh(cli, script, tmp_path):
    import pexpect

    folder = tmp_path / "functions"
    folder.mkdir()
    (folder / "_portmanager").write_text(script("zsh").read_text())
    assert shell(cli, ["zsh", "-f", "-n", str(folder / "_portmanager")]).stderr == ""
    program = str(pathlib.Path(binary()).parent)
    env = cli.env | {"TERM": "dumb", "PATH": f"{program}:{os.environ['PATH']}",
                     "ZDOTDIR": str(tmp_path)}
    zsh = pexpect.spawn("zsh", ["-f", "-i"], env=env, encoding="utf-8", timeout=20,
                        dimensions=(50, 200))
    try:
        zsh.sendline(f"PS1='ready> '; fpath=({folder} $fpath); autoload -Uz compinit; "
                     f"compinit -u -d {tmp_path}/dump; zstyle ':completion:*' list-prompt ''; "
                     "setopt no_always_last_prompt; print set-up")
        zsh.expect_exact("set-up\r\n")
        for typed, completed in (("portmanager reass\t", "portmanager reassign "),
                                 ("portmanager get al\t", "portmanager get alpha "),
                                 ("portmanager reassign alpha --dry\t", "--dry-run "),
                                 ("portmanager list --sort po\t", "--sort port "),
                                 ("portmanager list --so\t", "--sort "),
                                 ("portmanager watch alpha be\t", "watch alpha beta "),
                                 ("portmanager bulk-update al\t", "bulk-update alpha="),
                                 ("portmanager export -f ngi\t", "-f nginx "),
                                 ("portmanager completion zs\t", "completion zsh ")):
            zsh.send(typed)
            zsh.expect_exact(completed)
            zsh.sendcontrol("u")
    finally:
        zsh.close(force=True)


def test_zsh_sources_cleanly(cli, script):
    done = shell(cli, ["zsh", "-f", "-c", f"autoload -Uz compinit; compinit -u -D; source {script('zsh')}; "
                       "print $_comps[portmanager]"])
    assert done.stdout == "_portmanager\n" and done.stderr == ""
