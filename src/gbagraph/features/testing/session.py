"""One run of pytest: the graph that is asked, query files as tests, and the sections at the end."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pytest

from gbagraph.api import in_process
from gbagraph.api.in_process import Graph
from gbagraph.dataset.identity import named
from gbagraph.errors import DatasetError, GbaGraphError
from gbagraph.feature import needed
from gbagraph.features.testing.assertion import RUN, AnswerDiffers
from gbagraph.features.testing.endpoints import Endpoint, open_graph, reached, require_pinned
from gbagraph.features.testing.query_files import (
    Inapplicable,
    QueryFile,
    located,
    query_files,
    without_query,
)
from gbagraph.features.testing.running import as_written, check, own_graph
from gbagraph.paths import display

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.features.testing.endpoints import AnyGraph


_GRAPH: Final = pytest.StashKey["AnyGraph"]()
_PINNED: Final = pytest.StashKey["set[int]"]()


def data(config: pytest.Config) -> tuple[str, ...]:
    """Return the files or the release that are asked; none for the built-in dataset."""
    given = config.getoption("sparql_data") or ()
    base = config.invocation_params.dir if given else config.rootpath
    names: Sequence[str] = given or config.getini("gbagraph_data")
    return tuple(located(name, base) for name in names)


def infer(config: pytest.Config) -> bool | None:
    """Return whether what follows is in the default graph; None for what is usual."""
    return {"": None, "true": True, "false": False}[config.getini("gbagraph_infer").strip().lower()]


def url(config: pytest.Config) -> str:
    """Return the address that is asked instead of data; empty for none."""
    return str(config.getoption("sparql_endpoint") or config.getini("gbagraph_endpoint"))


def endpoint(config: pytest.Config) -> Endpoint | None:
    """Return the endpoint that is asked instead of data, if one is."""
    timeout = float(config.getoption("sparql_timeout"))
    return reached(url(config), timeout=timeout) if url(config) else None


def graph_of(config: pytest.Config) -> AnyGraph:
    """Return what queries in files are put to: the endpoint, or the graph in this process; opened once.

    Raises:
        DatasetError: a file cannot be loaded.
    """
    if _GRAPH not in config.stash:
        config.stash[_GRAPH] = endpoint(config) or open_graph(data(config), infer=infer(config))
    return config.stash[_GRAPH]


def require_pins(config: pytest.Config, graph: AnyGraph) -> None:
    """Require that *graph* is the dataset that the settings pin; looked at once."""
    seen = config.stash.setdefault(_PINNED, set())
    if id(graph) in seen:
        return
    version, digest = config.getini("gbagraph_version"), config.getini("gbagraph_hash")
    _require_pinned(graph, version=version, digest=digest)
    seen.add(id(graph))


def _require_pinned(graph: AnyGraph, **wanted: str) -> None:
    """Raise DatasetError unless *graph* is what is wanted; warn instead while answers are written."""
    try:
        require_pinned(graph, **wanted)
    except DatasetError as problem:
        if not RUN.is_wanted:
            raise
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            told = (
                f"{problem.message.partition(': this')[0]}. Read what changes, then change the pin."
            )
            warnings.warn(told, stacklevel=2)


def require_marked_pins(item: pytest.Item) -> None:
    """Require that the graphs of a test are what its markers pin."""
    try:
        wanted = {
            argument: marker.args[0]
            for name, argument in (("version", "version"), ("hash", "digest"))
            if (marker := item.get_closest_marker(f"gbagraph_{name}")) is not None
        }
    except IndexError:
        pytest.fail(
            f"{item.name}: The markers gbagraph_version and gbagraph_hash take a value.",
            pytrace=False,
        )
    graphs = getattr(item, "funcargs", {})
    for fixture in ("gbagraph_graph", "gbagraph_endpoint"):
        if fixture in graphs:
            _require_pinned(graphs[fixture], **wanted)


def files(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Return the files of the marker ``gbagraph_data``, with one that has its text."""
    names, text = request.param
    if text:
        path = request.getfixturevalue("tmp_path_factory").mktemp("gbagraph") / "data.trig"
        path.write_text(text, encoding="utf-8")
        names = (*names, str(path))
    return tuple(names)


_released: Final = cache(in_process.open)
"""The graphs of releases, each opened once."""


def query_folders(config: pytest.Config) -> list[Path]:
    """Return the folders of queries that are tested."""
    return [config.invocation_params.dir / name for name in config.getoption("sparql") or ()]


class QueryModule(pytest.File):
    """A query file."""

    def collect(self) -> Iterator[QueryTest]:
        """Its one test."""
        yield QueryTest.from_parent(self, name="answer")


class QueryTest(pytest.Item):
    """The query gives the expected answer."""

    fixturenames: ClassVar[tuple[str, ...]] = ()
    """None; many a conftest.py looks at those of every test."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  pytest's
        super().__init__(**options)
        self.query = QueryFile(self.path)
        self.add_marker("sparql")

    def runtest(self) -> None:
        """Ask, and compare or write.

        Raises:
            AnswerDiffers: the answer is another one.
            GbaGraphError: there is no expected answer, or none of the two can be read.
        """
        asked = own_graph(self.query, url(self.config), infer(self.config))
        if asked is None:
            asked = graph_of(self.config)
            require_pins(self.config, asked)
        graph = asked
        try:
            check(self.query, lambda query: as_written(graph, query.text))
        except Inapplicable as reason:
            pytest.skip(str(reason))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401  pytest's
        """Return what is wrong, without a traceback."""
        if isinstance(excinfo.value, AnswerDiffers | GbaGraphError | UserWarning):
            return f"{excinfo.value}{self._moved()}"
        return super().repr_failure(excinfo, style)

    def _moved(self) -> str:
        """Return what moved the answer since the release to which tests are pinned, if it is kept."""
        version = self.config.getini("gbagraph_version")
        graph = self.config.stash.get(_GRAPH, None)
        is_kept = named(Path(version or ".")) is not None and not self.query.data
        if not is_kept or not isinstance(graph, Graph) or graph.version == version:
            return ""
        try:
            change = _released(version).compare(graph, self.query.text)
        except GbaGraphError as problem:
            return f"\n\nWhat moved its answer was not found: {problem.message}"
        text = needed("changes written")([replace(change, query=self.query.name)], "text").rstrip()
        return f"\n\n{text if change else f'This answer is the same as in {version}.'}"

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Return the query file, and its name."""
        return self.path, 0, self.query.name


def sections(config: pytest.Config) -> Iterator[tuple[str, list[str]]]:
    """Yield the title and the lines of each section."""
    if RUN.is_wanted:
        count = len(RUN.files)
        yield f"{count} expected answer{'s' * (count != 1)} written", RUN.lines()
    folders = query_folders(config)
    if folders and not query_files(folders):
        yield (
            "no queries",
            [f"There is no query file (.rq, .sparql) in {display(folder)}." for folder in folders],
        )
    if left := without_query(folders):
        yield "expected answers without a query", [display(path) for path in left]
