"""Fixtures. Everything that a test starts is ended when the test is, however it ends."""

import os
import signal

import pytest

import harness
from harness import SAMPLE, SELF, TIMEOUTS, UNASKED, PortBlock, Server, SuiteService, product_ports, suite_file
from kernel import SCAN_INTERVAL, Stranger, copy_of_python
from upstreams import HubDouble

FAILED = pytest.StashKey()


def pytest_configure(config):
    # What runs in the background of a script, or under nohup(1), ignores these, and so do the programs
    # that it starts: those under test are to get them.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT
                          else signal.SIG_DFL)
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
    """launch(*args, name=..., options...) starts a server on a fresh data directory.

    The range is the block of free ports; `import_file` is loaded on the first start. Options are
    those of the command line: scan_interval_ms=300."""
    started = []

    def start(*args, name="data", import_file=None, range=ports.range, start=True, env=None,
              port=0, prefix=(), pass_fds=(), **options):
        given = {key.replace("_", "-"): value for key, value in options.items()}
        flags = [item for key, value in (TIMEOUTS | UNASKED | given).items()
                 for item in (f"--{key}", str(value))]
        if range:
            flags += ["--range", range]
        if import_file:
            flags += ["--import", str(import_file)]
        server = Server(tmp_path / name, *flags, *args, env=env, port=port, prefix=prefix,
                        pass_fds=pass_fds)
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
    """A server with the suite of the product on the ports of the product, which no other test has
    meanwhile. A test that runs services on them names this fixture before that of the services."""
    with product_ports():
        yield launch(import_file=SAMPLE, range="8000-9000")


@pytest.fixture
def run_service(tmp_path):
    """run_service(id, port, mode) starts a real suite service."""
    started = []

    def start(service_id, port, mode="none", **options):
        service = SuiteService(service_id, port, tmp_path, mode, **options)
        started.append(service)
        return service.start()

    yield start
    for service in started:
        service.close()


@pytest.fixture
def run_double():
    """run_double(*options) starts a double of Hub or Ninja."""
    started = []

    def start(*options):
        started.append(HubDouble(*options))
        return started[-1]

    yield start
    for double in started:
        double.close()


@pytest.fixture(scope="session")
def foreign_python(tmp_path_factory):
    """A Python whose executable is not that of the suite services: strangers run on it."""
    return copy_of_python(tmp_path_factory.mktemp("foreign"))


@pytest.fixture
def run_stranger(foreign_python):
    """run_stranger(port, kind, address) starts a process that is no service of the suite."""
    started = []

    def start(port, kind="not_found", **options):
        stranger = Stranger(foreign_python, port, kind, **options)
        started.append(stranger)
        return stranger

    yield start
    for stranger in started:
        stranger.close()


@pytest.fixture
def watching(launch, suite):
    """A server with the small suite that looks at the kernel often, and is patient for a second."""
    return launch(import_file=suite, scan_interval_ms=SCAN_INTERVAL, health_timeout_ms=1000)
