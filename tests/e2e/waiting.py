"""Waiting for a condition, with a deadline."""

import threading
import time

DEADLINE = 30.0


def wait_until(condition, what, deadline=DEADLINE):
    """The first true value of the condition; fails with `what` when it stays false."""
    ends = time.monotonic() + deadline
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < ends, f"waited {deadline} s for {what}"
        pause.wait(0.01)
