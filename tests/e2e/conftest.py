"""Fixtures. Everything that a test starts is ended when the test is, however it ends."""

import os

import pytest

import harness
from harness import SAMPLE, SELF, TIMEOUTS, PortBlock, Server, SuiteService, suite_file

FAILED = pytest.StashKey()


def pytest_configure(config):
    path = harness.binary()
    if not os.access(path, os.X_OK):
        raise pytest.UsageError(f"{path} is missing: build it (scripts/build) or set PORTMANAGER_BIN")


@pytest.fixture(scope="session")
def ports():
    block = PortBlock()
    yield block
    block.close()


@pytest.fixture
def launch(tmp_path, ports, request):
    """launch(*args, name=..., timeouts...) starts a server on a fresh data directory.

    The range is the block of free ports; `import_file` is loaded on the first start."""
    started = []

    def start(*args, name="data", import_file=None, range=ports.range, start=True, env=None,
              **timeouts):
        given = {key.replace("_", "-"): value for key, value in timeouts.items()}
        flags = [item for key, value in (TIMEOUTS | given).items()
                 for item in (f"--{key}", str(value))]
        if range:
            flags += ["--range", range]
        if import_file:
            flags += ["--import", str(import_file)]
        server = Server(tmp_path / name, *flags, *args, env=env)
        started.append(server)
        return server.start() if start else server

    yield start
    for server in started:
        server.close()
    if request.node.stash.get(FAILED, False):
        for server in started:
            print(f"--- log of {server.data_dir}\n{server.log_tail(80)}")



@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call" and outcome.get_result().failed:
        item.stash[FAILED] = True


@pytest.fixture
def server(launch, suite):
    """A server with a small suite: alpha, beta, gamma, delta and the Port Manager itself."""
    return launch(import_file=suite)


@pytest.fixture
def suite(tmp_path, ports):
    return suite_file(tmp_path / "suite.json",
                      {"alpha": ports[0], "beta": ports[1], "gamma": ports[2], "delta": ports[3],
                       SELF: ports[100]},
                      reserved=[ports[50]])


@pytest.fixture
def sample_server(launch):
    """A server with the suite of the product on the ports of the product."""
    return launch(import_file=SAMPLE, range="8000-9000")


@pytest.fixture
def run_service(tmp_path):
    """run_service(id, port, mode) starts a real suite service."""
    started = []

    def start(service_id, port, mode="none"):
        service = SuiteService(service_id, port, tmp_path, mode)
        started.append(service)
        return service.start()

    yield start
    for service in started:
        service.close()
