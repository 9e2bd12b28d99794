"""What the tests of Hub and Ninja share: the double, the paths, and what the server says of them."""

import sys

from harness import SUPPORT, wait_until

sys.path.insert(0, str(SUPPORT))

from hub_double_process import HubDouble  # noqa: E402  pylint: disable=wrong-import-position

REGISTER = "/api/v1/services/register"
UNREGISTER = "/api/v1/services/unregister"
HEALTH = "/api/v1/services/health"
METRICS = "/api/v1/services/metrics"
NINJA_REGISTER = "/api/v1/monitoring/register"
ERRORS = "/api/v1/errors"
PERFORMANCE = "/api/v1/performance"
EVENTS = "/api/v1/events/port-change"

# Nobody waits for minutes in a test.
FAST = {"hub_health_interval_ms": 200, "hub_metrics_interval_ms": 300,
        "ninja_performance_interval_ms": 300, "upstream_timeout_ms": 2000,
        "upstream_backoff_ms": 50, "upstream_backoff_limit_ms": 400,
        "upstream_circuit_limit_ms": 200, "upstream_retry_after_limit_s": 1}

__all__ = ["HubDouble", "REGISTER", "UNREGISTER", "HEALTH", "METRICS", "NINJA_REGISTER", "ERRORS",
           "PERFORMANCE", "EVENTS", "FAST", "state", "wait_for_state", "wait_for_calls",
           "wait_until_told", "events_of"]


def state(server, target):
    upstreams = server.ok("GET", "/api/upstream")["upstreams"]
    assert [upstream["target"] for upstream in upstreams] == ["hub", "ninja"]
    return upstreams[("hub", "ninja").index(target)]


def wait_for_state(server, target, wanted):
    """`wanted`: the word. What is said of the target then."""
    return wait_until(lambda: (found := state(server, target))["state"] == wanted and found,
                      f"{target} to be {wanted}: {state(server, target)}")


def wait_for_calls(double, path, count=1):
    return wait_until(lambda: len(found := double.bodies(path)) >= count and found,
                      f"{count} calls to {path}: {double.calls()[-5:]}")


def wait_until_told(server, *targets, deadline=30):
    """Until nothing waits for them any more."""
    for target in targets:
        wait_until(lambda: state(server, target)["backlog"]["waiting"] == 0,
                   f"{target} to be told all", deadline)


def events_of(double, service_id):
    """(old, new) of each event that came, without those that came again, oldest first."""
    found = {}
    for body in double.bodies(EVENTS):
        if body["service_id"] == service_id:
            found.setdefault(body["event_id"], (body["old_port"], body["new_port"]))
    return list(found.values())
