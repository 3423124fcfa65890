"""Fixtures: the graph in process, and real servers on loopback sockets. And which tests are fast."""

import sys

import pytest
from hypothesis import settings

import gbagraph
from support import RunningServer, file_with, processes, run
from support.browser import Chromium
from support.installed import Virtuoso, needs
from support.soak import examples

# Without a deadline: how long an example takes depends on what else the machine does.
settings.register_profile("gbagraph", max_examples=examples(100), deadline=None)
settings.load_profile("gbagraph")

_STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"}
"""Audit events of whatever starts a process."""

_UNMARKED = (
    "This test starts a process, so it is not one of the fast tests: mark it with "
    "@pytest.mark.processes, or let the name of the fixture that does end in 'server'."
)


class _Guard:
    """Keeps the fast tests fast: one that is not marked cannot start a process."""

    def __init__(self) -> None:
        self.on = False
        sys.addaudithook(self._heard)

    def _heard(self, event: str, _: object) -> None:
        if self.on and event in _STARTS:
            pytest.fail(_UNMARKED)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self.on = item.get_closest_marker("processes") is None
        try:
            return (yield)
        finally:
            self.on = False


class _Ending:
    """Ends what a test has started, though not what its fixtures have.

    It is a plugin of its own, as the hooks of this file are not called for fixtures of the session.
    """

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self):
        with processes.keeping():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self):
        try:
            return (yield)
        finally:
            processes.end_started()


def pytest_addoption(parser):
    parser.addoption("--all", action="store_true", help="run what only `make matrix` runs, too")


def pytest_configure(config):
    processes.give_default_signals()
    config.pluginmanager.register(_Guard())
    config.pluginmanager.register(_Ending())


def pytest_unconfigure():
    """End what is left, as after Ctrl-C."""
    processes.end_started(kept=True)


LONGEST = (
    *("test_manual_examples.py", "test_package.py", "test_generations.py", "test_plugin.py"),
    *("test_new.py", "test_permalinks.py", "test_releases.py", "test_store_index.py"),
    *("test_site.py", "test_claims_manual.py"),
)
"""Modules that take longest: begun first, so that no worker is left with one at the end."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Mark what uses a server: its fixture is called so. Leave out what only the matrix runs."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
    for item in items:
        if any(name.endswith("server") for name in item.fixturenames):
            item.add_marker("processes")
    if not config.getoption("--all"):
        left_out = [item for item in items if item.get_closest_marker("matrix")]
        items[:] = [item for item in items if not item.get_closest_marker("matrix")]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def graph():
    """The built-in dataset in this process."""
    return gbagraph.open()


@pytest.fixture(scope="session")
def server():
    """A server process with the built-in dataset."""
    with RunningServer() as running:
        yield running


@pytest.fixture(scope="session")
def prefixed_server():
    """A server process below a path, as behind a proxy."""
    with RunningServer("--root-path", "/gba") as running:
        yield running


@pytest.fixture(scope="session")
def small_file(tmp_path_factory):
    """A few triples in two named graphs and the default graph, one of them in both graphs."""
    return file_with(
        tmp_path_factory.mktemp("data") / "small.trig",
        """
        PREFIX e: <http://example.org/>
        e:a e:p e:b .
        GRAPH e:g1 { e:b e:p e:c . e:shared e:p 1 . }
        GRAPH e:g2 { e:c e:p "x"@en . e:shared e:p 1 . }
        """,
    )


@pytest.fixture
def small(small_file):
    """Ask the command line about a few triples: half the time of the built-in dataset."""
    return lambda query, *options, **more: run(
        "query", query, "--data", small_file, *options, **more
    )


@pytest.fixture(scope="session")
def small_server(small_file):
    """A server process for mechanics: small data, little memory."""
    with RunningServer("--data", small_file, "--query-memory", "64") as running:
        yield running


@pytest.fixture(scope="session")
def limited_server(small_file):
    """One with a time limit of two seconds, for queries that reach it."""
    options = ("--query-timeout", "2", "--query-memory", "64")
    with RunningServer("--data", small_file, *options) as running:
        yield running


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """A browser for the tests of a module."""
    needs("chromium")
    with Chromium(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="module")
def virtuoso(tmp_path_factory):
    """A Virtuoso with an empty database."""
    needs("virtuoso-t", "isql-vt")
    with Virtuoso(tmp_path_factory.mktemp("virtuoso")) as running:
        yield running
