"""Ports for tests: free ones, and those that only one test at a time may have."""

import contextlib
import fcntl
import pathlib
import random
import socket
import tempfile

from waiting import wait_until


def is_free(port):
    """Nobody has the port, on any address of this machine, v4 or v6."""
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
                probe.listen(1)
        except OSError:
            if family == socket.AF_INET or port_has_listener(port):
                return False
    return True


def port_has_listener(port):
    for address in ("127.0.0.1", "::1"):
        with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=1):
            return True
    return False


def port_lock(name):
    """A lock file on this machine for ports that tests share, not locked yet."""
    folder = pathlib.Path(tempfile.gettempdir()) / "portmanager-e2e-ports"
    folder.mkdir(exist_ok=True)
    return open(folder / str(name), "w", encoding="ascii")


def is_locked_now(lock):
    """Locks it, unless somebody else has."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def product_ports():
    """The ports of the product, 8000-9000: for one test at a time on this machine."""
    with port_lock("product") as lock:
        wait_until(lambda: is_locked_now(lock), "the ports of the product", deadline=600)
        yield


class PortBlock:
    """400 neighbouring ports below the ephemeral range, all free now and locked against other test
    runs on this machine for as long as this process lives."""

    SIZE = 400

    def __init__(self):
        blocks = list(range(10000, 30000, self.SIZE))
        random.shuffle(blocks)
        for low in blocks:
            lock = port_lock(low)
            if is_locked_now(lock) and all(is_free(port) for port in range(low, low + self.SIZE)):
                self.lock, self.low, self.high = lock, low, low + self.SIZE - 1
                return
            lock.close()
        raise RuntimeError("no block of free ports below the ephemeral range")

    def __getitem__(self, offset):
        assert 0 <= offset < self.SIZE, offset
        return self.low + offset

    @property
    def range(self):
        return f"{self.low}-{self.high}"

    def close(self):
        self.lock.close()


@contextlib.contextmanager
def squatter(port, address="127.0.0.1"):
    """A foreign listener on the port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(8)
        yield listener
