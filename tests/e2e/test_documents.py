"""What the documents say is so: their commands run, their links lead somewhere, their options exist."""

import json
import os
import re
import subprocess

import pytest

from documents import Document, contains_lines, documents, has_members, is_inside, target_of
from harness import ROOT, binary, end_process, port_has_listener, wait_until

DOCUMENTS = documents()
# Of other programs.
FOREIGN_OPTIONS = {"--full", "--pid", "--network"}  # scripts/test, podman
# Each curl leaves its answer in a file of its own. The documents' server is the test's.
PRELUDE = """
curl() {
  local number
  number=$(ls "$ANSWERS" | wc -l)
  command curl -sS --max-time 60 "$@" | tee "$ANSWERS/$(printf %03d "$number")"
}
"""


def with_blocks(kind):
    return [document for document in DOCUMENTS if any(getattr(block, kind) for block in document.blocks())]


class Shell:
    """Runs the blocks of one document against one server."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.answers = folder / "answers"
        self.background = []
        for name in ("answers", "backups", "work"):
            (folder / name).mkdir()
        for entry in ROOT.iterdir():
            if entry.name not in ("data", "build"):
                (folder / "work" / entry.name).symlink_to(entry)
        (folder / "work" / "data").symlink_to(server.data_dir)
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "ANSWERS": str(self.answers),
                            "PORT_MANAGER": server.url, "no_proxy": "*"}

    def here(self, text):
        """The text with what it names replaced by what the test has."""
        for told, real in {"http://127.0.0.1:8100": self.server.url,
                           "/var/lib/portmanager": str(self.server.data_dir),
                           "/backups/": f"{self.folder}/backups/"}.items():
            text = text.replace(told, real)
        return text

    def run(self, block):
        before = self.told()
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", PRELUDE + self.here(block.text)],
                              cwd=self.folder / "work", env=self.environment, timeout=120,
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        answers = self.told()[len(before):]
        refused = [answer for answer in answers if is_refusal(answer)]
        assert len(refused) == int(block.run[1] or 0), (block, answers)

    def start(self, block):
        self.background.append(subprocess.Popen(
            ["bash", "-c", f"exec {block.text}"], cwd=self.folder / "work", env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True))
        wait_until(lambda: port_has_listener(int(block.background[1])), block)

    def told(self):
        return [file.read_text() for file in sorted(self.answers.iterdir())]

    def compare(self, block):
        real, told = json.loads(self.told()[-1]), json.loads(block.text)
        assert has_members(real, told), f"{block}\nreally:\n{json.dumps(real, indent=1)}"

    def close(self):
        for process in self.background:
            end_process(process, grace=2.0)


def is_refusal(answer):
    """A problem document; or one within the headers that curl -i shows."""
    text = answer[answer.index("{"):] if "{" in answer else "{}"
    try:
        return json.loads(text).get("success") is False
    except json.JSONDecodeError:
        return False


@pytest.fixture
def shell(sample_server, tmp_path):
    made = Shell(sample_server, tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("document", with_blocks("run"), ids=repr)
def test_commands(document, shell):
    for block in document.blocks():
        if block.run:
            shell.run(block)
        elif block.background:
            shell.start(block)
        elif block.answers:
            shell.compare(block)


@pytest.mark.parametrize("document", with_blocks("source"), ids=repr)
def test_excerpts(document):
    for block in document.blocks():
        if block.source:
            file = document.path.parent / block.source[1]
            assert contains_lines(file.read_text(encoding="utf-8"), block.text), block


@pytest.mark.parametrize("document", DOCUMENTS, ids=repr)
def test_links(document):
    for link in document.links():
        target = target_of(document, link)
        if not target:
            continue
        path, anchor = target
        assert is_inside(path), f"{link} leads out of the project"
        assert path.exists(), f"{link}: there is no {path}"
        if anchor:
            assert anchor in Document(path).anchors(), f"{link}: {path.name} has no such heading"


def test_every_document_is_in_the_index():
    index = Document(ROOT / "docs" / "README.md")
    linked = {target[0] for link in index.links() if (target := target_of(index, link))}
    assert set((ROOT / "docs").glob("*.md")) - linked - {index.path} == set()


def help_of(*command):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PORTMANAGER_")}
    return subprocess.run([binary(), *command, "--help"], env=environment, timeout=20, check=True,
                          capture_output=True, text=True).stdout


def options_of(text):
    return set(re.findall(r"(?:^|[\s,])(--[a-z][a-z-]*)", text))


@pytest.fixture(scope="module")
def options():
    """Of the program and all its commands."""
    general = help_of()
    commands = re.findall(r"^  ([a-z][a-z-]*)  ", general, re.MULTILINE)
    assert "serve" in commands
    return options_of(general).union(*(options_of(help_of(command)) for command in commands))


@pytest.mark.parametrize("document", DOCUMENTS, ids=repr)
def test_options_exist(document, options):
    assert document.options() - options - FOREIGN_OPTIONS == set()


def options_of_serve():
    """{flag: (environment variable, default)} as the help tells it."""
    text = " ".join(help_of("serve").split("Options", 1)[1].split())
    found = re.findall(r"(--[a-z][a-z-]*)([^\[(]*.*?)[\[(](?:Env:)?(PORTMANAGER_[A-Z_]+)[\])]", text)
    defaults = {flag: re.search(r"\(default ([^)]*)\)|=(\S+) (?:\.\.\. )?$", about) for flag, about, _ in found}
    told = {flag: (default[1] or default[2]).strip("[]").replace(", ", ",") if default else "" for flag, default in
            defaults.items()}
    return {flag: (variable, told[flag] or "none") for flag, _, variable in found}


def test_table_of_options():
    """In the README each has its flag, environment variable and default."""
    table = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(--[a-z-]+)` \| `(PORTMANAGER_[A-Z_]+)` \| `?([^|`]+?)`? \|", table,
                      re.MULTILINE)
    offered = options_of_serve()
    assert len(rows) > 20
    for flag, variable, default in rows:
        assert offered[flag] == (variable, default), flag
