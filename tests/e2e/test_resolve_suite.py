"""One resolve call puts a whole suite in order and hurts nobody; of random suites, too.

SUITE_ROUNDS=20 tries more of them."""

import concurrent.futures
import os

import pytest
import requests

from harness import succeeded, suite_file
from suites import RandomSuite, RunningSuite

ROUNDS = int(os.environ.get("SUITE_ROUNDS", "3"))


@pytest.fixture
def running(foreign_python):
    started = []

    def start(suite):
        started.append(RunningSuite(suite, foreign_python))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def resolved(launch, running, tmp_path):
    """resolved(suite) runs the suite, loads its file, resolves once, and returns the server."""
    def run(suite):
        running(suite)
        server = launch(health_timeout_ms=1000, import_file=suite_file(
            tmp_path / "suite.json", suite.assignments()))
        return server, succeeded(server.post("/api/ports/resolve-conflicts", timeout=180))
    return run


def health(port):
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(f"http://127.0.0.1:{port}/health", timeout=5).json()
        except (requests.RequestException, ValueError):
            return {}


def check(suite, server, answer):
    told = {each["service"]: (each["success"], each["action"], each["message"])
            for each in answer["resolutions"]}
    given = server.assignments()
    left = [each["detail"] for each in server.conflicts() if each["resolvable"]]
    assert left == [], f"\n{told}"
    # Nobody who was where it should be has been moved, in the registry or by a word to it.
    assert {name for name in suite.in_place if given[name] != suite.registry[name]} == set(), told
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = dict(zip(suite.runs_on, pool.map(lambda name: health(given[name]),
                                                   suite.runs_on)))
    assert {name for name in suite.in_place if answers[name].get("updates") != 0} == set(), told
    assert {name for name, said in answers.items() if said.get("service_id") != name} == set(), told
    # Nobody is moved who has no part in a conflict.
    undisputed = [name for name, port in suite.registry.items()
                  if list(suite.registry.values()).count(port) == 1
                  and port not in suite.strangers and suite.runs_on.get(name, port) == port
                  and port not in {at for each, at in suite.runs_on.items() if each != name}]
    assert {name for name in undisputed if given[name] != suite.registry[name]} == set(), told
    assert len(set(given.values())) == len(given)


def test_the_suite(resolved, ports):
    """200 services: 60 twice given, 20 squatted by foreign processes, 30 stopped."""
    suite = RandomSuite(3, ports, 200, 60, 20, 30)
    assert len(suite.runs_on) >= 140
    server, answer = resolved(suite)
    assert answer["count"] >= 70
    check(suite, server, answer)
    assert all(each["success"] for each in answer["resolutions"]), answer


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_random_suites(resolved, ports, seed):
    import random
    dice = random.Random(1000 + seed)
    size = dice.randint(20, 90)
    duplicated, squatted, stopped = (dice.randint(0, size // 4) for _ in range(3))
    suite = RandomSuite(seed, ports, size, duplicated, squatted, stopped)
    server, answer = resolved(suite)
    check(suite, server, answer)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_tangled_suites(resolved, ports, seed):
    """Services have the ports of others that have the ports of others still."""
    suite = RandomSuite(500 + seed, ports, 40, 16, 5, 6, tangled=True)
    server, answer = resolved(suite)
    check(suite, server, answer)
