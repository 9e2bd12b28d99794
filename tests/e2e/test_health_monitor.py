"""The health of all services is asked again and again; one odd answer changes nothing."""

import pytest

from harness import wait_until

INTERVAL = 400


@pytest.fixture
def server(launch, suite):
    return launch(import_file=suite, health_interval_ms=INTERVAL, health_timeout_ms=1000)


def status(server, service_id):
    return server.ok("GET", f"/api/services/status/{service_id}")["status"]


def wait_status(server, service_id, wanted):
    wait_until(lambda: status(server, service_id)["status"] == wanted,
               f"{service_id} to be {wanted}")


def checks(server, service_id):
    return [row["status"] for row in server.sql(
        "SELECT status FROM health_checks WHERE service_id = ? ORDER BY check_id", service_id)]


def wait_rounds(server, service, count=3):
    """That many checks more have reached the service."""
    def asked():
        return sum(call["path"] == "/health" for call in service.calls())
    before = asked()
    wait_until(lambda: asked() >= before + count, "the service to be asked")


def test_well_then_ill_then_well(server, run_service, ports):
    alpha = run_service("alpha", ports[0])
    wait_status(server, "alpha", "healthy")
    alpha.misbehave("unhealthy")
    wait_status(server, "alpha", "unhealthy")
    assert status(server, "alpha")["detail"]
    alpha.misbehave("none")
    wait_status(server, "alpha", "healthy")
    assert checks(server, "alpha") == ["healthy", "unhealthy", "healthy"]


def test_gone(server, run_service, ports):
    alpha = run_service("alpha", ports[0])
    wait_status(server, "alpha", "healthy")
    alpha.close()
    wait_status(server, "alpha", "unhealthy")


def test_hung(server, run_service, ports):
    alpha = run_service("alpha", ports[0])
    wait_status(server, "alpha", "healthy")
    alpha.misbehave("silent")
    wait_status(server, "alpha", "unhealthy")


def test_never_seen_stays_unknown(server, run_service, ports):
    alpha = run_service("alpha", ports[0])
    wait_status(server, "alpha", "healthy")
    wait_rounds(server, alpha)
    assert status(server, "beta")["status"] == "unknown"
    assert checks(server, "beta") == []
    totals = server.ok("GET", "/api/services/status")
    assert (totals["total"], totals["healthy"], totals["unhealthy"]) == (5, 1, 0)


def test_answered_by_another(server, run_service, ports):
    run_service("beta", ports[0])
    wait_status(server, "alpha", "unhealthy")
    assert "beta" in status(server, "alpha")["detail"]


def test_one_odd_answer_changes_nothing(launch, suite, run_service, ports):
    """The second look is an interval off: time to be well again."""
    server = launch(import_file=suite, health_interval_ms=1500, health_timeout_ms=1000)
    alpha = run_service("alpha", ports[0])
    wait_status(server, "alpha", "healthy")
    alpha.misbehave("unhealthy")
    before = sum(call["path"] == "/health" for call in alpha.calls())

    def more_checks(count):
        return sum(call["path"] == "/health" for call in alpha.calls()) >= before + count
    wait_until(lambda: more_checks(1), "the odd answer")
    alpha.misbehave("none")
    wait_until(lambda: more_checks(2), "the second look")
    assert status(server, "alpha")["status"] == "healthy"
    assert checks(server, "alpha") == ["healthy"]


def test_last_checked_goes_on(server, run_service, ports):
    run_service("alpha", ports[0])
    wait_status(server, "alpha", "healthy")
    first = status(server, "alpha")["last_checked"]
    wait_until(lambda: status(server, "alpha")["last_checked"] > first, "another check")
    assert checks(server, "alpha") == ["healthy"]


def test_restart_keeps_it(launch, suite, run_service, ports):
    server = launch(import_file=suite, health_interval_ms=INTERVAL)
    run_service("alpha", ports[0])
    wait_status(server, "alpha", "healthy")
    server.kill()
    server.args[server.args.index("--health-interval-ms") + 1] = "0"
    server.start()
    assert status(server, "alpha")["status"] == "healthy"
    assert status(server, "beta")["status"] == "unknown"


def test_on_demand(launch, suite, run_service, ports):
    """Asked for, one answer is enough."""
    server = launch(import_file=suite)
    alpha = run_service("alpha", ports[0])
    assert status(server, "alpha")["status"] == "unknown"
    assert server.ok("GET", "/api/services/health/alpha")["healthy"] is True
    alpha.misbehave("unhealthy")
    assert server.ok("GET", "/api/services/health/alpha")["healthy"] is False
    assert checks(server, "alpha") == ["healthy", "unhealthy"]


def test_table_is_bounded(launch, suite, run_service, ports):
    server = launch(import_file=suite)
    alpha = run_service("alpha", ports[0])
    for number in range(120):
        alpha.misbehave("unhealthy" if number % 2 else "none")
        server.get("/api/services/health/alpha")
    kept = checks(server, "alpha")
    assert len(kept) == 100
    assert kept == ["healthy", "unhealthy"] * 50


def test_all_at_once(launch, suite, run_service, ports):
    """Three that do not answer cost the round one time-out, not three."""
    import time
    server = launch(import_file=suite, health_interval_ms=INTERVAL, health_timeout_ms=2000)
    hung = [run_service(name, ports[at], mode="silent")
            for at, name in enumerate(("alpha", "beta", "gamma"))]
    begun = time.monotonic()
    run_service("delta", ports[3])
    wait_status(server, "delta", "healthy")
    for service in hung:
        wait_status(server, service.service_id, "unhealthy")
    # One round may have begun before; two rounds one after the other would be 12 s.
    assert time.monotonic() - begun < 9
