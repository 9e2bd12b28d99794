"""The load of the crash test: threads that change the registry and write down what they were told.

Each service, and each port that is reserved, belongs to one thread. So what the registry may hold
after a crash is known exactly: what was acknowledged last, or what the one request that was under
way then would have made of it.
"""

import dataclasses
import http.client
import json
import threading

ANY = object()  # any port: an automatic choice that was under way
NO_CHANGE = (400, 404, 409, 502)


@dataclasses.dataclass
class Known:
    """What is known of one thing: `port` was acknowledged last; `maybe` is under way."""
    port: int | None = None
    maybe: list = dataclasses.field(default_factory=list)

    def allows(self, actual, valid_ports):
        return actual == self.port or actual in self.maybe or (
            ANY in self.maybe and actual in valid_ports)


class Acknowledged:
    """What every thread was told. Each thread touches its own entries only."""

    def __init__(self):
        self.services = {}
        self.reserved = {}
        self.lock = threading.Lock()
        self.assignment_requests = set()  # request ids of acknowledged changes of an assignment
        self.requests = set()             # of all acknowledged changes
        self.revision = 0
        self.count = 0

    def note(self, request_id, revision, of_assignment):
        with self.lock:
            self.count += 1
            self.requests.add(request_id)
            if of_assignment:
                self.assignment_requests.add(request_id)
            self.revision = max(self.revision, revision)


class Caller(threading.Thread):
    """Sends requests over one connection until the server is gone."""

    def __init__(self, server, acknowledged, name, random):
        super().__init__(name=name, daemon=True)
        self.port, self.acknowledged, self.random = server.port, acknowledged, random
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.sent = 0
        self.unexpected = None
        self.stopped = threading.Event()

    def run(self):
        try:
            while not self.stopped.is_set():
                self.step()
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            pass  # killed
        except BaseException as error:  # reported by the main thread
            self.unexpected = error
        finally:
            self.connection.close()

    def step(self):
        raise NotImplementedError

    def change(self, known, outcome, method, path, body, of_assignment=True):
        """One request that makes `outcome` of what is known. What it answers, None when refused."""
        self.sent += 1
        request_id = f"{self.name}-{self.port}-{self.sent}"
        known.maybe = [outcome]
        self.connection.request(method, path, json.dumps(body) if body is not None else None,
                                {"Content-Type": "application/json", "X-Actor": self.name,
                                 "X-Request-Id": request_id})
        answer = self.connection.getresponse()
        content = json.loads(answer.read())
        if answer.status == 200:
            known.port = content["port"] if outcome is ANY else outcome
            self.acknowledged.note(request_id, int(answer.getheader("X-Revision") or 0),
                                   of_assignment)
        elif answer.status not in NO_CHANGE:
            raise AssertionError(f"{method} {path} {body}: {answer.status} {content}")
        known.maybe = []
        return content if answer.status == 200 else None


class RegistryCaller(Caller):
    """Assigns, moves and releases services that do not run, on ports that others want too."""

    def __init__(self, server, acknowledged, name, random, ports):
        super().__init__(server, acknowledged, name, random)
        self.ports = ports
        self.own = [f"{name}-{number}" for number in range(6)]

    def step(self):
        service_id = self.random.choice(self.own)
        known = self.acknowledged.services.setdefault(service_id, Known())
        port = self.random.choice(self.ports)
        if known.port is None:
            if self.random.random() < 0.3:
                self.change(known, ANY, "POST", "/api/ports/assign", {"service_id": service_id})
            else:
                self.change(known, port, "POST", "/api/ports/assign",
                            {"service_id": service_id, "port": port})
        elif self.random.random() < 0.4:
            self.change(known, None, "POST", "/api/ports/release", {"service_id": service_id})
        elif port != known.port:
            self.change(known, port, "POST", "/api/ports/reassign",
                        {"service_id": service_id, "new_port": port})


class MoveCaller(Caller):
    """Sends one running service from port to port."""

    def __init__(self, server, acknowledged, name, random, service, ports):
        super().__init__(server, acknowledged, name, random)
        self.service, self.ports = service, ports

    def step(self):
        known = self.acknowledged.services.setdefault(self.service.service_id, Known())
        port = self.random.choice([port for port in self.ports if port != known.port])
        if known.port is None:
            self.change(known, self.service.port, "POST", "/api/services/register",
                        {"service_id": self.service.service_id, "port": self.service.port})
        else:
            self.change(known, port, "POST", "/api/ports/reassign",
                        {"service_id": self.service.service_id, "new_port": port})


class ReserveCaller(Caller):
    """Reserves ports of its own and gives them back."""

    def __init__(self, server, acknowledged, name, random, ports):
        super().__init__(server, acknowledged, name, random)
        self.ports = ports

    def step(self):
        port = self.random.choice(self.ports)
        known = self.acknowledged.reserved.setdefault(port, Known())
        if known.port is None:
            self.change(known, port, "POST", "/api/ports/reserve", {"port": port}, False)
        else:
            self.change(known, None, "DELETE", f"/api/ports/reserve/{port}", None, False)
