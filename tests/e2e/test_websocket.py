"""What live clients are told: every change, once, in order (python3-websockets)."""

import concurrent.futures
import os
import random
import signal
import socket
import sqlite3

import pytest

from harness import wait_until
from live import LiveClient, as_told, port_changes_after
from raw_websocket import RawWebSocket, text


def ports_told(client):
    return [(each["service_id"], each["old_port"], each["new_port"]) for each in client.told()
            if each["type"] == "port_change"]


def joined(server):
    """A client more, or nothing where there is no room."""
    try:
        return RawWebSocket(server.port)
    except AssertionError as refusal:
        assert "503" in str(refusal)
        return None


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def test_the_first_message_says_where_one_stands(server):
    with LiveClient(server) as client:
        assert client.hello["message"] == "Connected to Port Manager updates"
        assert client.hello["revision"] == server.get("/api/ports/assignments").json()["revision"]
        assert isinstance(client.hello["timestamp"], float)
        assert "replay" not in client.hello


def test_every_kind_of_change_is_told(server, ports):
    backup = server.ok("POST", "/api/ports/backup")["backup_file"]
    with LiveClient(server) as client:
        server.ok("POST", "/api/ports/assign", {"service_id": "kite", "port": ports[10]})
        server.ok("POST", "/api/ports/reassign", {"service_id": "kite", "new_port": ports[11]})
        server.ok("POST", "/api/ports/release", {"service_id": "kite"})
        server.ok("POST", "/api/ports/bulk-update",
                  {"updates": {"alpha": ports[12], "beta": ports[13]}})
        config = server.get("/api/ports/export").json()
        config["port_assignments"]["gamma"] = ports[14]
        server.ok("POST", "/api/ports/import", config)
        server.ok("POST", f"/api/ports/restore?backup_file={backup}")
        told = ports_told(client)
        assert told[:3] == [("kite", None, ports[10]), ("kite", ports[10], ports[11]),
                            ("kite", ports[11], None)]
        assert sorted(told[3:5]) == [("alpha", ports[0], ports[12]), ("beta", ports[1], ports[13])]
        assert told[5] == ("gamma", ports[2], ports[14])
        assert sorted(told[6:]) == [("alpha", ports[12], ports[0]), ("beta", ports[13], ports[1]),
                                    ("gamma", ports[14], ports[2])]
        restored = [each for each in client.told() if each["type"] == "port_change"][6:]
        assert len({each["revision"] for each in restored}) == 1
        assert [each.get("more", False) for each in restored] == [True, True, False]


def test_conflicts_are_told_when_they_open_and_when_they_close(server, ports):
    with LiveClient(server) as client:
        config = server.get("/api/ports/export").json()
        config["port_assignments"]["beta"] = ports[0]
        server.ok("POST", "/api/ports/import", config)
        opened = client.wait("conflicts_detected")
        assert opened["count"] == 1
        conflict, = opened["conflicts"]
        assert conflict["type"] == "duplicate_assignment"
        assert sorted(conflict["services"]) == ["alpha", "beta"]
        assert conflict == server.conflicts()[0]
        server.ok("POST", "/api/ports/resolve-conflicts")
        closed = client.wait("conflict_resolved")
        assert closed["conflict"]["id"] == conflict["id"]
        moved = client.wait("port_change", service_id="beta", old_port=ports[0])
        assert moved["revision"] == closed["revision"]
        assert moved["more"] is True


def test_a_status_is_told_when_it_changes_and_not_before(launch, suite, ports, run_service):
    server = launch(import_file=suite, health_interval_ms=150)

    def checked():
        return server.get("/api/services/status/alpha").json()["status"]["last_checked"]

    with LiveClient(server, "?services=alpha") as client:
        service = run_service("alpha", ports[0])
        client.wait("service_status", service_id="alpha", status="healthy")
        for _ in range(3):
            last = checked()
            wait_until(lambda before=last: checked() != before, "another check")
        service.close()
        wait_until(lambda: client.of_type("service_status")[-1]["status"] != "healthy", "the end")
        states = [each["status"] for each in client.of_type("service_status")]
        assert states.count("healthy") == 1
        assert all(one != two for one, two in zip(states, states[1:]))


def test_everybody_is_told_the_same_in_order_while_many_write(server, ports):
    clients = [LiveClient(server) for _ in range(20)]

    def write(writer):
        chance = random.Random(writer)
        names = [f"service-{writer}-{number}" for number in range(3)]
        for _ in range(25):
            name = chance.choice(names)
            port = ports[20 + writer * 8 + chance.randrange(8)]
            if chance.random() < 0.3:
                server.post("/api/ports/release", {"service_id": name})
            elif chance.random() < 0.5:
                server.post("/api/ports/assign", {"service_id": name, "port": port})
            else:
                server.post("/api/ports/reassign", {"service_id": name, "new_port": port})

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    committed = port_changes_after(server, clients[0].hello["revision"])
    assert len(committed) > 50
    for client in clients:
        told = client.told()
        revisions = [each["revision"] for each in told]
        assert revisions == sorted(revisions)
        assert as_told(told) == committed
        client.close()


def test_a_subscription_filters(server, ports):
    with LiveClient(server) as client, LiveClient(server, "?services=beta,gamma") as other:
        answer = client.ask({"type": "subscribe", "services": ["alpha"]}, "subscribed")
        assert answer["services"] == ["alpha"]
        for number, name in enumerate(("alpha", "beta", "gamma", "delta")):
            server.ok("POST", "/api/ports/reassign",
                      {"service_id": name, "new_port": ports[10 + number]})
        assert [each[0] for each in ports_told(client)] == ["alpha"]
        assert [each[0] for each in ports_told(other)] == ["beta", "gamma"]
        client.ask({"type": "subscribe", "services": []}, "subscribed")
        server.ok("POST", "/api/ports/reassign", {"service_id": "delta", "new_port": ports[20]})
        assert [each[0] for each in ports_told(client)] == ["alpha", "delta"]


@pytest.mark.parametrize("services", ["alpha", 7, {"alpha": 1}, [1], ["a"] * 1001])
def test_a_subscription_that_is_none_is_said_and_changes_nothing(server, ports, services):
    with LiveClient(server, "?services=alpha") as client:
        answer = client.ask({"type": "subscribe", "services": services}, "error")
        assert "services" in answer["message"]
        server.ok("POST", "/api/ports/reassign", {"service_id": "beta", "new_port": ports[10]})
        assert not ports_told(client)


@pytest.mark.parametrize("message", ["hello", "", "{", '{"type":1}', "[" * 5000, '{"type":"x"}',
                                     "null", '{"type":"ping","type":"ping"}', "é€😀\0"])
def test_other_text_is_echoed(server, message):
    with LiveClient(server) as client:
        assert client.ask(message, "echo")["data"] == message


def test_who_comes_back_is_told_what_was_missed(server, ports):
    seen = server.get("/api/ports/assignments").json()["revision"]
    for number in range(10, 15):
        server.ok("POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[number]})
    with LiveClient(server, f"?since={seen}") as client:
        assert client.hello["replay"] == {"since": seen, "complete": True, "messages": 5}
        server.ok("POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[15]})
        assert [each[2] for each in ports_told(client)] == [ports[n] for n in range(10, 16)]
        middle = client.told()[2]["revision"]
        now = client.told()[-1]["revision"]
    with LiveClient(server, f"?since={middle}") as client:
        assert [each[2] for each in ports_told(client)] == [ports[n] for n in range(13, 16)]
    with LiveClient(server, f"?since={now}") as client:
        assert client.hello["replay"]["messages"] == 0
    with LiveClient(server, f"?since={now + 1}") as client:
        assert client.hello["replay"] == {"since": now + 1, "complete": False, "messages": 0}
        assert not client.told()


def test_a_restart_loses_nothing_for_who_comes_back(server, ports):
    seen = server.get("/api/ports/assignments").json()["revision"]
    server.ok("POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[10]})
    config = server.get("/api/ports/export").json()
    config["port_assignments"]["beta"] = ports[10]
    server.ok("POST", "/api/ports/import", config)
    with LiveClient(server, f"?since={seen}") as client:
        before = client.told()
    assert {each["type"] for each in before} == {"port_change", "conflicts_detected"}
    server.kill()
    server.start()
    with LiveClient(server, f"?since={seen}") as client:
        assert client.hello["replay"]["complete"] is True
        after = client.told()
    assert [each for each in after if each["type"] != "service_status"][:len(before)] == before


def test_what_another_program_writes_is_told(server, ports):
    with LiveClient(server) as client:
        with sqlite3.connect(f"{server.data_dir}/portmanager.db", timeout=20) as database:
            database.execute("UPDATE assignments SET port = ? WHERE service_id = 'alpha'",
                             (ports[40],))
        told = client.wait("port_change", service_id="alpha")
        assert (told["old_port"], told["new_port"]) == (ports[0], ports[40])


def test_who_does_not_read_is_cut_off_and_slows_nobody(server, ports):
    with LiveClient(server) as reader, RawWebSocket(server.port, receive_buffer=4096) as deaf:
        echo = text("x" * 60_000)
        sent = 0
        try:
            while sent < 200:  # 12 MB: more than any buffer on the way
                deaf.socket.settimeout(2)
                deaf.send(echo)
                sent += 1
        except (TimeoutError, ConnectionError):
            pass
        server.ok("POST", "/api/ports/reassign", {"service_id": "alpha", "new_port": ports[10]})
        reader.wait("port_change", service_id="alpha")
        deaf.socket.settimeout(20)
        assert deaf.read_close() == 1013
        assert reader.told()


def test_everybody_is_told_when_it_stops(server):
    clients = [LiveClient(server) for _ in range(5)]
    server.process.send_signal(signal.SIGTERM)
    for client in clients:
        assert client.closed() == 1001
        assert client.close_reason
    assert server.process.wait(10) == 0


def test_who_is_silent_is_pinged_and_then_cut_off(launch, suite):
    server = launch(import_file=suite, websocket_ping_ms=300)
    with LiveClient(server, ping_interval=None) as alive, RawWebSocket(server.port) as silent:
        assert silent.read()[0] == 1
        assert silent.read() == (9, b"")
        with pytest.raises((EOFError, ConnectionError)):
            silent.read()
        assert alive.told() == []  # the library has answered the pings


def test_those_who_come_and_go_leave_nothing_behind(server):
    before = descriptors(server)
    for number in range(100):
        client = RawWebSocket(server.port)
        if number % 3 == 0:
            client.socket.setsockopt(socket.SOL_SOCKET,
                                     socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif number % 3 == 1:
            client.send(b"\x81\xfe")
        client.socket.close()
    wait_until(lambda: descriptors(server) <= before, "the descriptors to be closed")


def test_live_clients_leave_descriptors_for_everybody_else(launch, suite, ports):
    """Of 600 descriptors live clients get a part, then they are told so; nobody is shut out."""
    server = launch(import_file=suite, prefix=("prlimit", "--nofile=600:600"))
    clients = []
    try:
        clients += filter(None, [joined(server) for _ in range(650)])
        assert len(clients) == (600 - 256) // 2
        assert descriptors(server) < 500
        assert server.assign("kite", ports[10])["port"] == ports[10]
        clients.pop().socket.close()
        clients.append(wait_until(lambda: joined(server), "the place to be free"))
    finally:
        for client in clients:
            client.socket.close()
    wait_until(lambda: descriptors(server) < 100, "the descriptors to be closed")
