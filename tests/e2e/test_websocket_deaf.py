"""A hundred clients that never read: they are cut off, and nobody else notices them."""

import contextlib
import struct

import pytest

from live import CROWD, LiveClient, as_told, move_crowd, port_changes_after
from raw_websocket import CLOSE, RawWebSocket, frame

DEAF = 100
READERS = 20
LIMIT = 1024 * 1024
# What the kernel keeps for one that does not read, and then some.
BUFFERS = 512 * 1024
# Of a port_change, at least.
SHORTEST = 130


def code_of_end(client):
    """It reads at last: what the server has closed with. The close is answered, as is due."""
    opcode = None
    while opcode != CLOSE:
        opcode, payload = client.read()
    client.send(frame(CLOSE, payload))
    return struct.unpack("!H", payload[:2])[0]


@pytest.fixture
def deaf(server):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(RawWebSocket(server.port, receive_buffer=65536))
               for _ in range(DEAF)]


@pytest.fixture
def readers(server):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(LiveClient(server)) for _ in range(READERS)]


def test_a_hundred_that_never_read_change_nothing_for_the_others(server, ports, deaf, readers):
    began = readers[0].hello["revision"]
    told, turn = 0, 0
    while told < LIMIT + BUFFERS:
        move_crowd(server, ports, turn)
        turn += 1
        told += CROWD * SHORTEST
    assert [code_of_end(client) for client in deaf] == [1013] * DEAF
    committed = port_changes_after(server, began)
    assert len(committed) >= turn * CROWD
    for client in readers:
        assert as_told(client.told()) == committed
