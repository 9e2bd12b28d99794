"""Requests that are wrong as HTTP: refused cleanly, and the server goes on."""

import contextlib
import pathlib
import re
import socket
import time

import pytest

from wire import Wire, get, post, serves


@pytest.fixture(autouse=True)
def goes_on(server):
    yield
    serves(server)
    serves(server)


def problem(answer, *statuses):
    assert answer.status in statuses, (answer.status, answer.body[:500])
    assert answer.header("Content-Type").split(";")[0] == "application/problem+json"
    body = answer.json()
    assert body["success"] is False
    assert body["status"] == answer.status
    assert body["code"] and body["detail"]
    return body


def sent(server, data, *statuses):
    """The answer to bytes; the server must then close, as it cannot know where the next begins."""
    with Wire(server) as wire:
        wire.try_send(data)
        answer = wire.read()
        body = problem(answer, *statuses)
        return body


def resident_mib(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


class TestTarget:
    @pytest.mark.parametrize("path", ["/" * 20_000, "/a" * 10_000, "/" + "a" * 20_000,
                                      "/api/ports/" + "9" * 20_000, "/?" + "a" * 20_000,
                                      "/" + "%2f" * 7_000, "/" + "../" * 7_000, "/" + "(" * 20_000])
    def test_too_long(self, server, path):
        assert sent(server, get(path), 414)["code"] == "uri_too_long"

    def test_megabytes(self, server):
        with Wire(server) as wire:
            wire.try_send(get("/" + "a" * 5_000_000))
            try:
                problem(wire.read(), 414, 400, 431)
            except (EOFError, ConnectionError):
                pass  # cut off while still sending is as good

    @pytest.mark.parametrize("path", ["/" * 2000, "/a" * 1000, "/api/ports/" + "9" * 2000,
                                      "/api/ports/assignments/" + "a" * 1900])
    def test_long_but_permitted(self, server, path):
        with Wire(server) as wire:
            problem(wire.ask(get(path)), 404, 400)
            assert wire.is_open()

    def test_percent_encoding_is_decoded(self, server, ports):
        with Wire(server) as wire:
            answer = wire.ask(get("/api/ports/assignments/%62%65t%61"))
            assert (answer.status, answer.json()["port"]) == (200, ports[1])

    @pytest.mark.parametrize("path", ["/api/ports/assignments/%", "/api/ports/assignments/%4",
                                      "/api/ports/assignments/%zz", "/%", "/health?x=%g1"])
    def test_broken_percent_encoding(self, server, path):
        with Wire(server) as wire:
            problem(wire.ask(get(path)), 400)

    @pytest.mark.parametrize("path", ["/api/ports/assignments/%00", "/api/ports/assignments/%ff%fe",
                                      "/api/ports/assignments/%0d%0aX-Evil:1",
                                      "/api/ports/assignments/%2e%2e", "/api/ports/assignments/a%2fb"])
    def test_encoded_rubbish(self, server, path):
        with Wire(server) as wire:
            answer = wire.ask(get(path))
            problem(answer, 400, 404)
            assert answer.header("X-Evil") is None

    def test_absolute_form(self, server, ports):
        with Wire(server) as wire:
            answer = wire.ask(get("http://127.0.0.1/api/ports/assignments/beta"))
            assert (answer.status, answer.json()["port"]) == (200, ports[1])

    def test_asterisk_form(self, server):
        with Wire(server) as wire:
            wire.send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
            assert wire.read().status in (200, 204, 400, 404, 405, 501)

    def test_double_slash_is_one_or_none(self, server):
        """The same whichever route it is, with and without the slash at the end."""
        with Wire(server) as wire:
            statuses = {path: wire.ask(get(path)).status for path in (
                "//health", "//health/", "/api//ports/assignments", "//api/ports/assignments")}
        assert set(statuses.values()) in ({404}, {200}), statuses

    @pytest.mark.parametrize("path", ["/../health", "/./health", "/api/../health", "/health/..",
                                      "/;a=b/health", "/health#fragment", "/\\health"])
    def test_dots_and_oddities(self, server, path):
        with Wire(server) as wire:
            assert wire.ask(get(path)).status in (200, 400, 404)

    @pytest.mark.parametrize("line", [
        "GET", "GET /health", "GET  /health HTTP/1.1", " GET /health HTTP/1.1",
        "GET /health HTTP/1.1 x", "GET /he alth HTTP/1.1", "G\x00T /health HTTP/1.1",
        "GET health HTTP/1.1", "GET\t/health\tHTTP/1.1", "/health", "GET /health HTP/1.1",
        "GET /health http/1.1", "GET /health HTTP/1", "GET /health HTTP/1.", "GET /health HTTP/1.11",
        "GET /health HTTP/11", "GET /health HTTP/1.1x", "GET /\x01 HTTP/1.1", "GET /health\x7f HTTP/1.1",
    ], ids=repr)
    def test_request_line(self, server, line):
        sent(server, f"{line}\r\nHost: x\r\n\r\n", 400, 505)

    @pytest.mark.parametrize("version", ["HTTP/2.0", "HTTP/3.0", "HTTP/0.9", "HTTP/1.2", "HTTP/9.9"])
    def test_version(self, server, version):
        with Wire(server) as wire:
            answer = wire.ask(get("/health", version=version))
            if version == "HTTP/1.2":  # the same major version: may be served as 1.1
                assert answer.status in (200, 505)
            else:
                assert problem(answer, 505)["code"] == "version_unsupported"

    def test_http2_preface(self, server):
        sent(server, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 505)

    @pytest.mark.parametrize("method", ["get", "BREW", "X" * 50, "TRACE", "CONNECT"])
    def test_method(self, server, method):
        with Wire(server) as wire:
            problem(wire.ask(get("/health", method=method)), 400, 405, 501)


class TestHeaders:
    def test_too_many_bytes(self, server):
        assert sent(server, get("/health", *(f"X-{n}: {'v' * 1000}" for n in range(200))),
                    431)["code"] == "headers_too_large"

    def test_one_huge_header(self, server):
        sent(server, get("/health", "X: " + "v" * 200_000), 431)

    def test_very_many_small_headers(self, server):
        sent(server, get("/health", *(f"a{n}:" for n in range(50_000))), 431)

    def test_endless_header(self, server):
        """The server gives up on it; it neither collects it nor reads it for ever."""
        ends = time.monotonic() + 30
        with Wire(server) as wire, pytest.raises(OSError):
            wire.send("GET /health HTTP/1.1\r\nX: ")
            while time.monotonic() < ends:
                wire.send(b"v" * 65536)
        assert resident_mib(server) < 100

    @pytest.mark.parametrize("header", [
        "Host", ": x", "X y: z", "X : y", "\x00: x", "X: a\x00b", "X\x80: y", "Connection keep-alive",
        "X: a\rb", "Content-Length : 0"], ids=repr)
    def test_malformed(self, server, header):
        sent(server, get("/health", header), 400)

    def test_folded_line(self, server):
        with Wire(server) as wire:
            wire.send("GET /health HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n")
            assert wire.read().status in (200, 400)

    @pytest.mark.parametrize("host", ["127.0.0.1:abc", "127.0.0.1:99999999", "x:", "[::1", "[::1]:x",
                                      "a b", "::::", "x" * 300, "\xff\xfe", ":", "127.0.0.1:-1"])
    def test_host(self, server, host):
        with Wire(server) as wire:
            wire.send(f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n")
            assert wire.read().status in (200, 400, 421)

    def test_no_host(self, server):
        sent(server, "GET /health HTTP/1.1\r\n\r\n", 400)

    def test_two_hosts(self, server):
        sent(server, "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)

    @pytest.mark.parametrize("header", [
        "Cookie: ", "Cookie: =", "Cookie: ;;;", "Cookie: a", "Cookie: a=b; ; =c", "Cookie: \xff",
        "Cookie: " + "a=b; " * 500, "Date: yesterday", "Date: ", "Date: Mon, 99 Foo 2024 99:99:99 GMT",
        "Date: Mon, 01 Jan 99999999999 00:00:00 GMT", "Accept: ", "Accept: garbage", "Accept: */",
        "Accept: /", "Accept: text/html;q=x", "Accept: application/json;q=99999999999999",
        "Accept: " + ",".join(["*/*"] * 500), "Accept-Encoding: nonsense", "Accept-Encoding: ;q=",
        "Authorization: ", "Authorization: Basic ====", "Cache-Control: max-age=x",
        "Cache-Control: max-age=99999999999999999999", "Connection: ", "Connection: garbage",
        "Content-Type: ", "Content-Type: garbage", "Content-Type: /", "If-None-Match: \xff",
        "If-Modified-Since: garbage", "Last-Modified: garbage", "Location: ", "Range: bytes=9-1",
        "Upgrade: nonsense", "Server: ", "User-Agent: ", "User-Agent: \xff\xfe",
        "Access-Control-Request-Method: ", "Transfer-Encoding: identity", "Expect: ", "TE: x",
        "X-Actor: \xff\xfe", "X-Request-Id: \xff\xfe", "Content-Encoding: zip", "Allow: NONSENSE",
    ], ids=lambda header: repr(header[:40]))
    def test_odd_values_never_500(self, server, header):
        with Wire(server) as wire:
            answer = wire.ask(get("/api/ports/assignments", header))
            assert answer.status == 200 or 400 <= answer.status <= 499 or answer.status == 501, \
                (answer.status, answer.body)

    @pytest.mark.parametrize("header", [
        "Accept: ", "Accept: application/json, text/*;q=0.3, */*;q=0.1", "Cookie: a=b; c=\"d e\"",
        "Cookie: a", "Cookie: a=b; c", "Cookie: name=\xff", "Cookie: theme={\"dark\":true}",
        "Cookie: a=b;c=d", "Cookie: a=b; a=c", "Date: Sun, 06 Nov 1994 08:49:37 GMT",
        "Date: Sunday, 06-Nov-94 08:49:37 GMT", "Date: Sun Nov  6 08:49:37 1994",
        "Accept-Language: de", "Cache-Control: no-cache", "Cache-Control: stale-if-error=5, x=y",
        "Accept: application/vnd.x+json;version=1", "Connection: keep-alive, Upgrade",
        "Content-Length: 0", "Range: bytes=0-5", "User-Agent: ", "DNT: 1", "Priority: u=1, i",
        "Sec-Fetch-Mode: cors", "Accept: text/html,application/xhtml+xml;q=0.9,image/avif,*/*;q=0.8",
    ])
    def test_what_browsers_and_libraries_send(self, server, header):
        """Cookies of every other program on this host come along: none may lock a person out."""
        with Wire(server) as wire:
            assert wire.ask(get("/api/ports/assignments", header)).status == 200

    @pytest.mark.parametrize("header", ["Cookie: =;", "Date: yesterday", "Accept: garbage",
                                        "Host: 127.0.0.1:x", "Cache-Control: max-age=x"])
    def test_nothing_of_the_inside_is_told(self, server, header):
        with Wire(server) as wire:
            answer = wire.ask(get("/nothing/here", header))
            for word in (b"std::", b"what()", b"exception", b"Pistache", b"/src/"):
                assert word not in answer.body


class TestBody:
    @pytest.mark.parametrize("length", ["-1", "+5", "5x", "0x5", "5 5", "5,6", "", "1e3", " ",
                                        "99999999999999999999999999", "18446744073709551616",
                                        "9223372036854775807"])
    def test_content_length(self, server, length):
        sent(server, f"POST /api/ports/assign HTTP/1.1\r\nHost: x\r\nContent-Type: application/json"
                     f"\r\nContent-Length: {length}\r\n\r\n{{}}", 400, 413)

    @pytest.mark.parametrize("length", ["1048577", "10000000", "4294967296"])
    def test_too_large_is_refused_before_it_comes(self, server, length):
        with Wire(server) as wire:
            wire.send(get("/api/ports/assign", "Content-Type: application/json",
                          f"Content-Length: {length}", method="POST"))
            assert problem(wire.read(), 413)["code"] == "payload_too_large"
            assert wire.at_end()

    def test_too_large_body_can_be_read_by_a_client_that_sends_it(self, server):
        """The answer arrives although the client was still sending: no reset that swallows it."""
        with Wire(server) as wire:
            wire.try_send(post("/api/ports/assign", b"x" * 1_100_000))
            problem(wire.read(), 413)

    def test_two_lengths(self, server):
        for second in ("2", "3"):
            sent(server, f"POST /api/ports/assign HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                         f"Content-Length: {second}\r\n\r\n{{}}", 400, 415)

    def test_length_and_transfer_encoding(self, server):
        sent(server, "POST /api/ports/assign HTTP/1.1\r\nHost: x\r\nContent-Type: application/json"
                     "\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)

    @pytest.mark.parametrize("value", ["gzip", "gzip, chunked", "chunked, chunked", "xchunked",
                                       "chunked, identity", "\x0bchunked"])
    def test_transfer_encoding(self, server, value):
        sent(server, f"POST /api/ports/assign HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {value}\r\n"
                     "\r\n2\r\n{}\r\n0\r\n\r\n", 400, 501)

    def chunked(self, body):
        return get("/api/ports/assign", "Content-Type: application/json",
                   "Transfer-Encoding: chunked", method="POST") + body

    def test_chunked(self, server, ports):
        body = b'{"service_id": "epsilon"}'
        pieces = b"".join(b"%x\r\n%s\r\n" % (1, body[at:at + 1]) for at in range(len(body)))
        with Wire(server) as wire:
            answer = wire.ask(self.chunked(pieces + b"0\r\n\r\n"))
            assert (answer.status, answer.json()["port"]) == (200, ports[4])
            assert wire.is_open()

    def test_chunk_extension_and_trailer(self, server):
        with Wire(server) as wire:
            answer = wire.ask(self.chunked(b'19;a=b\r\n{"service_id": "epsilon"}\r\n'
                                           b"0\r\nX-Trailer: y\r\n\r\n"))
            assert answer.status in (200, 400)
            if answer.status == 200:
                assert wire.is_open()

    @pytest.mark.parametrize("body", [
        b"zz\r\n{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n", b"\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}x\r\n0\r\n\r\n", b"2 2\r\n{}\r\n0\r\n\r\n", b"0x2\r\n{}\r\n0\r\n\r\n",
        b"ffffffffffffffff\r\n{}\r\n", b"1ffffffffffffffff\r\n{}\r\n",
        b"7fffffffffffffff\r\n{}\r\n", b"2" + b";a" * 100_000 + b"\r\n{}\r\n0\r\n\r\n",
    ], ids=lambda body: repr(body[:24]))
    def test_bad_chunk(self, server, body):
        sent(server, self.chunked(body), 400, 413)

    @pytest.mark.parametrize("header", ["Content-Length : {}", "Content-Length\t: {}", "Content-Length:{}, {}",
                                        " Content-Length: {}", "X\x00Content-Length: {}",
                                        "X: y\rContent-Length: {}", "X: y\nContent-Length: {}"])
    def test_nothing_can_be_smuggled(self, server, header):
        """What another server in front takes for a body is not taken for a request here."""
        inner = get("/api/ports/statistics")
        with Wire(server) as wire:
            wire.send("POST /api/ports/resolve-conflicts HTTP/1.1\r\nHost: x\r\n"
                      + header.format(len(inner), len(inner)) + "\r\n\r\n")
            wire.try_send(inner)
            answer = wire.read()
            assert b"statistics" not in answer.body
            with contextlib.suppress(EOFError, ConnectionError):
                assert b"statistics" not in wire.read().body

    def test_chunk_lines_with_line_feeds_only(self, launch, suite):
        """Refused, at the latest when the time for the body is over."""
        server = launch("--body-timeout-ms", 500, import_file=suite, name="short")
        sent(server, self.chunked(b"2\n{}\n0\n\n"), 400, 408)

    def test_chunks_beyond_the_limit(self, server):
        with Wire(server) as wire:
            wire.send(self.chunked(b""))
            for _ in range(40):
                wire.try_send(b"10000\r\n" + b" " * 65536 + b"\r\n")
            problem(wire.read(), 413)

    def test_body_of_a_get_is_not_the_next_request(self, server):
        """A body that a GET carries must not be taken for a request."""
        smuggled = get("/api/ports/statistics")
        with Wire(server) as wire:
            answer = wire.ask(get("/api/ports/assignments", f"Content-Length: {len(smuggled)}")
                              + smuggled + get("/health"))
            if answer.status == 200:
                assert "assignments" in answer.json()
                assert wire.read().json()["status"] == "healthy"
            else:
                problem(answer, 400, 413)
                assert wire.at_end()

    def test_half_a_body_and_gone(self, server):
        with Wire(server) as wire:
            wire.send(post("/api/ports/assign", {"service_id": "epsilon"})[:-5])
            wire.socket.shutdown(socket.SHUT_WR)
            wire.at_end()
        assert "epsilon" not in server.assignments()


class TestLineEnds:
    def test_line_feeds_only(self, server):
        with Wire(server) as wire:
            wire.send("GET /health HTTP/1.1\nHost: x\n\n")
            assert wire.read().status in (200, 400)

    def test_line_feeds_in_the_middle(self, server):
        with Wire(server) as wire:
            wire.send("GET /health HTTP/1.1\r\nHost: x\nX: y\r\n\r\n")
            assert wire.read().status in (200, 400)

    def test_empty_lines_before(self, server):
        with Wire(server) as wire:
            assert wire.ask(b"\r\n\r\n" + get("/health")).status in (200, 400)

    @pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
                                      b"\x00" * 5000, b"garbage without an end" * 500,
                                      b"SSH-2.0-OpenSSH_9.2\r\n", bytes(range(256)) * 40],
                             ids=["TLS", "zeros", "text", "SSH", "all bytes"])
    def test_garbage(self, launch, suite, tmp_path, data):
        """An answer or a closed connection within the header time-out, not a connection for ever."""
        file = tmp_path / "portmanager.toml"
        file.write_text("header-timeout-ms = 1000\n")
        server = launch("--config", file, import_file=suite, name="short")
        with Wire(server) as wire:
            wire.try_send(data)
            try:
                assert wire.read().status in (400, 408, 414, 431, 505)
            except (EOFError, ConnectionError):
                pass
            assert wire.at_end()
        serves(server)


class TestTimeouts:
    @pytest.fixture
    def server(self, launch, suite, tmp_path):
        file = tmp_path / "portmanager.toml"
        file.write_text("header-timeout-ms = 500\n")
        return launch("--config", file, import_file=suite)

    def test_half_a_header(self, server):
        with Wire(server) as wire:
            wire.send("GET /health HTTP/1.1\r\nHost:")
            assert problem(wire.read(), 408)["code"] == "request_timeout"
            assert wire.at_end()

    def test_header_that_trickles(self, server):
        """One byte now and then is not progress for ever."""
        with Wire(server, timeout=20) as wire:
            wire.send("GET /health HTTP/1.1\r\n")
            wire.socket.settimeout(0.1)
            for _ in range(200):
                try:
                    wire.send(b"X")
                    if not wire.fill():
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
            else:
                pytest.fail("still open after 20 s")
