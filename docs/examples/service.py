"""A service that the Port Manager can move: service.py SERVICE_ID

Python 3.9 or later, standard library alone. PORT_MANAGER is the Port Manager's address.
"""

import http.server
import json
import os
import pathlib
import sys
import threading
import urllib.request

PORT_MANAGER = os.environ.get("PORT_MANAGER", "http://127.0.0.1:8100")


def own_port(service_id):
    """The port that the Port Manager has for this service; the last one when it cannot be asked."""
    known = pathlib.Path(f"{service_id}.port")
    try:
        request = urllib.request.Request(
            f"{PORT_MANAGER}/api/ports/assign", json.dumps({"service_id": service_id}).encode(),
            {"Content-Type": "application/json", "X-Actor": service_id})
        with urllib.request.urlopen(request, timeout=5) as answer:
            port = json.load(answer)["port"]
        known.write_text(str(port))
    except OSError as error:
        if not known.exists():
            sys.exit(f"no port for {service_id}: {error}")
        port = int(known.read_text())
    return port


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            self.answer(200, {"status": "healthy", "service_id": self.server.service.service_id})
        else:
            self.answer(404, {"message": "not found"})

    def do_POST(self):
        service = self.server.service
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/api/config/update-port":
            self.answer(*service.update_port(body))
        elif self.path == "/api/admin/restart":
            self.answer(200, {"success": True, "message": "restarting"})
            # Whoever supervises the service, such as systemd with Restart=always, starts it again.
            threading.Thread(target=service.stop).start()
        else:
            self.answer(404, {"message": "not found"})

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class Service:
    def __init__(self, service_id):
        self.service_id = service_id
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.server = self.listen(own_port(service_id))

    def listen(self, port):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        server.daemon_threads = True
        server.service = self
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def update_port(self, body):
        """Listens on the new port first, says yes then, and lets the old one go."""
        try:
            port = json.loads(body)["new_port"]
        except (ValueError, KeyError, TypeError):
            return 422, {"success": False, "message": "new_port is missing"}
        if not isinstance(port, int) or not 1024 <= port <= 65535:
            return 400, {"success": False, "message": f"{port} is no port to serve on"}
        with self.lock:
            if port != self.server.server_port:
                try:
                    new = self.listen(port)
                except OSError as error:
                    return 200, {"success": False, "message": str(error)}
                threading.Thread(target=self.let_go, args=[self.server]).start()
                self.server = new
        return 200, {"success": True, "message": f"moving to port {port}", "restart_required": False}

    @staticmethod
    def let_go(server):
        server.shutdown()
        server.server_close()

    def stop(self):
        self.let_go(self.server)
        self.stopped.set()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    Service(sys.argv[1]).stopped.wait()
