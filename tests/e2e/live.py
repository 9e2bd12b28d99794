"""A live client of Python's websockets, on a thread of its own."""

import asyncio
import json
import threading

import websockets

from harness import Server, wait_until


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
