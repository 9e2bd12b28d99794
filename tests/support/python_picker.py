#!/usr/bin/python3
"""Asks portpicker for ports, for tests/e2e/test_portpicker.py.

    python_picker.py LOW HIGH

A line on stdin, `portpicker PORT`, asks for one port; a line on stdout answers it: `portpicker` and
the port, or 0 when there was none. portpicker would ask the kernel for any port first and then try
random ones from 15000 to 24999; here it tries PORT first and then random ones from LOW to HIGH. How
it finds out whether one is free is its own.
"""

import random
import sys

import portpicker


class RandomInside:
    """Stands for the module `random`: the ports of `first`, then those from low to high."""

    def __init__(self, low, high):
        self.low, self.high = low, high
        self.first = []

    def Random(self):
        return self

    def randrange(self, _low, _high):
        return self.first.pop() if self.first else random.randrange(self.low, self.high + 1)


def main():
    low, high = (int(text) for text in sys.argv[1:])
    bind = portpicker.bind
    portpicker.bind = lambda port, *kind: bind(port, *kind) if port else None
    portpicker.random = RandomInside(low, high)
    for line in sys.stdin:
        portpicker.random.first = [int(line.split()[1])]
        portpicker._random_ports.clear()
        try:
            port = portpicker.pick_unused_port()
        except portpicker.NoFreePortFoundError:
            port = 0
        print(f"portpicker {port}", flush=True)


if __name__ == "__main__":
    main()
