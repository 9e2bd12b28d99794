"""Wrong bodies, at every call that takes one: named, refused, and nothing is changed."""

import pytest

from harness import refused, succeeded

CALLS = ["/api/ports/assign", "/api/ports/release", "/api/ports/reassign", "/api/ports/bulk-update",
         "/api/ports/reserve", "/api/services/register", "/api/services/restart",
         "/api/ports/resolve-conflict", "/api/ports/import"]
OPTIONAL_BODY = ["/api/ports/resolve-conflicts"]
JSON = {"Content-Type": "application/json"}


def send(server, path, raw, headers=JSON):
    return server.request("POST", path, data=raw, headers=headers)


@pytest.fixture
def unchanged(server):
    before = server.revision()
    yield server
    assert server.revision() == before
    server.ok("GET", "/health")


@pytest.mark.parametrize("path", CALLS + OPTIONAL_BODY)
@pytest.mark.parametrize("raw", [
    b"{", b"{\"service_id\":", b"nonsense", b"{}{}", b"{'a': 1}", b"{\"a\": 1,}", b"\xff\xfe",
    b"{\"service_id\": \"\xc3\x28\"}", b"{\"service_id\": \"\xed\xa0\x80\"}", b"\x00", b"// x\n{}",
    b"{\"a\": NaN}", b"{\"a\": 01}", b"[" * 100_000, b"{\"a\":" * 100_000, b" ",
    b"{\"service_id\": \"alpha\", \"service_id\": \"beta\"}",
    b"{\"x\": {\"a\": 1, \"a\": 1}}", b"\xef\xbb\xbf\xef\xbb\xbf{}",
], ids=lambda raw: repr(raw[:30]))
def test_not_json(unchanged, path, raw):
    refused(send(unchanged, path, raw), 400, "invalid_json")


def test_place_of_the_fault(unchanged):
    refused(send(unchanged, "/api/ports/assign", b"{\n  \"service_id\": oops\n}"), 400, "invalid_json",
            "line 2")


@pytest.mark.parametrize("path", CALLS)
def test_empty_body(unchanged, path):
    answer = send(unchanged, path, b"")
    assert answer.status_code in (400, 422), answer.text
    refused(answer, answer.status_code, {400: "invalid_json", 422: "invalid_shape"}
            [answer.status_code])


@pytest.mark.parametrize("path", CALLS + OPTIONAL_BODY)
@pytest.mark.parametrize("raw", [b"[]", b"null", b"7", b"\"text\"", b"true", b"[{}]"])
def test_not_an_object(unchanged, path, raw):
    refused(send(unchanged, path, raw), 422, "invalid_shape")


@pytest.mark.parametrize("path,member", [
    ("/api/ports/assign", "service_id"), ("/api/ports/release", "service_id"),
    ("/api/ports/reassign", "service_id"), ("/api/ports/bulk-update", "updates"),
    ("/api/ports/reserve", "port"), ("/api/services/register", "service_id"),
    ("/api/services/restart", "service_id"), ("/api/ports/resolve-conflict", "service_name"),
    ("/api/ports/import", "port_assignments"),
])
@pytest.mark.parametrize("raw", [b"{}", b"{\"other\": 1}"])
def test_required_member_is_named(unchanged, path, member, raw):
    refused(send(unchanged, path, raw), 422, "invalid_shape", member)


@pytest.mark.parametrize("path,member", [
    ("/api/ports/assign", "service_id"), ("/api/ports/release", "service_id"),
    ("/api/ports/reassign", "service_id"), ("/api/services/register", "service_id"),
    ("/api/services/restart", "service_id"),
])
@pytest.mark.parametrize("value", ["null", "7", "true", "[]", "{}", "[\"alpha\"]", "1.5"])
def test_service_id_of_another_type(unchanged, path, member, value):
    refused(send(unchanged, path, f'{{"{member}": {value}}}'), 422, "invalid_shape", member)


@pytest.mark.parametrize("path,body,member", [
    ("/api/ports/assign", '{"service_id": "epsilon", "port": %s}', "port"),
    ("/api/ports/reassign", '{"service_id": "alpha", "new_port": %s}', "new_port"),
    ("/api/ports/reserve", '{"port": %s}', "port"),
    ("/api/ports/reserve", '{"start_port": %s, "end_port": 20000}', "start_port"),
    ("/api/services/register", '{"service_id": "epsilon", "port": %s}', "port"),
    ("/api/ports/bulk-update", '{"updates": {"alpha": %s}}', "alpha"),
])
@pytest.mark.parametrize("value", ['"8050"', "true", "8050.5", "8050.0", "8.05e3", "[8050]", "{}",
                                   '""'])
def test_port_of_another_type(unchanged, path, body, member, value):
    refused(send(unchanged, path, body % value), 422, "invalid_shape", member)


@pytest.mark.parametrize("path,body", [
    ("/api/ports/assign", '{"service_id": "epsilon", "port": %s}'),
    ("/api/ports/reassign", '{"service_id": "alpha", "new_port": %s}'),
    ("/api/ports/reserve", '{"port": %s}'),
    ("/api/services/register", '{"service_id": "epsilon", "port": %s}'),
    ("/api/ports/bulk-update", '{"updates": {"alpha": %s}}'),
])
@pytest.mark.parametrize("value", ["0", "-8050", "1023", "65536", "4294975296", "9223372036854775807"])
def test_port_out_of_bounds(unchanged, path, body, value):
    refused(send(unchanged, path, body % value), 400, "out_of_bounds")


def test_huge_numbers(unchanged):
    for value in ("18446744073709551615", "18446744073709559616", "-9223372036854775809", "1e400",
                  "9" * 400, "1" + "0" * 400):
        answer = send(unchanged, "/api/ports/assign", f'{{"service_id": "epsilon", "port": {value}}}')
        assert answer.status_code in (400, 422), answer.text


@pytest.mark.parametrize("path,body,member", [
    ("/api/ports/assign", '{"service_id": "epsilon", "force": %s}', "force"),
    ("/api/ports/reassign", '{"service_id": "alpha", "force": %s}', "force"),
    ("/api/ports/reassign", '{"service_id": "alpha", "dry_run": %s}', "dry_run"),
    ("/api/ports/resolve-conflicts", '{"dry_run": %s}', "dry_run"),
])
@pytest.mark.parametrize("value", ['"true"', '"false"', "1", "0", "[]", '""'])
def test_boolean_of_another_type(unchanged, path, body, member, value):
    refused(send(unchanged, path, body % value), 422, "invalid_shape", member)


@pytest.mark.parametrize("updates", ["[]", "null", "7", '"alpha"', '[["alpha", 8050]]'])
def test_updates_of_another_type(unchanged, updates):
    refused(send(unchanged, "/api/ports/bulk-update", f'{{"updates": {updates}}}'), 422,
            "invalid_shape", "updates")


def test_null_means_left_out(server, ports):
    body = succeeded(server.post("/api/ports/reassign", {
        "service_id": "alpha", "new_port": None, "force": None, "dry_run": None}))
    assert body["new_port"] == ports[4]
    succeeded(server.post("/api/ports/resolve-conflicts", {"dry_run": None}))
    succeeded(server.post("/api/ports/reserve", {"port": ports[60], "reason": None,
                                                 "expires_in": None, "start_port": None,
                                                 "end_port": None}))


def test_unknown_members_do_no_harm(server, ports):
    succeeded(server.post("/api/ports/assign", {"service_id": "epsilon", "port": ports[10],
                                                "colour": {"deep": [1, 2, 3]}}))


def test_resolve_conflicts_body_is_optional(server):
    succeeded(server.post("/api/ports/resolve-conflicts"))
    succeeded(send(server, "/api/ports/resolve-conflicts", b"", {}))
    succeeded(server.post("/api/ports/resolve-conflicts", {}))


@pytest.mark.parametrize("content_type", ["garbage", "", "application/", "/", "application/json/x"])
def test_no_media_type(unchanged, content_type):
    answer = send(unchanged, "/api/ports/assign", b'{"service_id": "epsilon"}',
                  {"Content-Type": content_type})
    assert answer.status_code in (400, 415), answer.text


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded",
                                          "application/jsonx", "text/json", "image/png", "x/y",
                                          "multipart/form-data; boundary=x", "application/xml"])
def test_media_type(unchanged, content_type):
    refused(send(unchanged, "/api/ports/assign", b'{"service_id": "epsilon"}',
                 {"Content-Type": content_type}), 415, "unsupported_media")


@pytest.mark.parametrize("content_type", [
    "application/json", "application/json; charset=utf-8", "APPLICATION/JSON",
    "application/json;charset=UTF-8", "application/json ; charset=\"utf-8\""])
def test_media_type_of_json(server, content_type):
    succeeded(send(server, "/api/ports/assign", b'{"service_id": "epsilon"}',
                   {"Content-Type": content_type}))


def test_body_limit(unchanged):
    limit = 1024 * 1024
    just = b'{"x": "' + b"a" * (limit - 9) + b'"}'
    assert len(just) == limit
    refused(send(unchanged, "/api/ports/assign", just), 422, "invalid_shape", "service_id")
    refused(send(unchanged, "/api/ports/assign", just + b" "), 413, "payload_too_large")
    refused(send(unchanged, "/api/ports/assign", b"a" * (8 * limit)), 413, "payload_too_large")
