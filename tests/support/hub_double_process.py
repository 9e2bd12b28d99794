"""Runs hub_double.py for tests in Python, and talks to it."""

import json
import pathlib
import re
import selectors
import signal
import subprocess
import urllib.request

PROGRAM = pathlib.Path(__file__).with_name("hub_double.py")
PATIENCE = 30
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class HubDouble:
    """A running hub_double.py. `log`: a file that keeps the calls."""

    def __init__(self, *options):
        self.process = subprocess.Popen([str(PROGRAM), *map(str, options)], stdout=subprocess.PIPE,
                                        stdin=subprocess.DEVNULL, start_new_session=True)
        line = self.first_line()
        found = re.match(r"listening on (http://127\.0\.0\.1:(\d+)), control on (\S+)$", line)
        assert found, f"it said {line!r}"
        self.url, self.port, self.control = found[1], int(found[2]), found[3]
        self.seen, self.next = [], 0

    def first_line(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(PATIENCE), "it said nothing in time"
        return self.process.stdout.readline().decode().strip()

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with DIRECT.open(urllib.request.Request(self.control + path, data), timeout=PATIENCE) as answer:
            return json.load(answer)

    def tell(self, mode, **orders):
        assert self.ask("/_mode", {"mode": mode, **orders})["success"]

    def calls(self, path=None):
        """All calls so far, or those to the path, oldest first."""
        more = self.ask(f"/_calls?since={self.next}")
        self.seen += more["calls"]
        self.next = more["next"]
        return [call for call in self.seen if path is None or call["path"] == path]

    def bodies(self, path):
        return [call["body"] for call in self.calls(path)]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def close(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        self.process.stdout.close()
