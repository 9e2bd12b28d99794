"""A network namespace of a test's own."""

import concurrent.futures
import ctypes
import subprocess

import pytest

from harness import end_process

CLONE_NEWNET = 0x40000000


class Namespace:
    """A network namespace of its own, with a loopback device; it lives as long as its process."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec sleep 600"],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True)
        if self.process.stdout.readline() != b"up\n":
            reason = self.process.stderr.read().decode()
            self.close()
            pytest.skip(f"no network namespaces here: {reason}")
        self.path = f"/proc/{self.process.pid}/ns/net"
        self.prefix = ["nsenter", f"--net={self.path}"]
        self.pool = concurrent.futures.ThreadPoolExecutor(1, initializer=self.enter)

    def enter(self):
        """The sockets and settings that this thread meets from now on are the namespace's."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open(self.path, encoding="ascii") as namespace:
            if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def run(self, work):
        return self.pool.submit(work).result()

    def close(self):
        if hasattr(self, "pool"):
            self.pool.shutdown()
        end_process(self.process, grace=2.0)
        self.process.stdout.close()
        self.process.stderr.close()
