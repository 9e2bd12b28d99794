#!/usr/bin/python3
"""Hub or Ninja, as a real process: the test double that the Port Manager reports to.

It says yes to every call on 127.0.0.1, with {"success": true}, and writes each down in the order in
which they come. `listening on http://127.0.0.1:PORT, control on http://127.0.0.1:PORT` is printed
when it is up. SIGTERM ends it at once with status 0.

    hub_double.py [--port N] [--mode MODE] [--log FILE]

Modes, where `ok` is a good one:

    ok      200
    NNN     that status
    stall   no answer; a change of mode drops the callers
    close   no answer, the connection is closed
    garbage what comes back is not HTTP
    away    nobody listens on the port; any other mode brings it back

The control port stays, whatever the mode:

    POST /_mode {"mode": MODE, "paths": [PREFIX, ...], "chance": 0.3, "retry_after": SECONDS,
                 "delay": SECONDS}
        `paths`: the mode is for calls below them, the others get 200. `chance`: so many of the calls
        get the mode, the others 200. `retry_after`: a header of the answers. `delay`: before each
        answer of the mode. All but `mode` may be left out; what was set before is forgotten.
    GET /_calls?since=N
        {"calls": [...], "next": N}: the calls after the first N, each with n (from 1), time (epoch
        seconds), method, path, body (its JSON, else text), authorization and answered (the status;
        0: none).

With --log FILE each call is also a line of JSON there, written before it is answered.
"""

import argparse
import http.server
import json
import os
import pathlib
import random
import signal
import socketserver
import sys
import threading
import time
import urllib.parse

ENDINGS = (signal.SIGTERM, signal.SIGINT)
WORDS = ("ok", "stall", "close", "garbage", "away")


class BadRequest(Exception):
    """Its text says what is wrong with what the control port was told."""


def checked_mode(mode):
    if mode in WORDS or (isinstance(mode, str) and mode.isdigit() and 200 <= int(mode) <= 599):
        return mode
    raise BadRequest(f"mode must be a status or one of {', '.join(WORDS)}")


class Listener(http.server.ThreadingHTTPServer):
    """A listening socket and the thread that serves it. SO_REUSEADDR comes with HTTPServer."""

    request_queue_size = 256
    daemon_threads = True
    block_on_close = False

    def __init__(self, double, port, handler):
        self.double = double
        super().__init__(("127.0.0.1", port), handler)

    def server_bind(self):
        # HTTPServer's own asks the resolver for the host's name, which can take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address):
        pass  # a caller that went away

    def start(self):
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self):
        self.shutdown()
        self.server_close()


class Double:
    """What it was told to do and the calls that it has seen. Handlers run on many threads;
    everything is guarded by `changed`."""

    def __init__(self, log):
        self.changed = threading.Condition(threading.RLock())
        self.log = log
        self.calls = []
        self.orders = {"mode": "ok"}
        self.listener = None
        self.port = 0

    def open(self, port):
        with self.changed:
            if self.listener is None:
                self.listener = Listener(self, port, CallHandler)
                self.port = self.listener.server_port
                self.listener.start()

    def tell(self, orders):
        """Takes new orders. Who stalls is dropped."""
        checked_mode(orders.get("mode"))
        with self.changed:
            if orders["mode"] == "away" and self.listener:
                self.listener.stop()
                self.listener = None
            self.orders = orders
            self.changed.notify_all()
            if orders["mode"] != "away":
                self.open(self.port)

    def mode_for(self, path):
        with self.changed:
            orders = self.orders
        paths = orders.get("paths")
        if paths and not any(path.startswith(prefix) for prefix in paths):
            return "ok", {}
        if random.random() >= orders.get("chance", 1):
            return "ok", {}
        return orders["mode"], orders

    def record(self, handler, text, mode):
        try:
            body = json.loads(text) if text else None
        except ValueError:
            body = text
        status = 200 if mode == "ok" else int(mode) if mode.isdigit() else 0
        with self.changed:
            call = {"n": len(self.calls) + 1, "time": time.time(), "method": handler.command,
                    "path": handler.path, "body": body,
                    "authorization": handler.headers.get("Authorization"), "answered": status}
            self.calls.append(call)
            if self.log:
                self.log.write(json.dumps(call) + "\n")
                self.log.flush()

    def wait_for_orders(self, orders):
        with self.changed:
            self.changed.wait_for(lambda: self.orders is not orders)


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, format, *args):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

    def answer(self, status, value, headers=()):
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, content in headers:
            self.send_header(name, content)
        self.end_headers()
        self.wfile.write(text)


class CallHandler(Handler):
    """The calls of the Port Manager."""

    def do_GET(self):
        self.call()

    def do_POST(self):
        self.call()

    def call(self):
        double = self.server.double
        text = self.body()
        mode, orders = double.mode_for(self.path)
        if mode == "away":  # it came in just before
            return
        double.record(self, text, mode)
        if orders.get("delay"):
            time.sleep(orders["delay"])
        if mode == "stall":
            double.wait_for_orders(orders)
        elif mode == "garbage":
            self.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")
        elif mode != "close":
            status = 200 if mode == "ok" else int(mode)
            after = orders.get("retry_after")
            self.answer(status, {"success": status < 300, "services": []},
                        [("Retry-After", str(after))] if after is not None else [])


class ControlHandler(Handler):
    """What the tests say."""

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path != "/_calls":
            self.answer(404, {"success": False, "message": f"no {url.path} here"})
            return
        since = int(urllib.parse.parse_qs(url.query).get("since", ["0"])[0])
        double = self.server.double
        with double.changed:
            calls = double.calls[since:]
        self.answer(200, {"calls": calls, "next": since + len(calls)})

    def do_POST(self):
        text = self.body()
        if self.path != "/_mode":
            self.answer(404, {"success": False, "message": f"no {self.path} here"})
            return
        try:
            orders = json.loads(text)
            self.server.double.tell(orders)
            self.answer(200, {"success": True, "mode": orders["mode"]})
        except (BadRequest, ValueError, AttributeError) as error:
            self.answer(400, {"success": False, "message": str(error)})


def main():
    # Blocked in every thread and waited for: a handler would not run before the main thread wakes.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    parser = argparse.ArgumentParser(description="Hub or Ninja, for tests.")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--mode", default="ok")
    parser.add_argument("--log", type=pathlib.Path, metavar="FILE", help="a line of JSON per call")
    options = parser.parse_args()
    double = Double(open(options.log, "a", encoding="utf-8") if options.log else None)
    try:
        checked_mode(options.mode)
        double.open(options.port)
    except (OSError, BadRequest) as error:
        sys.exit(str(error))
    double.tell({"mode": options.mode})
    control = Listener(double, 0, ControlHandler).start()
    print(f"listening on http://127.0.0.1:{double.port}, "
          f"control on http://127.0.0.1:{control.server_port}", flush=True)
    signal.sigwait(ENDINGS)
    os._exit(0)


if __name__ == "__main__":
    main()
