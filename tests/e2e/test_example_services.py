"""The services of docs/examples, each in its language: really moved, restarted, and told nonsense."""

import contextlib
import json
import shutil
import subprocess
import types

import pytest
import requests

from harness import PYTHON, ROOT, end_process, is_free, succeeded, wait_until

EXAMPLES = ROOT / "docs" / "examples"
# Whoever supervises a service starts it again when it has ended.
SUPERVISED = 'until [ -e stop ]; do "$@"; sleep 0.1; done'


def python(_folder):
    return [PYTHON, str(EXAMPLES / "service.py")]


def node(_folder):
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    return ["node", str(EXAMPLES / "service.mjs")]


def go(folder):
    if not shutil.which("go"):
        pytest.skip("go is not installed (Debian: golang-go)")
    return compiled(folder, "go", "build", "-o", str(folder / "service"), str(EXAMPLES / "service.go"))


def cpp(folder):
    found = subprocess.run(["pkg-config", "--exists", "cpp-httplib"], check=False)
    if found.returncode != 0:
        pytest.skip("cpp-httplib is not installed (Debian: libcpp-httplib-dev)")
    cache = ["ccache"] if shutil.which("ccache") else []
    return compiled(folder, *cache, "g++", "-std=c++17", "-pthread", str(EXAMPLES / "service.cpp"),
                    "-lcpp-httplib", "-o", str(folder / "service"))


def compiled(folder, *command):
    done = subprocess.run(["nice", *command], capture_output=True, text=True, timeout=300, check=False,
                          cwd=folder)
    assert done.returncode == 0, done.stderr
    return [str(folder / "service")]


LANGUAGES = {"python": python, "node": node, "go": go, "cpp": cpp}


@pytest.fixture(scope="session", params=LANGUAGES)
def program(request, tmp_path_factory):
    """The command that starts the service."""
    return LANGUAGES[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture
def start(program, server, tmp_path):
    """start(service_id): a supervised service that has asked this server for its port."""
    started = []

    def run(service_id):
        process = subprocess.Popen(["bash", "-c", SUPERVISED, "service", *program, service_id],
                                   cwd=tmp_path, env={"PATH": "/usr/bin:/bin", "PORT_MANAGER": server.url,
                                                      "HOME": str(tmp_path)},
                                   stdin=subprocess.DEVNULL, start_new_session=True)
        started.append(process)
        known = tmp_path / f"{service_id}.port"
        port = int(wait_until(lambda: known.exists() and known.read_text(), f"{service_id} to ask"))
        wait_until(lambda: answers(service_id, port), f"{service_id} to come up")
        return types.SimpleNamespace(port=port, process=process, known=known)

    yield run
    (tmp_path / "stop").touch()
    for process in started:
        end_process(process, grace=2.0)


def call(method, port, path, **options):
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, f"http://127.0.0.1:{port}{path}", timeout=5, **options)


def answers(service_id, port):
    with contextlib.suppress(requests.RequestException):
        return call("GET", port, "/health").json()["service_id"] == service_id
    return False


def test_it_gets_its_port_from_the_registry(server, start, ports):
    assert start("alpha").port == ports[0]
    assert start("epsilon").port == ports[4]
    assert server.ok("GET", "/api/services/health/alpha")["healthy"] is True
    assert server.events("epsilon")[-1]["action"] == "assign"


def test_it_is_moved_and_back(server, start, ports):
    start("alpha")
    for old, new in ((ports[0], ports[60]), (ports[60], ports[0])):
        body = succeeded(server.post("/api/ports/reassign", {"service_id": "alpha", "new_port": new}))
        assert body["update_result"] == body["update_result"] | {
            "contacted": True, "success": True, "old_port_released": True}
        assert answers("alpha", new)
        assert is_free(old)


def test_two_swap(server, start, ports):
    start("alpha"), start("beta")
    body = succeeded(server.post("/api/ports/bulk-update",
                                 {"updates": {"alpha": ports[1], "beta": ports[0]}}))
    assert body["failed"] == 0
    assert answers("alpha", ports[1]) and answers("beta", ports[0])


def test_it_restarts_where_the_registry_has_it(server, start, ports):
    service = start("alpha")
    succeeded(server.post("/api/ports/reassign", {"service_id": "alpha", "new_port": ports[60]}))
    service.known.unlink()
    succeeded(server.post("/api/services/restart", {"service_id": "alpha"}))
    wait_until(lambda: service.known.exists() and service.known.read_text() == str(ports[60]),
               "it to ask again")
    wait_until(lambda: answers("alpha", ports[60]), "it to come up again")


def test_it_starts_without_the_port_manager(server, start):
    service = start("alpha")
    server.stop()
    call("POST", service.port, "/api/admin/restart", json={})
    wait_until(lambda: not answers("alpha", service.port), "it to end")
    wait_until(lambda: answers("alpha", service.port), "it to come up on the port that it knows")


def test_it_refuses_a_port_that_is_taken(server, start, ports):
    """The Port Manager would not send it there; a process may come in between."""
    start("alpha"), start("beta")
    answer = update(ports[0], {"new_port": ports[1], "old_port": ports[0]})
    assert answer.json()["success"] is False and answer.json()["message"]
    assert answers("alpha", ports[0]) and answers("beta", ports[1])


def update(port, body):
    return call("POST", port, "/api/config/update-port", data=json.dumps(body),
                headers={"Content-Type": "application/json"})


def test_it_says_yes_to_the_port_that_it_has(start, ports):
    start("alpha")
    answer = update(ports[0], {"new_port": ports[0], "old_port": ports[60]})
    assert answer.status_code == 200 and answer.json()["success"] is True
    assert answers("alpha", ports[0])


def test_it_refuses_nonsense(start, ports):
    start("alpha")
    for body in ({}, [], None, 7, {"new_port": None}, {"new_port": "8050"}, {"new_port": 80},
                 {"new_port": 70000}, {"new_port": 8050.5}):
        answer = update(ports[0], body)
        assert answer.status_code >= 400, body
        assert answer.json()["success"] is False, body
    assert answers("alpha", ports[0])


def test_it_has_nothing_else(start, ports):
    start("alpha")
    assert call("GET", ports[0], "/nothing").status_code == 404
