"""A page in Debian's Chromium as a live client: the dashboard's side of /ws/updates."""

import os
import signal

import pytest

from harness import wait_until
from npm import NodeClient, need_npm_packages

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture
def visit():
    """visit(server) opens a page of the server in a browser of its own."""
    if not os.access(CHROMIUM, os.X_OK):
        pytest.skip(f"{CHROMIUM} is not there")
    need_npm_packages()
    started = []

    def start(server, host="127.0.0.1"):
        client = NodeClient("browser_client.mjs", f"http://{host}:{server.port}/health")
        started.append(client)
        assert client.wait("page")["origin"] == f"http://{host}:{server.port}"
        return client

    yield start
    for client in started:
        client.close()


def url(server, query=""):
    return f"ws://127.0.0.1:{server.port}/ws/updates{query}"


def connect(client, server, query=""):
    client.do(do="open", url=url(server, query))
    client.wait("open")
    return client.wait_message("connected")


def test_a_page_of_the_server_is_told_of_changes(visit, server, ports):
    client = visit(server)
    hello = connect(client, server)
    opened = client.wait("open")
    assert (opened["extensions"], opened["protocol"]) == ("", "")
    server.ok("POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[10]})
    told = client.wait_message("port_change", service_id="alpha")
    assert told["revision"] > hello["revision"]
    client.do(do="send", data='{"type": "ping"}')
    assert client.wait_message("pong")["revision"] == told["revision"]


def test_texts_of_all_lengths_come_back(visit, server):
    client = visit(server)
    connect(client, server)
    texts = ["", "x" * 125, "x" * 126, "é€😀" * 1000, "x" * 65536]
    for text in texts:
        client.do(do="send", data=text)
    client.wait("message", count=1 + len(texts))
    assert [each["data"] for each in client.messages("echo")] == texts


def test_it_comes_back_with_since(visit, server, ports):
    client = visit(server)
    seen = connect(client, server)["revision"]
    client.do(do="close", code=1000, reason="later")
    assert client.wait("close") == {"event": "close", "code": 1000, "reason": "later", "clean": True}
    for number in range(10, 13):
        server.ok("POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[number]})
    client.events.clear()
    hello = connect(client, server, f"?since={seen}")
    assert hello["replay"] == {"since": seen, "complete": True, "messages": 3}
    client.wait("message", count=4)
    assert [each["new_port"] for each in client.messages("port_change")] == [
        ports[number] for number in range(10, 13)]


@pytest.mark.parametrize("command, code", [({"do": "send", "data": "x" * 65537}, 1009),
                                           ({"do": "send_bytes", "data": [0, 255]}, 1003)])
def test_what_is_not_taken_ends_it_in_good_order(visit, server, command, code):
    client = visit(server)
    connect(client, server)
    client.do(**command)
    closed = client.wait("close")
    assert (closed["code"], closed["clean"]) == (code, True)


def test_the_end_of_the_server_is_told(visit, server):
    client = visit(server)
    connect(client, server)
    server.process.send_signal(signal.SIGTERM)
    closed = client.wait("close")
    assert (closed["code"], closed["clean"]) == (1001, True)
    assert closed["reason"]


def test_a_page_that_is_left_is_forgotten(visit, server):
    client = visit(server)
    sockets = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    connect(client, server)
    client.do(do="leave")
    wait_until(lambda: len(os.listdir(f"/proc/{server.process.pid}/fd")) <= sockets,
               "the page's socket to be closed")


def test_a_page_of_somebody_else_is_refused(visit, launch, suite):
    server = launch(import_file=suite, name="one")
    other = launch(import_file=suite, name="other")
    client = visit(other)
    client.do(do="open", url=url(server))
    closed = client.wait("close")
    assert (closed["code"], closed["clean"]) == (1006, False)
    assert not client.of("open")
    connect(client, other)


def test_a_page_of_an_allowed_origin_is_not_refused(visit, launch, suite):
    other = launch(import_file=suite, name="other")
    server = launch("--allowed-origins", f"http://127.0.0.1:{other.port}", import_file=suite,
                    name="one")
    connect(visit(other), server)
