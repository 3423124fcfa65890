"""What a run of pytest has for all of its tests: the graph that is asked, and to what it is pinned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from gbagraph.errors import DatasetError
from gbagraph.testing.asking import Endpoint, open_graph, pin_problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gbagraph.testing.asking import Asked

_ASKED: Final = pytest.StashKey["Asked"]()
_PINNED: Final = pytest.StashKey["set[int]"]()


def data(config: pytest.Config) -> tuple[str, ...]:
    """The files or the release that are asked; none for the built-in dataset."""
    given = config.getoption("sparql_data") or ()
    base = config.invocation_params.dir if given else config.rootpath
    names: Sequence[str] = given or config.getini("gbagraph_data")
    return tuple(_found(name, base) for name in names)


def _found(name: str, base: Path) -> str:
    """The path of a file, relative to *base*; what is no file may be a release."""
    path = base / name
    return str(path) if path.exists() or path.suffix in (".ttl", ".nq", ".trig", ".nt") else name


def infer(config: pytest.Config) -> bool | None:
    """Whether what follows is in the default graph; None for what is usual."""
    told = config.getini("gbagraph_infer").strip().lower()
    return {"": None, "true": True, "false": False}[told]


def endpoint(config: pytest.Config) -> str:
    """The address that is asked instead; empty for none."""
    return str(config.getoption("sparql_endpoint") or config.getini("gbagraph_endpoint"))


def asked(config: pytest.Config) -> Asked:
    """What queries in files are put to: the endpoint, or the graph in this process; opened once.

    Raises:
        DatasetError: a file cannot be loaded.
    """
    if _ASKED not in config.stash:
        url = endpoint(config)
        config.stash[_ASKED] = (
            Endpoint(url, timeout=float(config.getoption("sparql_timeout")))
            if url
            else open_graph(data(config), infer=infer(config))
        )
    return config.stash[_ASKED]


def require_pins(config: pytest.Config, graph: Asked) -> None:
    """Raise DatasetError unless *graph* is the dataset that the settings pin; looked at once."""
    seen = config.stash.setdefault(_PINNED, set())
    if id(graph) in seen:
        return
    version, digest = config.getini("gbagraph_version"), config.getini("gbagraph_hash")
    problem = pin_problem(graph, version=version, digest=digest) if version or digest else ""
    if problem:
        raise DatasetError(problem)
    seen.add(id(graph))


def require_marked_pins(item: pytest.Item) -> None:
    """Raise DatasetError unless the graphs of a test are what its markers pin."""
    wanted = {
        name: marker.args[0]
        for name in ("version", "hash")
        if (marker := item.get_closest_marker(f"gbagraph_{name}")) is not None
    }
    graphs = getattr(item, "funcargs", {})
    for fixture in ("gbagraph_graph", "gbagraph_endpoint"):
        if wanted and fixture in graphs:
            problem = pin_problem(
                graphs[fixture],
                version=wanted.get("version", ""),
                digest=wanted.get("hash", ""),
            )
            if problem:
                raise DatasetError(problem)


def folders(config: pytest.Config) -> list[Path]:
    """The folders of queries that are tested."""
    return [config.invocation_params.dir / name for name in config.getoption("sparql") or ()]
