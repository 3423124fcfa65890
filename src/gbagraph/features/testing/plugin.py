"""The pytest plugin: fixtures, queries in files as tests, and answers that are written.

It is loaded in every run of pytest where this package is installed, so what it needs is imported when
it is needed.
"""

from __future__ import annotations

import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from gbagraph.features.testing.endpoints import AnyGraph, GraphServer
    from gbagraph.features.testing.faulty import FaultyEndpoint


__tracebackhide__ = True
_SHORT: Final = {"--endpoint": "--sparql-endpoint", "--data": "--sparql-data"}
"""Options that have a short name beside ``--sparql``; alone, other plugins may have them."""

_MARKERS: Final = (
    "sparql: a query in a file, with its expected answer",
    "gbagraph_data(*files, text=''): the data of gbagraph_graph and gbagraph_endpoint; text is TriG",
    "gbagraph_version(version): fail unless the dataset has this version",
    "gbagraph_hash(hash): fail unless the dataset has this hash",
)


def _module(name: str) -> Any:  # noqa: ANN401  a module
    """Import a module of this feature, now that something needs it."""
    return import_module(f"gbagraph.features.testing.{name}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options and settings."""
    group = parser.getgroup("gbagraph", "answers of SPARQL queries")
    add = group.addoption
    add("--sparql", action="append", metavar="FOLDER", help="Test the query files in this folder.")
    add(
        "--sparql-endpoint",
        metavar="URL",
        help="Ask this endpoint (with --sparql also --endpoint); by default a graph in this process.",
    )
    add(
        "--sparql-data",
        action="append",
        metavar="FILE",
        help="Ask this data (with --sparql also --data); by default the built-in dataset.",
    )
    add("--sparql-timeout", default=30, type=float, metavar="SECONDS", help="Time for an answer.")
    add("--update-answers", action="store_true", help="Write expected answers instead of failing.")
    parser.addini("gbagraph_data", "files, or a release, that tests ask", type="args", default=[])
    parser.addini("gbagraph_infer", "true or false: whether what follows is asked too", default="")
    parser.addini("gbagraph_endpoint", "address of the endpoint that tests ask", default="")
    parser.addini("gbagraph_version", "version of the dataset that tests are pinned to", default="")
    parser.addini("gbagraph_hash", "hash of the dataset that tests are pinned to", default="")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> None:
    """Read the short names of our options."""
    if not any(arg == "--sparql" or arg.startswith("--sparql=") for arg in args):
        return
    args[:] = [_long(arg) for arg in args]
    early_config.known_args_namespace = parser.parse_known_args(
        args, namespace=copy.copy(early_config.option)
    )


def _long(argument: str) -> str:
    name, equals, value = argument.partition("=")
    return _SHORT.get(name, name) + equals + value


def pytest_configure(config: pytest.Config) -> None:
    """Take the folders of queries for what is to be tested."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)
    if config.getoption("update_answers"):
        _module("assertion").RUN.is_wanted = True
    if (infer := config.getini("gbagraph_infer")).strip().lower() not in ("", "true", "false"):
        raise pytest.UsageError(f"gbagraph_infer is {infer!r}, but has to be true or false.")
    if config.getoption("sparql_endpoint") and config.getoption("sparql_data"):
        raise pytest.UsageError("An endpoint has its own data: leave out --data, or --endpoint.")
    given = [str(config.invocation_params.dir / name) for name in config.getoption("sparql") or ()]
    if given:
        is_all = config.args_source == pytest.Config.ArgsSource.ARGS
        config.args = list(dict.fromkeys([*(config.args if is_all else ()), *given]))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Forget what was asked for: one process may run pytest several times."""
    if config.getoption("update_answers", default=False):
        _module("assertion").RUN.is_wanted = False
        _module("assertion").RUN.files.clear()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    """A query file in one of the folders is a test."""
    given = parent.config.getoption("sparql")
    if not given or file_path.suffix not in (".rq", ".sparql"):
        return None

    base = parent.config.invocation_params.dir
    if not any(file_path.is_relative_to((base / name).resolve()) for name in given):
        return None
    module: pytest.File = _module("session").QueryModule.from_parent(parent, path=file_path)
    return module


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the graphs of a test the data of its marker."""
    marker = metafunc.definition.get_closest_marker("gbagraph_data")
    if marker is None:
        return
    folder, text = metafunc.definition.path.parent, marker.kwargs.get("text", "")
    if (
        not (marker.args or text)
        or not marker.kwargs.keys() <= {"text"}
        or not all(
            isinstance(each, str) or hasattr(each, "__fspath__") for each in (*marker.args, text)
        )
    ):
        raise pytest.UsageError(
            f"{metafunc.definition.nodeid}: The marker gbagraph_data takes files, and text=."
        )
    name = "+".join(
        [*(str(file).rpartition("/")[2] for file in marker.args), *(["text"] if text else [])]
    )
    for fixture in ("gbagraph_graph", "gbagraph_endpoint"):
        if fixture in metafunc.fixturenames:
            data = tuple(
                str(path) if (path := folder / file).exists() else str(file) for file in marker.args
            )
            metafunc.parametrize(
                fixture, [(data, text)], ids=[name], indirect=True, scope="session"
            )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Look at the pins of a test before it runs."""
    if item.get_closest_marker("gbagraph_version") or item.get_closest_marker("gbagraph_hash"):
        _module("session").require_marked_pins(item)
    return (yield)


def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> pytest.TestReport | None:
    """Show an error of ours without our frames, and begin its line in the summary with what it says.

    It is no wrapper: those run before the failure of a TestCase of unittest is known.
    """
    failure = call.excinfo
    if failure is None or not type(failure.value).__module__.startswith("gbagraph."):
        return None
    step: TracebackType | None = failure.tb
    while step and not item.config.getoption("fulltrace"):
        name = step.tb_next.tb_frame.f_globals.get("__name__", "") if step.tb_next else ""
        if name.startswith("gbagraph.") and name != __name__:
            step.tb_next = None
        step = step.tb_next
    report = pytest.TestReport.from_item_and_call(item, call)
    if crash := getattr(report.longrepr, "reprcrash", None):
        crash.message = str(failure.value)
    return report


@pytest.fixture(scope="session")
def gbagraph_graph(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401  typed where it is opened
    """The graph in this process: of the settings, or of the marker ``gbagraph_data``."""
    session = _module("session")
    if hasattr(request, "param"):
        return session.open_graph(session.files(request))
    graph = session.open_graph(session.data(request.config), infer=session.infer(request.config))
    session.require_pins(request.config, graph)
    return graph


@pytest.fixture(scope="session")
def gbagraph_server() -> Iterator[Callable[..., GraphServer]]:
    """A function that starts a server for any data, once for the same arguments: of GraphServer."""
    running: dict[str, GraphServer] = {}

    def server(data: Any = (), **options: Any) -> GraphServer:  # noqa: ANN401  of GraphServer
        key = repr((data, sorted(options.items())))
        if key not in running:
            running[key] = _module("endpoints").GraphServer(data, **options).start()
        return running[key]

    yield server
    for each in running.values():
        each.stop()


@pytest.fixture(scope="session")
def gbagraph_endpoint(
    request: pytest.FixtureRequest, gbagraph_server: Callable[..., GraphServer]
) -> AnyGraph:
    """A live endpoint: that of the settings, or a server of its own with the data that tests ask."""
    session = _module("session")
    if hasattr(request, "param"):
        return gbagraph_server(session.files(request))
    graph: AnyGraph = session.endpoint(request.config) or gbagraph_server(
        session.data(request.config), infer=session.infer(request.config)
    )
    session.require_pins(request.config, graph)
    return graph


@pytest.fixture
def faulty_endpoint() -> Iterator[FaultyEndpoint]:
    """An endpoint that misbehaves: ``faulty_endpoint.url + "/cut"``, or by its ``script``."""
    with _module("faulty").FaultyEndpoint() as running:
        yield running


# What was written, listed at the end; with xdist each worker sends it to the main process.


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send what a worker has written to the main process."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None and session.config.getoption("update_answers"):
        output["gbagraph_updates"] = {
            name: [list(row) for row in rows]
            for name, rows in _module("assertion").RUN.files.items()
        }


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401  xdist's
    """Take what a worker has written."""
    updates = getattr(node, "workeroutput", {}).get("gbagraph_updates", {})
    for name, rows in updates.items():
        for what, digest in rows:
            _module("assertion").RUN.add(name, what, digest)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401  pytest's
    """Say which answers were written, and show the reports that were asked for."""
    if config.getoption("update_answers") or config.getoption("sparql"):
        for title, lines in _module("session").sections(config):
            terminalreporter.section(title)
            for line in lines:
                terminalreporter.write_line(line)
