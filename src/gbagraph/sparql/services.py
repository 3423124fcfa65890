"""Which other endpoints does a query call? As its tokens say, before anything is bound or evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gbagraph.rdf.namespaces import base_iri
from gbagraph.sparql.dialect import calls_services, closings, is_service
from gbagraph.sparql.tokens import namer, words

if TYPE_CHECKING:
    from collections.abc import Iterator


class ServiceCall(NamedTuple):
    """A SERVICE clause: its *endpoint*, empty if that is a variable, and whether it must be answered.

    *is_needed*: without its answer the query has none. So it is neither with SILENT nor inside of
    another SERVICE, whose endpoint calls it.
    """

    endpoint: str
    is_needed: bool


def service_calls(query: str) -> Iterator[ServiceCall]:
    """The SERVICE clauses of *query*, in the order of the text."""
    if not calls_services(query):
        return
    found, inside_until = words(query), 0
    closed, iri_of = closings(found), namer(query, base_iri())
    for index, word in enumerate(found):
        if not is_service(word):
            continue
        is_silent = [each.text.upper() for each in found[index + 1 : index + 2]] == ["SILENT"]
        place = index + (2 if is_silent else 1)
        for named in found[place : place + 1]:
            is_needed = not is_silent and word.start >= inside_until
            yield ServiceCall(iri_of(named), is_needed)
        end = closed.get(place + 1)
        inside_until = max(inside_until, end.start if end else 0)
