"""What the tests use of npm, and processes of node that they drive by lines of JSON."""

import fcntl
import json
import pathlib
import shutil
import subprocess
import tempfile
import threading

import pytest

from harness import SUPPORT, end_process, wait_until

NPM = SUPPORT / "npm"


def is_installed(name, version):
    try:
        manifest = (NPM / "node_modules" / name / "package.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return json.loads(manifest)["version"] == version


def need_npm_packages():
    """Installs those of tests/support/npm, or skips the test where they cannot be had."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    wanted = json.loads((NPM / "package.json").read_text(encoding="utf-8"))["dependencies"]
    # One at a time: tests that run side by side come here together.
    with open(pathlib.Path(tempfile.gettempdir()) / "portmanager-e2e-npm.lock", "w",
              encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if all(is_installed(name, version) for name, version in wanted.items()):
            return
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NPM, timeout=120,
                              capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"npm ci failed: {done.stderr.strip()[-200:]}")


class NodeClient:
    """A script of tests/support/npm that takes commands and tells of events, a line of JSON each."""

    def __init__(self, script, *arguments):
        self.events = []
        self.process = subprocess.Popen(["node", script, *arguments], cwd=NPM, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        start_new_session=True)
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _listen(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def do(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def of(self, name):
        return [each for each in list(self.events) if each["event"] == name]

    def wait(self, name, count=1):
        """The newest event of that name, once there are so many."""
        def happened():
            found = self.of(name)
            assert len(found) >= count or self.thread.is_alive(), self.events[-5:]
            return found[-1] if len(found) >= count else None
        return wait_until(happened, f"{count} x {name}; there were {self.events[-5:]}")

    def messages(self, *types):
        """What the server has said, parsed; of these types, or all."""
        parsed = [json.loads(each["data"]) for each in self.of("message")]
        return [each for each in parsed if not types or each["type"] in types]

    def wait_message(self, kind, **members):
        """The first message of that type with those members."""
        def found():
            return next((each for each in self.messages(kind)
                         if all(each.get(key) == value for key, value in members.items())), None)
        return wait_until(found, f"a {kind} with {members}; there were {self.events[-5:]}")

    def close(self):
        self.process.stdin.close()
        end_process(self.process)
        self.thread.join(10)
        self.process.stdout.close()
