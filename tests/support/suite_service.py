#!/usr/bin/python3
"""A service of the suite, as a real process: the test double behind the move and scan tests.

It keeps the contract of a service (GET /health, POST /api/config/update-port, POST
/api/admin/restart) on 127.0.0.1, and really moves: it opens the new listener and closes the old
one shortly after it has answered. `listening on http://127.0.0.1:PORT` is printed when it is up
and again after each move. SIGTERM ends it at once with status 0.

    suite_service.py --service-id ID --port N [--misbehave MODE] [--state FILE]
                     [--address ADDRESS] [--reuse-port]

For tests: GET /_calls lists the requests of the contract seen so far, oldest first, each with
method, path, port (which listener), body (text) and time (epoch seconds).
POST /_misbehave {"mode": MODE} changes the mode. Modes, where `none` is a good service:

    refuse         update-port answers 200 with success false
    http_error     update-port answers 500
    not_json       update-port answers 200 with something else than JSON
    stale          update-port answers success as the string "true", and does not move
    timeout        update-port is not answered; a change of mode drops the callers, without a move
    never_up       says yes and stays where it is
    vanish         says yes, closes its port and opens no other
    slow           says yes and moves after 2 s
    imposter       moves; /health on the new port names another service
    hold_old_port  moves and keeps the old listener; a change of mode lets it go
    unhealthy      /health answers 503
    no_identity    /health without service_id and service
    silent         /health is not answered; a change of mode drops the callers

Sent back to the port it came from, it does so in every mode that says yes, and is itself again. A
new_port that is the current one cancels a move that has not happened yet. old_port has to be a
port, not the current one: a service that never came up must be able to be told to go back.

With --state FILE the port is kept in the file, replaced atomically before the new port answers; a
later start with the file begins there instead of at --port.
"""

import argparse
import http.server
import json
import os
import pathlib
import signal
import sys
import time

from moving_service import MODES, MOVE_DELAY, Service
from update_request import BadRequest, json_object, new_port_of

ENDINGS = (signal.SIGTERM, signal.SIGINT)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        pass

    def do_GET(self):
        service = self.server.service
        if self.path == "/_calls":
            self.answer(200, list(service.calls))
            return
        self.record("")
        if self.path == "/health" and service.mode == "silent":
            service.wait_while("silent")
            self.close_connection = True
        elif self.path == "/health":
            self.answer(*service.health())
        else:
            self.not_found()

    def do_POST(self):
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        service = self.server.service
        try:
            if self.path == "/_misbehave":
                mode = json_object(text).get("mode")
                if mode not in MODES:
                    raise BadRequest(f"mode must be one of {', '.join(MODES)}")
                service.set_mode(mode)
                self.answer(200, {"success": True, "mode": mode})
                return
            self.record(text)
            if self.path == "/api/config/update-port":
                self.update_port(text)
            elif self.path == "/api/admin/restart":
                self.say_yes(service.later(MOVE_DELAY, service.restart), "restarting")
            else:
                self.not_found()
        except BadRequest as error:
            self.answer(400, {"success": False, "message": str(error)})

    def update_port(self, text):
        service = self.server.service
        if self.headers.get_content_type() != "application/json":
            raise BadRequest("Content-Type must be application/json")
        new_port = new_port_of(text)
        mode = service.mode
        if mode == "timeout":
            service.wait_while("timeout")
            self.close_connection = True
            return
        if mode == "refuse":
            self.answer(200, {"success": False, "message": "not now", "restart_required": False})
        elif mode == "http_error":
            self.answer(500, {"success": False, "message": "broken"})
        elif mode == "not_json":
            self.send(200, "text/html", b"<html>It works!</html>")
        elif mode == "stale":
            self.answer(200, {"success": "true", "message": "moved", "restart_required": False})
        else:
            self.say_yes(service.plan_move(new_port), f"moving to port {new_port}")

    def say_yes(self, timer, message):
        self.answer(200, {"success": True, "message": message, "restart_required": False})
        if timer:
            timer.start()

    def not_found(self):
        self.answer(404, {"success": False, "message": f"no {self.path} here"})

    def record(self, text):
        service = self.server.service
        with service.lock:
            service.calls.append({"method": self.command, "path": self.path, "body": text,
                                  "port": self.server.server_port, "time": time.time()})

    def answer(self, status, value):
        self.send(status, "application/json", json.dumps(value).encode())

    def send(self, status, content_type, body):
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def main():
    # Blocked in every thread and waited for: a handler would not run before the main thread wakes.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    parser = argparse.ArgumentParser(description="A service of the suite, for tests.")
    parser.add_argument("--service-id", required=True)
    parser.add_argument("--port", type=int, required=True, help="0: a free one")
    parser.add_argument("--misbehave", choices=MODES, default="none", metavar="MODE")
    parser.add_argument("--state", type=pathlib.Path, metavar="FILE", help="keeps the port over restarts")
    parser.add_argument("--address", default="127.0.0.1", help="where it listens")
    parser.add_argument("--reuse-port", action="store_true", help="with SO_REUSEPORT")
    options = parser.parse_args()
    service = Service(options.service_id, options.misbehave, options.state, Handler,
                      options.address, options.reuse_port)
    port = service.saved_port() or options.port
    try:
        service.open(port)
    except OSError as error:
        sys.exit(f"port {port}: {error}")
    signal.sigwait(ENDINGS)
    os._exit(0)


if __name__ == "__main__":
    main()
