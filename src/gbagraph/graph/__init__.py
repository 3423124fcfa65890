"""How do I query in my own process, or in a worker of mine? For notebooks, scripts and tests.

``gbagraph.open()`` gives a :class:`Graph`, which evaluates in the caller's process, or a
:class:`SafeGraph`, which evaluates in processes that can be stopped.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from gbagraph import publication
from gbagraph.dataset import loader
from gbagraph.errors import RequestError
from gbagraph.graph.in_process import Graph
from gbagraph.queries.catalog import all_queries
from gbagraph.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.graph.safe import SafeGraph

__all__ = ["Graph", "open"]


@overload
def open(  # noqa: A001
    files: str | Path | Sequence[str | Path] = (),
    *,
    queries: str | Path | None = None,
    infer: bool | None = None,
    inference: bool | None = None,
    safe: Literal[False] = False,
) -> Graph: ...
@overload
def open(  # noqa: A001
    files: str | Path | Sequence[str | Path] = (),
    *,
    queries: str | Path | None = None,
    infer: bool | None = None,
    inference: bool | None = None,
    safe: Literal[True],
    timeout: float | None = None,
) -> SafeGraph: ...
def open(  # noqa: A001, PLR0913  read as gbagraph.open(); one option each
    files: str | Path | Sequence[str | Path] = (),
    *,
    queries: str | Path | None = None,
    infer: bool | None = None,
    inference: bool | None = None,
    safe: bool = False,
    timeout: float | None = None,
) -> Graph | SafeGraph:
    """The built-in dataset, a kept release of it, or RDF files, loaded on this machine.

    Args:
        files: the version of a release (``"0.2.0"``), or RDF files, one or several; by default the
            built-in dataset.
        queries: the folder of the canned queries; by default that of the built-in ones for the
            built-in dataset and its releases, and none for files.
        infer: whether the default graph holds what follows by the ontology. By default it does, but
            for files and for releases before 0.3.0.
        inference: the older name of *infer*.
        safe: evaluate in processes of their own, with the limits of a server, so that no query can
            harm this process; it takes longer to open, and some tenths of a millisecond more a query.
        timeout: seconds after which a query is stopped, by default those of a server; only if *safe*.

    Raises:
        DatasetError: there is no such release, a file is missing or does not parse, or *infer* is
            asked of what has no graph ``inferred``.
        SettingError: there is no such folder of *queries*.
        QueryFileError: one of its files has a fault.
        RequestError: there is a *timeout* that nothing keeps, since the graph is not *safe*.
    """
    if inference is not None:
        warnings.warn("inference is now called infer", DeprecationWarning, stacklevel=2)
        infer = inference if infer is None else infer
    names = [files] if isinstance(files, str | Path) else files
    paths = [Path(name) for name in names]
    folder = _folder_of_queries(queries, paths)
    if safe:
        from gbagraph.graph.safe import SafeGraph  # noqa: PLC0415  most graphs need no engine

        limit = Settings().query_timeout if timeout is None else timeout
        return SafeGraph(paths, infer=infer, timeout=limit, queries=folder)
    if timeout is not None:
        raise RequestError(
            "A query in this process cannot be stopped, so timeout is for open(safe=True) alone."
        )
    return Graph(*loader.load(paths, infer=infer), queries=folder)


def _folder_of_queries(given: str | Path | None, paths: Sequence[Path]) -> str:
    """The folder of the canned queries; empty for files without any.

    Those of the built-in dataset ask nothing that files of others would answer.
    """
    if given is not None:
        folder = publication.folder_of_queries(Path(given))
        all_queries(folder)  # a fault of their files is told now
        return folder
    published = publication.current()
    is_of_others = bool(paths) and loader.find_release(paths) is None
    return "" if is_of_others and published.is_own else published.queries
