"""Which triples changed an answer from one version to another: for a query, or a comment on all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gbagraph import publication
from gbagraph.api import in_process
from gbagraph.cli.output import chosen
from gbagraph.dataset.loader import queries_of
from gbagraph.errors import GbaGraphError, QueryFileError
from gbagraph.feature import needed
from gbagraph.features.releases.diff import CURRENT
from gbagraph.paths import display, reason
from gbagraph.queries.catalog import local_queries
from gbagraph.queries.parse import parse

if TYPE_CHECKING:
    from gbagraph.api.changes import AnswerChange
    from gbagraph.api.in_process import Graph


_FORMS: Final = {name: name for name in ("text", "json", "markdown")}


def of_query(
    before: str, after: str, query: str, output: str, folder: str | None
) -> tuple[str, int]:
    """Return what is written of one query, a canned one or a file, and the exit code.

    Raises:
        DatasetError: there is no such release or file, or it does not parse.
        QueryFileError: the file of the query cannot be read, or has a fault.
        RequestError: as Graph.compare().
    """
    form = chosen(output, _FORMS)
    asked = _text(Path(query)) if _is_file(query) else query
    graphs = _opened(before, folder)[0], _opened(after, folder)[0]
    change = replace(_change(*graphs, asked, (before, after)), query=query)
    return needed("changes written")([change], form), int(bool(change))


def of_all(before: str, after: str, folder: str | None) -> tuple[str, int]:
    """Return a comment on all canned queries, each asked as its version has it, and the exit code.

    Raises:
        DatasetError, QueryFileError: as for one.
    """
    one, earlier = _opened(before, folder)
    other, later = _opened(after, folder)
    shared = sorted(local_queries(earlier).keys() & local_queries(later).keys())
    changes, notes = [], []
    for name in shared:
        try:
            changes.append(_change(one, other, name, (before, after)))
        except GbaGraphError as problem:
            notes.append(f"{name} was not compared: {problem.message}")
    for folders, said in (((earlier, later), "gone"), ((later, earlier), "new")):
        names = local_queries(folders[0]).keys() - local_queries(folders[1]).keys()
        notes += [f"Queries that are {said}: {', '.join(sorted(names))}."] if names else []
    is_other = bool(notes) or any(changes)
    return needed("changes written")(changes, "markdown", notes=notes), int(is_other)


def _opened(name: str, folder: str | None) -> tuple[Graph, str]:
    """Return a version, and the folder of the queries that are asked of it."""
    paths = [] if name == CURRENT else [Path(name)]
    own = queries_of(paths)
    queries = folder or own or publication.current().queries
    # Of files, as `diff --queries` has it, the canned queries are those of what is published.
    given = folder or (queries if paths and not own else None)
    return in_process.open(paths, queries=given or None), queries


def _change(before: Graph, after: Graph, query: str, names: tuple[str, str]) -> AnswerChange:
    change = before.compare(after, query)
    only_in = {before.version: names[0], after.version: names[1]}.get(change.only_in, "")
    return replace(change, before=names[0], after=names[1], only_in=only_in)


def _is_file(query: str) -> bool:
    try:
        return Path(query).is_file()
    except (OSError, ValueError):  # the text of a query is no name of a file
        return False


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise QueryFileError(
            f"{display(path)} cannot be read: {reason(problem)}.", file=display(path), line=0
        ) from None
    if not any(line.startswith("#+") for line in text.splitlines()):
        return text
    query = parse(path)
    return query.bind(query.examples.items())
