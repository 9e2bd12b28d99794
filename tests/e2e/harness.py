"""What the end-to-end tests stand on: the real server, real suite services, raw sockets, SQL.

Nothing here sleeps for a fixed time: everything waits on a condition with a deadline.
"""

import contextlib
import json
import os
import pathlib
import re
import select
import signal
import sqlite3
import subprocess
import time

import requests

from contract import Contract
# The tests take these from here too.
from port_block import PortBlock, is_free, port_has_listener, product_ports, squatter
from waiting import DEADLINE, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "config" / "port_config.json"
SUPPORT = ROOT / "tests" / "support"
SUITE_SERVICE = SUPPORT / "suite_service.py"
PYTHON = "/usr/bin/python3"
SELF = "itechsmart-port-manager"

# Generous for services that behave, so that a slow machine is not a failure.
TIMEOUTS = {"update-timeout-ms": 10000, "health-timeout-ms": 5000, "restart-timeout-ms": 5000,
            "come-up-timeout-ms": 20000, "old-port-timeout-ms": 10000}
# What the server would do unasked is off unless a test is about it; nor does a port rest.
UNASKED = {"scan-interval-ms": 0, "health-interval-ms": 0, "cooldown-ms": 0}
# For services that do not: every one of these time-outs is waited out.
SHORT = {"update_timeout_ms": 1500, "health_timeout_ms": 1500, "come_up_timeout_ms": 2000,
         "old_port_timeout_ms": 1000}


def binary():
    return os.environ.get("PORTMANAGER_BIN", str(ROOT / "build" / "release" / "portmanager"))


# ---------------------------------------------------------------------------------------------
# Processes


def end_process(process, grace=5.0):
    """Stops the process and everything in its group, and returns the exit status."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait(10)


class Server:
    """One `portmanager serve` on a data directory. It can be stopped, killed and started again.

    Every answer is compared with the server's own OpenAPI document."""

    contract = None  # of the program: the first server that is started gives it

    LISTENING = re.compile(r"^listening on http://([^:/]+):(\d+)$")

    def __init__(self, data_dir, *args, env=None, port=0, prefix=(), pass_fds=()):
        """`prefix`: a command that runs the server, such as unshare(1); `pass_fds`: descriptors that
        it gets."""
        self.data_dir = pathlib.Path(data_dir)
        self.args = [str(arg) for arg in args]
        self.env = env or {}
        self.wanted_port = port
        self.prefix = list(prefix)
        self.pass_fds = tuple(pass_fds)
        self.log_path = self.data_dir.parent / f"{self.data_dir.name}.log"
        self.process = None
        self.host, self.port = "127.0.0.1", 0
        self.stdout = []

    def spawn(self, *extra, port=0):
        """Starts the process without waiting for it to serve."""
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith("PORTMANAGER_")}
        port = port if port is None else port or self.wanted_port
        command = [*self.prefix, binary(), "serve", "--host", "127.0.0.1", "--data-dir", str(self.data_dir),
                   *([] if port is None else ["--port", str(port)]), *self.args, *map(str, extra)]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log,
                                            stdin=subprocess.DEVNULL, text=True,
                                            start_new_session=True, pass_fds=self.pass_fds,
                                            env=environment | self.env)
        return self.process

    def start(self, *extra, deadline=DEADLINE):
        process = self.spawn(*extra)
        os.set_blocking(process.stdout.fileno(), False)
        self.stdout = []
        ends = time.monotonic() + deadline
        text = ""
        while "\n" not in text:
            ready, _, _ = select.select([process.stdout], [], [], max(0, ends - time.monotonic()))
            piece = process.stdout.read() if ready else None
            if not piece:
                status = process.poll()
                end_process(process)
                raise AssertionError(f"no `listening on` line, exit status {status}, printed "
                                     f"{text!r}, log:\n{self.log_tail()}")
            text += piece
        self.stdout = text.splitlines()
        found = self.LISTENING.match(self.stdout[0])
        assert found, f"first line on stdout: {self.stdout[0]!r}"
        self.host, self.port = found[1], int(found[2])
        if not Server.contract:
            Server.contract = Contract(self.get("/api/openapi.json", contract=False).json())
        return self

    def stop(self):
        """SIGTERM, as an operator does it. The exit status."""
        self.process.terminate()
        try:
            return self.process.wait(10)
        finally:
            self.close()

    def kill(self):
        """kill -9, at this moment."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        self.close()

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        if self.process:
            end_process(self.process)
            if self.process.stdout:
                self.process.stdout.close()

    def alive(self):
        return self.process.poll() is None

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def log_tail(self, lines=40):
        return "\n".join(self.log().splitlines()[-lines:])

    # -- requests -------------------------------------------------------------------------

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"

    def request(self, method, path, body=None, timeout=60, contract=True, **options):
        """`body` is sent as JSON; raw bytes go in `data`. A connection of its own each time."""
        if body is not None:
            options["json"] = body
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, self.url + path, timeout=timeout, **options)
        if contract:
            Server.contract.check(answer)
        return answer

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    def delete(self, path, body=None, **options):
        return self.request("DELETE", path, body, **options)

    def ok(self, method, path, body=None, **options):
        """The JSON of a call that must succeed."""
        return succeeded(self.request(method, path, body, **options))

    # -- short cuts -----------------------------------------------------------------------

    def assignments(self):
        return self.ok("GET", "/api/ports/assignments")["assignments"]

    def assign(self, service_id, port=None, **members):
        if port is not None:
            members["port"] = port
        return self.ok("POST", "/api/ports/assign", {"service_id": service_id, **members})

    def events(self, service_id):
        """What happened to the service, oldest first; the wire has the newest first."""
        return self.ok("GET", f"/api/ports/history/{service_id}")["events"][::-1]

    def conflicts(self):
        return self.ok("GET", "/api/ports/conflicts")["conflicts"]

    def revision(self):
        return int(self.get("/api/ports/assignments").headers["X-Revision"])

    # -- files ----------------------------------------------------------------------------

    @property
    def config_file(self):
        return self.data_dir / "port_config.json"

    def config(self):
        return json.loads(self.config_file.read_text(encoding="utf-8"))

    def wait_for_config(self, condition, what):
        """port_config.json follows the commits, coalesced: it is waited for."""
        def read():
            with contextlib.suppress(FileNotFoundError):
                content = self.config()
                return content if condition(content) else None
        return wait_until(read, f"port_config.json: {what}")

    @property
    def database(self):
        return self.data_dir / "portmanager.db"

    def sql(self, query, *parameters):
        with contextlib.closing(open_read_only(self.database)) as connection:
            return connection.execute(query, parameters).fetchall()


def open_read_only(database):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
    connection.row_factory = sqlite3.Row
    return connection


class SuiteService:
    """tests/support/suite_service.py as a process: a service that keeps the contract, or does not."""

    def __init__(self, service_id, port, folder, mode="none", address="127.0.0.1",
                 reuse_port=False):
        self.service_id = service_id
        self.state = pathlib.Path(folder) / f"{service_id}.port"
        self.log_path = pathlib.Path(folder) / f"{service_id}.log"
        self.first_port = port
        self.mode = mode
        self.address = address
        self.reuse_port = reuse_port
        self.host = f"[{address}]" if address == "::1" else "127.0.0.1"
        self.process = None

    def start(self):
        command = [PYTHON, str(SUITE_SERVICE), "--service-id", self.service_id, "--port",
                   str(self.first_port), "--misbehave", self.mode, "--state", str(self.state),
                   "--address", self.address, *(["--reuse-port"] if self.reuse_port else [])]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, start_new_session=True)
        self.wait_up()
        return self

    def wait_up(self):
        def up():
            assert self.process.poll() is None, self.log_path.read_text()
            with contextlib.suppress(requests.RequestException):
                return self.state.exists() and self.calls() is not None
            return False
        wait_until(up, f"{self.service_id} to come up")

    @property
    def port(self):
        """Where the service believes it is."""
        return int(self.state.read_text())

    def answers_on(self, port):
        """The service itself answers /health on the port."""
        with contextlib.suppress(requests.RequestException, ValueError), requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"http://{self.host}:{port}/health", timeout=5)
            return answer.json().get("service_id") == self.service_id
        return False

    def call(self, method, path, body=None):
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, f"http://{self.host}:{self.port}{path}", json=body,
                                     timeout=10)
            answer.raise_for_status()
            return answer.json()

    def misbehave(self, mode):
        self.call("POST", "/_misbehave", {"mode": mode})

    def calls(self):
        return self.call("GET", "/_calls")

    def updates(self):
        """The bodies of the update-port requests seen, oldest first."""
        return [json.loads(call["body"]) for call in self.calls()
                if call["path"] == "/api/config/update-port"]

    def close(self):
        if self.process:
            end_process(self.process, grace=2.0)


# ---------------------------------------------------------------------------------------------
# Answers


def describe(response):
    request = response.request
    sent = repr(request.body)
    sent = sent if len(sent) < 500 else f"{sent[:500]}... ({len(sent)} characters)"
    return (f"{request.method} {request.url} {sent}\n-> {response.status_code} "
            f"{dict(response.headers)}\n{response.text[:2000]}")


def succeeded(response, status=200):
    assert response.status_code == status, describe(response)
    assert response.headers["Content-Type"].split(";")[0] == "application/json", describe(response)
    body = response.json()
    assert body["success"] is True, describe(response)
    return body


def refused(response, status, code, *mentions):
    """A complete problem document; `mentions` must occur in what the person reads."""
    told = describe(response)
    assert response.status_code == status, told
    assert response.headers["Content-Type"].split(";")[0] == "application/problem+json", told
    body = response.json()
    assert body["success"] is False, told
    assert body["code"] == code, told
    assert body["status"] == status, told
    for member in ("type", "title", "detail", "instance"):
        assert isinstance(body[member], str) and body[member], f"{member}\n{told}"
    assert body["detail"].rstrip()[-1] in ".!?", f"detail is not a sentence\n{told}"
    for mention in mentions:
        assert str(mention) in body["detail"], f"detail does not say {mention}\n{told}"
    return body


def suite_file(path, assignments, reserved=(), history=None, **members):
    """Writes a port_config.json."""
    content = {"port_assignments": assignments, "port_history": history or {},
               "reserved_ports": list(reserved), "last_updated": "2024-12-12T14:30:22Z", **members}
    pathlib.Path(path).write_text(json.dumps(content), encoding="utf-8")
    return pathlib.Path(path)
