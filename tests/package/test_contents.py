"""What is in the package, without installing it."""

import re
import shutil
import stat
import subprocess

import pytest

from machine import run

PROGRAM = "usr/bin/portmanager"
UNITS = "usr/lib/systemd/system"


def field(deb, name):
    return run("dpkg-deb", "-f", deb, name).stdout.strip()


def files(folder):
    return [path for path in folder.rglob("*")
            if path.is_file() and "DEBIAN" not in path.relative_to(folder).parts]


def test_control(deb):
    assert field(deb, "Package") == "portmanager"
    version = field(deb, "Version")
    assert deb.name == f"portmanager_{version}_{field(deb, 'Architecture')}.deb"
    depends = field(deb, "Depends")
    assert "adduser" in depends and re.search(r"libsystemd0\b", depends)
    assert "-dev" not in depends


def test_version_is_the_programs(deb, unpacked):
    assert run(unpacked / PROGRAM, "version").stdout.split() == ["portmanager",
                                                                 field(deb, "Version")]


def test_everything_belongs_to_root_and_nobody_else_writes_it(deb):
    for line in run("dpkg-deb", "-c", deb).stdout.splitlines():
        mode, owner = line.split()[:2]
        assert owner == "root/root", line
        assert mode[0] == "l" or (mode[5] == mode[8] == "-" and "s" not in mode.lower()), line


@pytest.mark.parametrize("path", [
    PROGRAM, f"{UNITS}/portmanager.service", f"{UNITS}/portmanager.socket",
    "etc/portmanager/portmanager.toml", "usr/share/doc/portmanager/copyright",
    "usr/share/doc/portmanager/changelog.gz", "usr/share/doc/portmanager/operations.md",
    "usr/share/doc/portmanager/examples/see-owners.conf",
    "usr/share/portmanager/sql/audit/port_timeline.sql",
])
def test_has(unpacked, path):
    assert (unpacked / path).stat().st_size > 0


def test_nothing_of_the_build_is_left_in_it(unpacked):
    names = {path.relative_to(unpacked).parts[0] for path in files(unpacked)}
    assert names == {"etc", "usr"}
    assert not list(unpacked.glob("usr/local*"))


def test_help_files_are_there_when_the_program_writes_them(unpacked):
    for arguments, path in (
            (["help", "--man"], "usr/share/man/man1/portmanager.1.gz"),
            (["completion", "bash"], "usr/share/bash-completion/completions/portmanager"),
            (["completion", "zsh"], "usr/share/zsh/vendor-completions/_portmanager"),
            (["completion", "fish"], "usr/share/fish/vendor_completions.d/portmanager.fish")):
        done = subprocess.run([unpacked / PROGRAM, *arguments], capture_output=True, check=False,
                              timeout=30)
        written = done.returncode == 0
        assert (unpacked / path).exists() == written, path
        if written and path.endswith(".gz"):
            assert run("gzip", "-dc", unpacked / path).stdout == done.stdout.decode()
        elif written:
            assert (unpacked / path).read_bytes() == done.stdout


def test_the_configuration_is_kept_by_dpkg_and_changes_nothing_by_itself(unpacked):
    assert (unpacked / "DEBIAN/conffiles").read_text() == "/etc/portmanager/portmanager.toml\n"
    text = (unpacked / "etc/portmanager/portmanager.toml").read_text()
    assert all(not line or line.startswith("#") for line in text.splitlines())
    assert "systemctl restart portmanager" in text and "host-pattern" in text
    assert "--config config/portmanager.toml" not in text


def test_the_program_takes_every_option_of_the_configuration(unpacked, tmp_path):
    """Each that has a value, as it stands there."""
    text = (unpacked / "etc/portmanager/portmanager.toml").read_text()
    options = re.findall(r'^# ([a-z-]+ = (?:"[^"]*"|\d+|true|false|\[.*\]))$', text, re.M)
    assert len(options) > 15
    for_real = [line for line in options
                if line.split(" = ")[0] not in ("data-dir", "port", "import", "auth-token-file")]
    (tmp_path / "all.toml").write_text("\n".join([*for_real, "port = 0"]), encoding="utf-8")
    process = subprocess.Popen([unpacked / PROGRAM, "serve", "--config", tmp_path / "all.toml",
                                "--data-dir", tmp_path / "data"], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.DEVNULL)
    try:
        assert process.stdout.readline().startswith("listening on http://127.0.0.1:")
    finally:
        process.terminate()
        process.stdout.close()
        assert process.wait(10) == 0


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_maintainer_scripts(unpacked, script):
    path = unpacked / "DEBIAN" / script
    assert path.stat().st_mode & 0o777 == 0o755
    assert path.read_text().startswith("#!/bin/sh\nset -e\n")
    run("dash", "-n", path)


def test_the_program_is_hardened(unpacked):
    header = run("readelf", "-hd", unpacked / PROGRAM).stdout
    assert "DYN (Position-Independent Executable file)" in header and "BIND_NOW" in header
    assert not stat.S_IMODE((unpacked / PROGRAM).stat().st_mode) & (stat.S_ISUID | stat.S_ISGID)


@pytest.fixture
def units(unpacked, tmp_path):
    """The units, with a program that is there."""
    for name in ("portmanager.service", "portmanager.socket"):
        shutil.copy(unpacked / UNITS / name, tmp_path)
    service = tmp_path / "portmanager.service"
    service.write_text(service.read_text().replace("ExecStart=/usr/bin/portmanager",
                                                   f"ExecStart={unpacked / PROGRAM}"))
    return service, tmp_path / "portmanager.socket"


def test_units_verify(units):
    assert run("systemd-analyze", "verify", "--man=no", *units).stdout == ""


def test_the_service_is_exposed_to_little(units):
    """systemd's own measure, from 0 to 10: below 2 is its best grade but one."""
    run("systemd-analyze", "security", "--offline=true", "--threshold=20", units[0])


def test_the_drop_in_verifies_and_adds_two_capabilities(unpacked, units, tmp_path):
    folder = tmp_path / "portmanager.service.d"
    folder.mkdir()
    shutil.copy(unpacked / "usr/share/doc/portmanager/examples/see-owners.conf", folder)
    assert run("systemd-analyze", "verify", "--man=no", units[0]).stdout == ""


def test_lintian(deb, unpacked):
    suppressed = [] if (unpacked / "usr/share/man").exists() else ["--suppress-tags", "no-manual-page"]
    found = run("lintian", "--allow-root", "--fail-on", "error,warning", *suppressed, deb,
                check=False)
    assert found.returncode == 0, found.stdout
