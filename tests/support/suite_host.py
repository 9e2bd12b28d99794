#!/usr/bin/python3
"""Many services of the suite in one light process: what a big suite is made of in a test.

    suite_host.py ID=PORT...

Each service keeps the contract (GET /health, POST /api/config/update-port) on 127.0.0.1 and really
moves. Its health also says how many update-port requests it has had: `updates`. `ready` is printed
when all of them listen; SIGTERM ends the process.
"""

import asyncio
import json
import sys

from update_request import BadRequest, new_port_of

MOVE_DELAY = 0.02


class Service:
    def __init__(self, service_id, port):
        self.service_id = service_id
        self.port = port
        self.updates = 0
        self.server = None
        self.move = None

    async def open(self, port):
        server = await asyncio.start_server(self.serve, "127.0.0.1", port, backlog=64)
        self.server, self.port = server, port

    async def move_to(self, port):
        await asyncio.sleep(MOVE_DELAY)
        old = self.server
        try:
            await self.open(port)
        except OSError as error:
            print(f"{self.service_id} stays on {self.port}: {error}", file=sys.stderr, flush=True)
            return
        old.close()

    async def serve(self, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, _ = head.split("\r\n", 1)[0].split(" ")
            length = next((int(line.split(":")[1]) for line in head.split("\r\n")
                           if line.lower().startswith("content-length:")), 0)
            body = (await reader.readexactly(length)).decode()
            status, answer = self.answer(method, path, body)
            text = json.dumps(answer).encode()
            writer.write(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: "
                         f"{len(text)}\r\nConnection: close\r\n\r\n".encode() + text)
            await writer.drain()
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def answer(self, method, path, body):
        if (method, path) == ("GET", "/health"):
            return "200 OK", {"status": "healthy", "service_id": self.service_id,
                              "port": self.port, "updates": self.updates}
        if (method, path) != ("POST", "/api/config/update-port"):
            return "404 Not Found", {"success": False}
        self.updates += 1
        try:
            port = new_port_of(body)
        except BadRequest as error:
            return "400 Bad Request", {"success": False, "message": str(error)}
        if port != self.port:
            self.move = asyncio.ensure_future(self.move_to(port))
        return "200 OK", {"success": True, "message": "moving", "restart_required": False}


async def main():
    services = [Service(*entry.split("=")) for entry in sys.argv[1:]]
    for service in services:
        await service.open(int(service.port))
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
