"""What a shell offers to complete: the names of canned queries, and their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer import Context  # noqa: TC002  typer reads the annotations

from gbagraph.cli import project
from gbagraph.errors import GbaGraphError
from gbagraph.queries.catalog import all_queries, find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gbagraph.queries.canned import CannedQuery


def query_names(incomplete: str) -> list[tuple[str, str]]:
    """The canned queries whose names begin so, with what they answer."""
    return [
        (name, query.summary) for name, query in _queries().items() if name.startswith(incomplete)
    ]


def parameters(ctx: Context, incomplete: str) -> list[tuple[str, str]]:
    """``PARAMETER=`` for each parameter of the query that the line names, with values where known."""
    try:
        project.use_folder()
        query = find(str(ctx.params.get("name", "")))
    except GbaGraphError:
        return []
    return [row for row in _arguments(query) if row[0].startswith(incomplete)]


def _queries() -> Mapping[str, CannedQuery]:
    """The canned queries; none where a file has a fault, since a shell has no place for its message."""
    try:
        project.use_folder()
        return all_queries()
    except GbaGraphError:
        return {}


def _arguments(query: CannedQuery) -> Iterator[tuple[str, str]]:
    for row in query.parameters:
        # With the bare name as well: without it, a shell would fill in the one example.
        yield f"{row.name}=", row.description
        for value, label in row.choices or [(row.example or row.default, row.description)]:
            if value:
                yield f"{row.name}={value}", label
