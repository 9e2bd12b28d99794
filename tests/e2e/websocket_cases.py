#!/usr/bin/python3
"""RFC 6455 as data: what a client sends, and what has to come back (test_websocket_frames.py).

    tests/e2e/websocket_cases.py > tests/websocket-cases.md      writes the table anew
"""

import dataclasses
import struct

from raw_websocket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close, frame, text

LONGEST = 64 * 1024


@dataclasses.dataclass(frozen=True)
class Case:
    section: str
    what: str
    #: What is sent, by what tells one from the other; a single one has no name.
    sent: dict
    #: The texts that are echoed and the payloads of pongs, each in order.
    texts: tuple = ()
    pongs: tuple = ()
    #: The code with which the server closes; None: the connection lives.
    code: int | None = None

    @property
    def outcome(self):
        parts = []
        if self.texts:
            parts.append("echoed" if len(self.texts) == 1 else f"{len(self.texts)} are echoed")
        if self.pongs:
            parts.append("a pong" if len(self.pongs) == 1 else f"{len(self.pongs)} pongs, in order")
        answers = " and ".join(parts)
        if self.code:
            return f"{answers}{', then ' if answers else ''}closed with {self.code}"
        return answers or "no answer, the connection lives"


def allowed(section, what, data, *texts, pongs=()):
    return Case(section, what, {"": data}, texts, tuple(pongs))


def fault(section, what, data, code=1002, texts=()):
    return Case(section, what, data if isinstance(data, dict) else {"": data}, texts, code=code)


def fragments(opcode, *payloads):
    """One message."""
    last = len(payloads) - 1
    return b"".join(frame(CONTINUATION if i else opcode, payload, fin=i == last)
                    for i, payload in enumerate(payloads))


def by_byte(payload):
    return [payload[i:i + 1] for i in range(len(payload))]


FRAMING = [
    *(allowed("5.2", what, text("a" * size), "a" * size) for what, size in (
        ("an empty text", 0), ("a text of one byte", 1), ("the longest length of 7 bits", 125),
        ("the shortest of 16 bits", 126), ("the longest of 16 bits", 65535),
        ("the shortest of 64 bits, which is the longest text taken", LONGEST))),
    allowed("5.2", "three texts in one segment", text("a") + text("b") + text("c"), "a", "b", "c"),
    fault("5.2", "a reserved bit", {
        f"bit {bit} of a {name}": frame(opcode, "x", rsv=rsv)
        for name, opcode in (("text", TEXT), ("ping", PING), ("pong", PONG))
        for bit, rsv in ((1, 4), (2, 2), (3, 1))}),
    fault("5.2", "a reserved bit of a close", frame(CLOSE, b"\x03\xe8", rsv=4)),
    fault("5.2", "a reserved bit of a later fragment",
          frame(TEXT, "a", fin=False) + frame(CONTINUATION, "b", rsv=4)),
    fault("5.2", "a reserved opcode", {
        str(opcode): frame(opcode, "x") for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)}),
    fault("5.2", "a reserved opcode between fragments", {
        str(opcode): frame(TEXT, "a", fin=False) + frame(opcode, "x") for opcode in (3, 11)}),
    fault("5.2", "a length that is not in its shortest form", {
        "0 in 16 bits": frame(TEXT, "", length=16), "125 in 16 bits": frame(TEXT, "a" * 125, length=16),
        "0 in 64 bits": frame(TEXT, "", length=64), "126 in 64 bits": frame(TEXT, "a" * 126, length=64),
        "65,535 in 64 bits": frame(TEXT, "a" * 65535, length=64)}),
    fault("5.2", "a length of 64 bits with the first one set",
          struct.pack("!BBQ", 0x81, 0xFF, 1 << 63) + b"mask"),
]

MASKING = [
    allowed("5.3", "a mask of zeros", frame(TEXT, "plain", mask=b"\0\0\0\0"), "plain"),
    allowed("5.3", "a mask of ones", frame(TEXT, "plain", mask=b"\xff\xff\xff\xff"), "plain"),
    allowed("5.3", "one mask again and again", frame(TEXT, "a", mask=b"same")
            + frame(TEXT, "b", mask=b"same"), "a", "b"),
    fault("5.1", "a frame without a mask", {
        "text": frame(TEXT, "bare", masked=False), "empty text": frame(TEXT, "", masked=False),
        "binary": frame(BINARY, "bare", masked=False), "ping": frame(PING, "bare", masked=False),
        "pong": frame(PONG, "bare", masked=False), "close": frame(CLOSE, b"\x03\xe8", masked=False)}),
    fault("5.1", "a later fragment without a mask",
          frame(TEXT, "a", fin=False) + frame(CONTINUATION, "b", masked=False)),
]

FRAGMENTS = [
    allowed("5.4", "two fragments", fragments(TEXT, "one ", "two"), "one two"),
    allowed("5.4", "empty fragments at the begin, in between and at the end",
            fragments(TEXT, "", "x", "", "y", ""), "xy"),
    allowed("5.4", "nothing but empty fragments", fragments(TEXT, "", "", ""), ""),
    allowed("5.4", "a fragment for each byte", fragments(TEXT, *"abcdefghij" * 20), "abcdefghij" * 20),
    allowed("5.4", "fragments of the longest text", fragments(TEXT, "a" * 40000, "b" * 25536),
            "a" * 40000 + "b" * 25536),
    allowed("5.4", "a ping between fragments", frame(TEXT, "one ", fin=False) + frame(PING, "p")
            + frame(CONTINUATION, "two"), "one two", pongs=[b"p"]),
    allowed("5.4", "pings and pongs between all fragments",
            frame(TEXT, "a", fin=False) + frame(PING, "1") + frame(PONG, "x")
            + frame(CONTINUATION, "b", fin=False) + frame(PING, "2") + frame(CONTINUATION, "c"),
            "abc", pongs=[b"1", b"2"]),
    fault("5.4", "a close between fragments", frame(TEXT, "a", fin=False) + close(1000), code=1000),
    fault("5.4", "a continuation of nothing", {
        "the last": frame(CONTINUATION, "x"), "not the last": frame(CONTINUATION, "x", fin=False),
        "empty": frame(CONTINUATION)}),
    fault("5.4", "a continuation behind a whole text", text("a") + frame(CONTINUATION, "b"),
          texts=("a",)),
    fault("5.4", "a continuation behind the last fragment",
          fragments(TEXT, "a", "b") + frame(CONTINUATION, "c"), texts=("ab",)),
    fault("5.4", "a new message within a fragmented one", {
        name: frame(TEXT, "a", fin=False) + frame(opcode, "b", fin=fin)
        for name, opcode, fin in (("text", TEXT, True), ("fragmented text", TEXT, False),
                                  ("binary", BINARY, True))}),
]

CONTROL = [
    allowed("5.5.2", "an empty ping", frame(PING), pongs=[b""]),
    allowed("5.5.2", "the longest ping", frame(PING, "p" * 125), pongs=[b"p" * 125]),
    allowed("5.5.2", "a ping with bytes that are no text", frame(PING, b"\0\xff\xfe"),
            pongs=[b"\0\xff\xfe"]),
    allowed("5.5.2", "pings in a row", b"".join(frame(PING, str(i)) for i in range(10)),
            pongs=[str(i).encode() for i in range(10)]),
    allowed("5.5.3", "a pong that nobody asked for", frame(PONG, "x") + frame(PONG)),
    fault("5.5", "a control frame in fragments", {
        name: frame(opcode, payload, fin=False)
        for name, opcode, payload in (("ping", PING, "x"), ("pong", PONG, "x"),
                                      ("close", CLOSE, b"\x03\xe8"))}),
    fault("5.5", "a control frame of 126 bytes", {
        "ping": frame(PING, "p" * 126), "pong": frame(PONG, "p" * 126),
        "close": frame(CLOSE, b"\x03\xe8" + b"r" * 124)}),
    fault("5.5", "a control frame of 65,536 bytes", frame(PING, "p" * 65536)),
    fault("5.5", "a control frame whose length is not in its shortest form", {
        "ping in 16 bits": frame(PING, "x", length=16), "ping in 64 bits": frame(PING, "x", length=64),
        "close in 16 bits": frame(CLOSE, b"\x03\xe8", length=16)}),
]

CLOSING = [
    *(fault("7.4", f"close code {code}", close(code), code=code)
      for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)),
    fault("7.4", "a close code that may not be sent", {
        str(code): close(code) for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999,
                                            5000, 65535)}),
    fault("7.4", "a close code that the RFC does not define and IANA has registered since", {
        str(code): close(code) for code in (1012, 1013, 1014)}),
    fault("5.5.1", "a close of one byte", frame(CLOSE, b"\x03")),
    fault("5.5.1", "a close with a reason", {
        "short": close(1000, b"bye"), "123 bytes": close(1000, b"r" * 123),
        "that begins with two bytes a character": close(1000, "é".encode()),
        "of four bytes a character": close(1000, "😀".encode() * 30)}, code=1000),
    fault("5.5.1", "a close behind a text", text("last") + close(1000), code=1000, texts=("last",)),
    fault("5.5.1", "frames behind a close", close(1000) + text("late") + frame(PING, "late"), code=1000),
    fault("5.5.1", "two closes", close(1000) + close(1001), code=1000),
    fault("7.1.6", "a reason that is no UTF-8", {
        "a byte that never is": close(1000, b"\xff"), "in the end": close(1000, b"good\xff"),
        "ends within a character": close(1000, b"caf\xc3"),
        "begins within a character": close(1000, b"\xa9"),
        "overlong": close(1000, b"\xc0\xaf"), "surrogate": close(1000, b"\xed\xa0\x80")}, code=1007),
]

UTF8 = [
    allowed("8.1", "two, three and four bytes a character", text("é€😀"), "é€😀"),
    allowed("8.1", "NUL, and the first and last of each length",
            text("\0\x7f\x80\u07ff\u0800\uffff\U00010000\U0010ffff"),
            "\0\x7f\x80\u07ff\u0800\uffff\U00010000\U0010ffff"),
    allowed("8.1", "the neighbours of the surrogates", text("\ud7ff\ue000"), "\ud7ff\ue000"),
    allowed("8.1", "a byte order mark and code points that are no characters",
            text("\ufeff\ufffe\ufffd"), "\ufeff\ufffe\ufffd"),
    allowed("8.1", "characters that are cut between fragments",
            fragments(TEXT, *by_byte("é€😀".encode())), "é€😀"),
    allowed("8.1", "a ping within a character", frame(TEXT, b"caf\xc3", fin=False) + frame(PING, "p")
            + frame(CONTINUATION, b"\xa9"), "café", pongs=[b"p"]),
    fault("8.1", "bytes that never are UTF-8", {
        byte.hex(): text(byte) for byte in (b"\xc0", b"\xc1", b"\xf5", b"\xfe", b"\xff")}, code=1007),
    fault("8.1", "the rest of a character without its begin", {
        "alone": text(b"\x80"), "behind a text": text(b"good\xbf")}, code=1007),
    fault("8.1", "an overlong form", {
        form.hex(): text(form) for form in (b"\xc0\xaf", b"\xe0\x80\xaf", b"\xe0\x9f\xbf",
                                            b"\xf0\x80\x80\xaf", b"\xf0\x8f\xbf\xbf")}, code=1007),
    fault("8.1", "a surrogate", {
        form.hex(): text(form) for form in (b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xbf\xbf",
                                            b"\xed\xa0\xbd\xed\xb8\x80")}, code=1007),
    fault("8.1", "beyond U+10FFFF", {
        form.hex(): text(form) for form in (b"\xf4\x90\x80\x80", b"\xf7\xbf\xbf\xbf",
                                            b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80")},
          code=1007),
    fault("8.1", "a character that is not finished at the end", {
        form.hex(): text(form) for form in (b"caf\xc3", b"\xe2\x82", b"\xf0\x9f\x98")}, code=1007),
    fault("8.1", "not finished at the last fragment", fragments(TEXT, b"caf\xc3", b""), code=1007),
    fault("8.1", "no UTF-8 in a later fragment", fragments(TEXT, "good ", b"\xff"), code=1007),
    fault("8.1", "characters that are wrong only where fragments meet",
          fragments(TEXT, b"caf\xc3", b"caf\xc3\xa9"), code=1007),
]

LIMITS = [
    fault("5.6", "a binary message", {
        "short": frame(BINARY, b"\0\1"), "empty": frame(BINARY),
        "in fragments": fragments(BINARY, b"\0", b"\1")}, code=1003),
    fault("10.4", "a text of one byte too many", {
        "whole": text("a" * (LONGEST + 1)), "in fragments": fragments(TEXT, "a" * 40000, "b" * 25537),
        "in fragments without end": frame(TEXT, "a" * LONGEST, fin=False) + frame(CONTINUATION, "b",
                                                                                fin=False)}, code=1009),
    fault("10.4", "a length that nobody has",
          struct.pack("!BBQ", 0x81, 0xFF, 1 << 40) + b"mask" + b"some", code=1009),
]

CASES = [*FRAMING, *MASKING, *FRAGMENTS, *CONTROL, *CLOSING, *UTF8, *LIMITS]

INTRODUCTION = """# RFC 6455, case by case

Each case is sent to the real program over a socket by `e2e/test_websocket_frames.py`: in one piece, and
cut into single bytes. What is behind "closed with" comes in a close frame, with nothing behind it, and
then the connection ends. Written by `e2e/websocket_cases.py`, which has the bytes; a test fails when the
two differ.

| section | what a client sends | what it gets |
|---|---|---|
"""


def table():
    rows = []
    for case in CASES:
        names = ", ".join(name for name in case.sent if name)
        rows.append(f"| {case.section} | {case.what}{': ' if names else ''}{names} | {case.outcome} |\n")
    return INTRODUCTION + "".join(rows)


if __name__ == "__main__":
    print(table(), end="")
