"""The canned queries: every file of the folder ``queries``, read once."""

from __future__ import annotations

import difflib
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from gbagraph.errors import QueryFileError, UnknownResource
from gbagraph.paths import resource
from gbagraph.queries.parse import fault, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.queries.parse import CannedQuery


@cache
def all_queries() -> dict[str, CannedQuery]:
    """Every published query by name, in the order of names.

    Raises:
        QueryFileError: a file is wrong; the message has a line for each that is.
    """
    found, faults = {}, []
    for path in sorted(resource("queries").glob("*.rq")):
        try:
            found[path.stem] = parse(path)
        except QueryFileError as problem:
            faults.append(problem)
    _raise(faults)
    return found


def _raise(faults: list[QueryFileError]) -> None:
    """Raise one error for all *faults*, if there are any; its detail ``faults`` has each."""
    if faults:
        raise QueryFileError("\n".join(fault.message for fault in faults), faults=faults)


def require_valid(faults: Iterable[tuple[str, int] | None]) -> None:
    """Raise QueryFileError for the queries in which the engine found a fault.

    *faults* has for each query, in the order of names, what is wrong and in which line, or None.
    """
    _raise(
        [
            fault(query.path, found[1], found[0].rstrip("."))
            for query, found in zip(all_queries().values(), faults, strict=True)
            if found is not None
        ]
    )


@cache
def queries_by_iri() -> dict[str, tuple[CannedQuery, ...]]:
    """The canned queries in which an IRI stands, by the IRI, in the order of names.

    This is what "a query uses a term" means everywhere: the term itself stands in its text. One that
    is only reached, by a path over its super-property or as a value, is not used.
    """
    found: dict[str, list[CannedQuery]] = defaultdict(list)
    for query in all_queries().values():
        for iri in query.iris:
            found[iri].append(query)
    return {iri: tuple(queries) for iri, queries in found.items()}


def find(name: str) -> CannedQuery:
    """The query of that name; raises UnknownResource, with the nearest names, if there is none."""
    queries = all_queries()
    if name not in queries:
        near = difflib.get_close_matches(name, queries, n=3)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise UnknownResource(
            f"There is no canned query named {name!r}.{hint} /queries lists all.", near=near
        )
    return queries[name]
