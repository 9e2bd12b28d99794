"""Fixtures: the package, a newer one, and a machine that has it."""

import os
import pathlib
import shutil

import pytest

from machine import Machine, cannot_boot, clean_root, run

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def deb():
    found = list((ROOT / "build" / "release").glob("portmanager_*.deb"))
    assert len(found) == 1, "build the package first: scripts/package"
    return found[0]


@pytest.fixture(scope="session")
def unpacked(deb, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked") / "files"
    run("dpkg-deb", "-R", deb, folder)
    return folder


@pytest.fixture(scope="session")
def newer_deb(unpacked, tmp_path_factory):
    """The same package as its next version."""
    folder = tmp_path_factory.mktemp("newer")
    shutil.copytree(unpacked, folder / "files", symlinks=True)
    control = folder / "files/DEBIAN/control"
    text = control.read_text(encoding="utf-8")
    version = next(line.split()[1] for line in text.splitlines() if line.startswith("Version:"))
    control.write_text(text.replace(f"Version: {version}\n", f"Version: {version}+next\n"),
                       encoding="utf-8")
    run("dpkg-deb", "--root-owner-group", "-b", folder / "files", folder / "newer.deb")
    return folder / "newer.deb"


@pytest.fixture(scope="session")
def root(deb):
    if not os.environ.get("PORTMANAGER_TEST_MACHINE"):
        pytest.skip("scripts/test-package --machine boots machines")
    reason = cannot_boot()
    if reason:
        pytest.skip(reason)
    return clean_root(deb)


@pytest.fixture
def machine(root, tmp_path):
    """A machine that has never had the package."""
    booted = Machine(root, tmp_path)
    yield booted
    booted.close()


@pytest.fixture(scope="module")
def installed(root, deb, tmp_path_factory):
    """A machine on which the package was just installed; shared by the tests of a file, which leave
    the service as it was."""
    booted = Machine(root, tmp_path_factory.mktemp("installed"))
    try:
        booted.install(deb)
        yield booted
    finally:
        booted.close()
