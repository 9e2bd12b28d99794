"""Where the test double listens, and how it moves; suite_service.py says in which modes."""

import http.server
import os
import socket
import socketserver
import sys
import threading

MODES = ("none", "refuse", "http_error", "not_json", "stale", "timeout", "never_up", "vanish",
         "slow", "imposter", "hold_old_port", "unhealthy", "no_identity", "silent")
MOVE_DELAY = 0.02
SLOW_MOVE_DELAY = 2.0


class Listener(http.server.ThreadingHTTPServer):
    """One listening socket with the thread that serves it. SO_REUSEADDR comes with HTTPServer."""

    request_queue_size = 128
    block_on_close = False

    def __init__(self, service, port, handler):
        self.service = service
        self.address_family = socket.AF_INET6 if ":" in service.address else socket.AF_INET
        super().__init__((service.address, port), handler)

    def server_bind(self):
        if self.service.reuse_port:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        # HTTPServer's own asks the resolver for the host's name, which can take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def start(self):
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()


class Service:
    """What the service is: its port or ports, its mode, the calls it has seen.

    Everything is guarded by `lock`; handlers run on many threads.
    """

    def __init__(self, service_id, mode, state_file, handler, address="127.0.0.1",
                 reuse_port=False):
        self.service_id = service_id
        self.address = address
        self.reuse_port = reuse_port
        self.state_file = state_file
        self.handler = handler
        self.lock = threading.RLock()
        self.mode_changed = threading.Condition(self.lock)
        self.mode = mode
        self.port = 0
        self.listeners = {}
        self.calls = []
        self.home = None  # the port before a misbehaving move
        self.masked = False
        self.pending = None

    def saved_port(self):
        if self.state_file and self.state_file.exists():
            return int(self.state_file.read_text(encoding="ascii"))
        return None

    def save_port(self):
        if self.state_file:
            temporary = self.state_file.with_name(f"{self.state_file.name}.{os.getpid()}.tmp")
            temporary.write_text(f"{self.port}\n", encoding="ascii")
            temporary.replace(self.state_file)

    def open(self, port):
        """Listens on the port, unless it does already, and makes it the current one."""
        with self.lock:
            fresh = port not in self.listeners
            if fresh:
                listener = Listener(self, port, self.handler)
                port = listener.server_port
                self.listeners[port] = listener
            self.port = port
            self.save_port()
            if fresh:
                self.listeners[port].start()
            print(f"listening on http://127.0.0.1:{port}", flush=True)

    def close_all_but(self, kept):
        with self.lock:
            for port in [port for port in self.listeners if port != kept]:
                self.listeners.pop(port).stop()

    def set_mode(self, mode):
        with self.lock:
            self.mode = mode
            if mode != "hold_old_port":
                self.close_all_but(self.port)
            self.mode_changed.notify_all()

    def later(self, delay, action, *arguments):
        """A timer for the action, which takes the place of one that has not run yet.

        It is made before the request is answered and started after, so that requests count in the
        order in which their answers go out.
        """
        with self.lock:
            self.cancel_pending()
            self.pending = threading.Timer(delay, self.run_pending, (action, arguments))
            self.pending.daemon = True
            return self.pending

    def run_pending(self, action, arguments):
        with self.lock:
            if self.pending is not threading.current_thread():
                return  # replaced while it waited for the lock
            self.pending = None
            action(*arguments)

    def cancel_pending(self):
        if self.pending:
            self.pending.cancel()
            self.pending = None

    def plan_move(self, new_port):
        """The timer of what follows a yes, by the mode at this moment; None for nothing."""
        with self.lock:
            mode = self.mode
            if new_port == self.port:
                self.cancel_pending()
                return None
            if mode == "never_up":
                return None
            if mode == "vanish":
                return self.later(MOVE_DELAY, self.close_all_but, None)
            return self.later(SLOW_MOVE_DELAY if mode == "slow" else MOVE_DELAY,
                              self.move, new_port, mode)

    def move(self, new_port, mode):
        came_from = self.port
        homeward = new_port == self.home
        try:
            self.open(new_port)
        except OSError as error:
            print(f"staying on {came_from}: port {new_port}: {error}", file=sys.stderr, flush=True)
            return
        misbehaves = mode in ("imposter", "hold_old_port") and not homeward
        self.home = came_from if misbehaves else None
        self.masked = misbehaves and mode == "imposter"
        if not (misbehaves and mode == "hold_old_port"):
            self.close_all_but(new_port)

    def restart(self):
        port = self.port
        self.close_all_but(None)
        self.open(port)

    def wait_while(self, mode):
        """Until the mode is another one."""
        with self.mode_changed:
            self.mode_changed.wait_for(lambda: self.mode != mode)

    def health(self):
        with self.lock:
            name = "somebody-else" if self.masked else self.service_id
            answer = {"status": "healthy", "service_id": name, "service": name, "port": self.port}
            if self.mode == "no_identity":
                del answer["service_id"], answer["service"]
            if self.mode == "unhealthy":
                return 503, answer | {"status": "unhealthy"}
            return 200, answer
