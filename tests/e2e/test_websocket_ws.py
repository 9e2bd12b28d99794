"""npm's ws as a live client: what most services written in JavaScript would use."""

import base64
import signal

import pytest

from live import as_told, move_crowd, port_changes_after
from npm import NodeClient, need_npm_packages

LONGEST = 64 * 1024


@pytest.fixture
def client():
    need_npm_packages()
    with NodeClient("ws_client.mjs") as started:
        yield started


def url(server, query=""):
    return f"ws://127.0.0.1:{server.port}/ws/updates{query}"


def connect(client, server, query="", **options):
    client.do(do="open", url=url(server, query), options=options)
    client.wait("open")
    return client.wait_message("connected")


def test_changes_are_told(client, server, ports):
    hello = connect(client, server, "?services=alpha,kite")
    server.ok("POST", "/api/ports/reassign", {"service_id": "beta", "new_port": ports[10]})
    server.ok("POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[11]})
    told = client.wait_message("port_change")
    assert (told["service_id"], told["old_port"], told["new_port"]) == ("alpha", ports[0], ports[11])
    assert told["revision"] > hello["revision"]
    assert len(client.messages("port_change")) == 1


def test_an_extension_that_is_offered_is_not_taken(client, server):
    connect(client, server, perMessageDeflate=True)
    opened = client.wait("open")
    assert (opened["extensions"], opened["protocol"]) == ("", "")
    client.do(do="send", data="plain " * 1000)
    assert client.wait_message("echo")["data"] == "plain " * 1000


def test_fragments_and_control_frames_between_them(client, server):
    connect(client, server)
    client.do(do="fragments", data=["one ", "", "two ", "é€😀"])
    assert client.wait_message("echo")["data"] == "one two é€😀"
    client.do(do="ping", data="are you there")
    assert client.wait("pong")["data"] == "are you there"


def test_the_longest_text_and_one_more(client, server):
    connect(client, server)
    client.do(do="send", data="x" * LONGEST)
    assert len(client.wait_message("echo")["data"]) == LONGEST
    client.do(do="send", data="x" * (LONGEST + 1))
    assert client.wait("close")["code"] == 1009
    assert not client.of("error")


def test_a_binary_message_is_not_taken(client, server):
    connect(client, server)
    client.do(do="send", base64=base64.b64encode(b"\0\xff").decode())
    closed = client.wait("close")
    assert closed["code"] == 1003
    assert "JSON" in closed["reason"]


@pytest.mark.parametrize("code, reason", [(1000, ""), (1001, "going"), (3000, "ours"), (4999, "é" * 61)])
def test_a_close_is_answered(client, server, code, reason):
    connect(client, server)
    client.do(do="close", code=code, reason=reason)
    assert client.wait("close")["code"] == code
    assert not client.of("error")


def test_pings_of_the_server_are_answered(client, launch, suite):
    server = launch(import_file=suite, websocket_ping_ms=300)
    connect(client, server)
    client.wait("ping", count=3)
    client.do(do="send", data="alive")
    assert client.wait_message("echo")["data"] == "alive"


def test_who_pauses_for_too_long_is_cut_off_and_catches_up(client, server, ports):
    hello = connect(client, server)
    client.do(do="pause")
    # More than the buffers on the way and a mebibyte together.
    for turn in range(55):
        move_crowd(server, ports, turn)
    client.do(do="resume")
    closed = client.wait("close")
    assert closed["code"] == 1013
    assert "?since=" in closed["reason"]
    whole = [each["revision"] for each in client.messages() if not each.get("more")]
    seen = max([hello["revision"], *whole])
    before = [each for each in client.messages("port_change") if each["revision"] <= seen]
    client.events.clear()
    again = connect(client, server, f"?since={seen}")
    assert again["replay"]["complete"] is True
    client.wait("message", count=1 + again["replay"]["messages"])
    assert as_told(before + client.messages("port_change")) == port_changes_after(
        server, hello["revision"])


def test_the_end_of_the_server_is_told(client, server):
    connect(client, server)
    server.process.send_signal(signal.SIGTERM)
    closed = client.wait("close")
    assert closed["code"] == 1001
    assert closed["reason"]
    assert not client.of("error")


def test_a_foreign_origin_is_refused_and_an_allowed_one_is_not(client, launch, suite):
    server = launch("--allowed-origins", "http://ops.example", import_file=suite)
    client.do(do="open", url=url(server), options={"origin": "http://evil.example"})
    assert client.wait("refused")["status"] == 403
    connect(client, server, origin="http://ops.example")


def test_another_version_is_refused(client, server):
    client.do(do="open", url=url(server), options={"protocolVersion": 8})
    assert client.wait("refused")["status"] == 426
