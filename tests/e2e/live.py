"""A live client of Python's websockets, on a thread of its own."""

import asyncio
import json
import threading

import websockets

from harness import Server, wait_until

CROWD = 250


def move_crowd(server, ports, turn):
    """One commit that gives 250 services another port than in the turn before."""
    config = server.get("/api/ports/export").json()
    config["port_assignments"] |= {f"crowd-{number}": ports[120 + (number + turn) % CROWD]
                                   for number in range(CROWD)}
    server.ok("POST", "/api/ports/import", config)


def port_changes_after(server, revision):
    """Every change of a port that was committed after the revision, in order, by the database."""
    return [tuple(row) for row in server.sql(
        "SELECT revision, service_id, old_port, new_port FROM port_history WHERE revision > ? "
        "AND action <> 'move_failed' AND old_port IS NOT new_port ORDER BY history_id", revision)]


def as_told(messages):
    """The port changes among messages, as port_changes_after() has them."""
    return [(each["revision"], each["service_id"], each["old_port"], each["new_port"])
            for each in messages if each["type"] == "port_change"]


class LiveClient:
    """Connects and keeps every message, parsed, in `messages`."""

    def __init__(self, server, query="", **options):
        self.url = f"ws://127.0.0.1:{server.port}/ws/updates{query}"
        self.options = options
        self.messages = []
        self.close_code = None
        self.close_reason = None
        self.socket = None
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        wait_until(lambda: self.messages or not self.thread.is_alive(), "the first message")
        assert self.messages and self.messages[0]["type"] == "connected", self.close_code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
        for message in self.messages:
            Server.contract.check_message(message)

    def _run(self):
        self.loop.run_until_complete(self._listen())

    async def _listen(self):
        async with websockets.connect(self.url, max_size=None, max_queue=None,
                                      **self.options) as self.socket:
            try:
                async for message in self.socket:
                    self.messages.append(json.loads(message))
            except websockets.ConnectionClosed:
                pass
        self.close_code = self.socket.close_code
        self.close_reason = self.socket.close_reason

    @property
    def hello(self):
        return self.messages[0]

    def send(self, message):
        text = message if isinstance(message, (str, bytes)) else json.dumps(message)
        asyncio.run_coroutine_threadsafe(self.socket.send(text), self.loop).result(20)

    def of_type(self, *types):
        return [each for each in list(self.messages) if each["type"] in types]

    def wait(self, kind, **members):
        """The first message of that type with those members."""
        def found():
            return next((each for each in self.of_type(kind)
                         if all(each.get(key) == value for key, value in members.items())), None)
        return wait_until(found, f"a {kind} with {members}; there are {self.messages[-5:]}")

    def ask(self, message, answer):
        """Sends, and waits for one more answer of that type."""
        before = len(self.of_type(answer))
        self.send(message)
        wait_until(lambda: len(self.of_type(answer)) > before, f"the {answer}")
        return self.of_type(answer)[-1]

    def told(self):
        """What it was told of changes, in order, once everything sent so far has come."""
        self.ask({"type": "ping"}, "pong")
        return self.of_type("port_change", "conflicts_detected", "conflict_resolved",
                            "service_status")

    def closed(self):
        """The close code, once the connection is over."""
        self.thread.join(30)
        assert not self.thread.is_alive(), "the connection lives"
        return self.close_code

    def close(self):
        if self.thread.is_alive() and self.socket:
            asyncio.run_coroutine_threadsafe(self.socket.close(), self.loop)
            self.thread.join(20)
