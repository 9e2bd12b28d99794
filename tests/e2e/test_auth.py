"""Who may change something: tokens, and pages of other origins in a user's browser."""

import pytest

from harness import refused, succeeded

TOKEN = "correct-horse-battery-staple"


@pytest.fixture
def guarded(launch, suite, tmp_path):
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    return launch("--auth-token-file", file, import_file=suite)


def assign(server, authorization=None, **headers):
    if authorization is not None:
        headers["Authorization"] = authorization
    return server.post("/api/ports/assign", {"service_id": "epsilon"}, headers=headers)


def test_token(guarded):
    succeeded(assign(guarded, f"Bearer {TOKEN}"))
    succeeded(assign(guarded, f"bearer {TOKEN}"))


def test_missing(guarded):
    answer = assign(guarded)
    refused(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("value", ["Bearer wrong", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}",
                                   f"Bearer {TOKEN.upper()}", f"Bearer  x {TOKEN}"])
def test_wrong(guarded, value):
    refused(assign(guarded, value), 403, "forbidden")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", TOKEN, f"Basic {TOKEN}"])
def test_no_bearer(guarded, value):
    answer = assign(guarded, value)
    assert answer.status_code in (401, 403), answer.text
    refused(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("method,path", [
    ("POST", "/api/ports/release"), ("POST", "/api/ports/reassign"), ("POST", "/api/ports/bulk-update"),
    ("POST", "/api/ports/resolve-conflicts"), ("POST", "/api/ports/reserve"),
    ("DELETE", "/api/ports/reserve/20000"), ("POST", "/api/ports/backup"),
    ("POST", "/api/ports/restore?backup_file=x"), ("POST", "/api/ports/import"),
    ("POST", "/api/ports/reset"), ("POST", "/api/services/register"), ("DELETE", "/api/services/alpha"),
    ("POST", "/api/services/restart"), ("DELETE", "/api/ports/20000"),
    ("POST", "/api/ports/resolve-conflict"),
])
def test_every_change_is_guarded(guarded, method, path):
    before = guarded.request("GET", "/api/ports/assignments",
                             headers={"Authorization": f"Bearer {TOKEN}"}).json()
    refused(guarded.request(method, path, {}), 401, "unauthorized")
    assert guarded.request("GET", "/api/ports/assignments",
                           headers={"Authorization": f"Bearer {TOKEN}"}).json() == before


def test_health_needs_no_token(guarded):
    assert guarded.get("/health").json()["status"] == "healthy"


def test_token_is_not_logged(guarded):
    assign(guarded, f"Bearer {TOKEN}")
    assign(guarded, f"Bearer {TOKEN}x")
    guarded.stop()
    assert TOKEN not in guarded.log()


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1",
                                    "http://127.0.0.1.evil.example", "http://localhost.evil.example",
                                    "file://", "garbage"])
def test_other_origin(server, origin):
    """A page that the operator happens to have open must not move services."""
    before = server.revision()
    refused(assign(server, Origin=origin), 403, "forbidden")
    assert server.revision() == before


def test_other_port_of_this_host_is_another_origin(server):
    refused(assign(server, Origin=f"http://127.0.0.1:{server.port - 1}"), 403, "forbidden")


def test_other_origin_without_a_body(server):
    """What needs no JSON needs no preflight either."""
    for path in ("/api/ports/reset", "/api/ports/backup", "/api/ports/resolve-conflicts"):
        refused(server.post(path, headers={"Origin": "http://evil.example"}), 403, "forbidden")


def test_own_origin(server):
    succeeded(assign(server, Origin=server.url))
    succeeded(assign(server, Origin=f"http://localhost:{server.port}",
                     Host=f"localhost:{server.port}"))


def test_no_origin(server):
    succeeded(assign(server))


def test_reading_is_not_shared_with_other_origins(server):
    answer = server.get("/api/ports/assignments", headers={"Origin": "http://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8100", "127.0.0.1.evil.example"])
def test_names_of_other_sites(server, host):
    """DNS rebinding: a page whose name points here is of its own origin, and still a stranger."""
    headers = {"Host": host, "Origin": f"http://{host}"}
    refused(server.post("/api/ports/assign", {"service_id": "epsilon"}, headers=headers), 421,
            "misdirected", host.split(":")[0])
    refused(server.get("/api/ports/assignments", headers=headers), 421, "misdirected")


@pytest.mark.parametrize("host", ["localhost:8100", "[::1]:8100", "10.0.0.7", "port-manager:8100"])
def test_own_names(server, host):
    assert server.get("/health", headers={"Host": host}).status_code == 200


def test_allowed_hosts(launch, suite):
    server = launch("--allowed-hosts", "ports.example,Other.Example", import_file=suite)
    for host in ("ports.example", "PORTS.example:8100", "other.example"):
        assert server.get("/health", headers={"Host": host}).status_code == 200
    assert server.get("/health", headers={"Host": "third.example"}).status_code == 421


PREFLIGHT = {"Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "content-type,x-actor"}


def test_an_allowed_origin_may_ask_change_and_read(launch, suite):
    """As a browser does it for a page of another site: first a preflight, then the request."""
    page = "https://admin.example.org"
    server = launch("--allowed-origins", page, import_file=suite)
    answer = server.request("OPTIONS", "/api/ports/assign", headers={"Origin": page, **PREFLIGHT})
    assert answer.status_code == 204
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
    changed = assign(server, Origin=page)
    succeeded(changed)
    read = server.get("/api/ports/assignments", headers={"Origin": page})
    for each in (answer, changed, read):
        assert each.headers["Access-Control-Allow-Origin"] == page
        assert each.headers["Vary"] == "Origin"
    assert "X-Revision" in read.headers["Access-Control-Expose-Headers"]


def test_a_preflight_of_another_origin_is_told_nothing(launch, suite):
    server = launch("--allowed-origins", "https://admin.example.org", import_file=suite)
    answer = server.request("OPTIONS", "/api/ports/assign",
                            headers={"Origin": "https://evil.example", **PREFLIGHT})
    assert answer.status_code == 204
    assert not any(name.startswith("Access-Control-") for name in answer.headers)


def test_options_tells_the_methods_of_a_path(server):
    answer = server.request("OPTIONS", "/api/services/alpha")
    assert (answer.status_code, answer.content) == (204, b"")
    assert {each.strip() for each in answer.headers["Allow"].split(",")} == \
        {"GET", "HEAD", "DELETE", "OPTIONS"}
    refused(server.request("OPTIONS", "/nothing"), 404, "not_found")
