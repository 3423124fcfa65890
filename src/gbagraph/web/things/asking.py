"""The canned queries that can be asked about a thing: those with a parameter for things of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.explain.spelling import local_name
from gbagraph.rdf.namespaces import PREFIXES, compact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Parameter

_ANYTHING: Final = frozenset({"thing", "subject", "entity", "resource", "item"})
"""Parameters with these names take a thing of any kind."""

_OF_TERMS: Final = tuple(PREFIXES[name] for name in ("owl", "rdfs", "rdf"))
"""The namespaces of the kinds of classes and properties."""


class Question(NamedTuple):
    """A canned query about a thing: its name, what it asks, and its parameters."""

    name: str
    summary: str
    given: dict[str, str]


def questions(
    iri: str, types: Iterable[str], queries: Iterable[CannedQuery]
) -> tuple[Question, ...]:
    """The queries that ask about *iri*; those for its kind before those for things of any kind.

    There are none about a class or property. A parameter says by its name which kind of thing it
    takes: ``place``, or ``company``.
    """
    every = tuple(types)
    if any(each.startswith(_OF_TERMS) for each in every):
        return ()
    kinds = {local_name(each).lower() for each in every}
    found = []
    for query in queries:
        fitting = _fitting(query, kinds)
        if fitting is not None and _needs_no_other(query, fitting):
            is_general = fitting.name.lower() in _ANYTHING
            found.append(
                (is_general, Question(query.name, query.summary, {fitting.name: compact(iri)}))
            )
    return tuple(question for _, question in sorted(found))


def _fitting(query: CannedQuery, kinds: set[str]) -> Parameter | None:
    every = [row for row in query.parameters if row.type.name == "iri" and not row.choices]
    by_kind = (row for row in every if row.name.lower() in kinds)
    general = (row for row in every if row.name.lower() in _ANYTHING)
    return next(by_kind, None) or next(general, None)


def _needs_no_other(query: CannedQuery, fitting: Parameter) -> bool:
    others = (row for row in query.parameters if row is not fitting)
    return not any(row.required and row.default is None for row in others)
