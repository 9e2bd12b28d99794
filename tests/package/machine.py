"""A Debian machine with systemd in namespaces of its own, and the root that it is made from."""

import contextlib
import hashlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = pathlib.Path(os.environ.get("PORTMANAGER_TEST_CACHE", ROOT / "build" / "cache"))
MIRROR = "http://deb.debian.org/debian"
# curl and sqlite3 are what an administrator and an auditor use.
INCLUDED = ["systemd", "systemd-sysv", "dbus", "sqlite3", "curl", "ca-certificates"]
DEADLINE = 60.0


def run(*command, check=True, **options):
    """The finished process, with what it printed; both streams are one."""
    done = subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False,
                          **{"timeout": 600, "stdin": subprocess.DEVNULL} | options)
    assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}"
    return done


def wait_until(condition, what, deadline=DEADLINE):
    ends = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < ends, f"waited {deadline} s for {what}"
        select.select([], [], [], 0.05)


def cannot_boot():
    """Why this machine boots none, or ""."""
    if os.geteuid() != 0:
        return "booting a machine needs root"
    if not shutil.which("debootstrap"):
        return "debootstrap is not installed"
    tried = run("unshare", "--mount", "--pid", "--cgroup", "--net", "--ipc", "--uts", "--fork",
                "sh", "-c", "mount -t tmpfs tmpfs /mnt && mkdir /mnt/groups && "
                "mount -t cgroup2 cgroup2 /mnt/groups", check=False)
    return "" if tried.returncode == 0 else f"namespaces are not permitted here: {tried.stdout}"


def clean_root(deb):
    """A Debian 12 that has never seen the package, with the packages that it depends on at hand for
    apt, which has no network in a machine. Made once, and kept."""
    depends = run("dpkg-deb", "-f", deb, "Depends").stdout.strip()
    key = hashlib.sha256(json.dumps([INCLUDED, depends]).encode()).hexdigest()[:12]
    root = CACHE / f"debian-12-{key}"
    if root.exists():
        return root
    made = CACHE / f"debian-12-{key}.part"
    shutil.rmtree(made, ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    run("debootstrap", "--variant=minbase", f"--include={','.join(INCLUDED)}", "bookworm", made,
        MIRROR, timeout=1200)
    (made / "etc/apt/sources.list").write_text(
        f"deb {MIRROR} bookworm main\ndeb {MIRROR} bookworm-updates main\n"
        "deb http://deb.debian.org/debian-security bookworm-security main\n", encoding="utf-8")
    shutil.copy("/etc/resolv.conf", made / "etc/resolv.conf")
    shutil.copy(deb, made / "root/new.deb")
    run("chroot", made, "sh", "-c", "apt-get update && apt-get install -y --no-install-recommends "
        "--download-only -o APT::Keep-Downloaded-Packages=1 /root/new.deb && rm /root/new.deb")
    made.rename(root)
    return root


class Machine:
    """Boots a copy of the root. Commands run inside as root; it has no network but its own lo."""

    def __init__(self, root, folder):
        self.root = pathlib.Path(folder) / "machine"
        run("cp", "-a", "--reflink=auto", root, self.root)
        # Nobody sits at its console.
        for unit in ("console-getty.service", "getty.target", "systemd-logind.service"):
            with contextlib.suppress(FileExistsError):
                (self.root / "etc/systemd/system" / unit).symlink_to("/dev/null")
        self.process = subprocess.Popen([HERE / "boot_machine", self.root], stdout=subprocess.PIPE,
                                        text=True, start_new_session=True)
        try:
            self.pid = int(self.process.stdout.readline().split()[1])
            wait_until(lambda: self.run("systemctl", "is-system-running", check=False).stdout.strip()
                       in ("running", "degraded"), "the machine to boot")
        except BaseException:
            self.close()
            raise

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.process.stdout.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def inside(self, *command):
        """The command line that runs a command in the machine."""
        return ["nsenter", "-t", str(self.pid), "-m", "-p", "-C", "-n", "-i", "-u", "-r", "-w",
                "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive",
                *[str(part) for part in command]]

    def run(self, *command, check=True, **options):
        return run(*self.inside(*command), check=check, **options)

    def put(self, source, name):
        shutil.copy(source, self.root / "root" / name)
        return f"/root/{name}"

    def install(self, deb):
        """As an administrator does it; with what apt has at hand."""
        return self.run("apt-get", "install", "-y", "--no-install-recommends",
                        self.put(deb, "install.deb"))

    def property(self, name, unit="portmanager"):
        return self.run("systemctl", "show", "--value", "--property", name, unit).stdout.strip()

    def is_active(self, unit="portmanager"):
        return self.property("ActiveState", unit) == "active"

    def main_pid(self):
        return int(self.property("MainPID"))

    def status_of(self, pid):
        """/proc/PID/status, as a dictionary."""
        lines = self.run("cat", f"/proc/{pid}/status").stdout.splitlines()
        return {line.split(":")[0]: line.split(":", 1)[1].strip() for line in lines}

    def configure(self, unit, name, text):
        """A drop-in, and what makes it count."""
        folder = self.root / "etc/systemd/system" / f"{unit}.d"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.conf").write_text(text, encoding="utf-8")
        self.run("systemctl", "daemon-reload")

    def unconfigure(self, unit, name):
        (self.root / "etc/systemd/system" / f"{unit}.d" / f"{name}.conf").unlink()
        self.run("systemctl", "daemon-reload")

    def api(self, method, path, body=None, check=True):
        """The JSON of a call over HTTP; None when nobody answers and that is permitted."""
        data = ["-H", "Content-Type: application/json", "-d", json.dumps(body)] if body else []
        done = self.run("curl", "-sS", "-m", "20", "-X", method, *data,
                        f"http://127.0.0.1:8100{path}", check=check)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def serves(self):
        answer = self.api("GET", "/health", check=False)
        return answer is not None and answer["status"] == "healthy"

    def journal(self):
        return self.run("journalctl", "--no-pager", "-u", "portmanager").stdout
