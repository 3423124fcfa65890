"""The classes and properties of any graph: the queries about them, and what comes of these."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gbagraph.api.asking import Evaluate, Search
from gbagraph.api.solutions import Solutions
from gbagraph.errors import UnknownResource
from gbagraph.queries.parse import parse
from gbagraph.sparql.terms import OF_LABEL

if TYPE_CHECKING:
    from gbagraph.api.asking import Asking
    from gbagraph.queries.canned import CannedQuery

_FOLDER: Final = Path(__file__).parent / "sparql"


@cache
def own_query(name: str) -> CannedQuery:
    """Return one of the queries of the assistants themselves."""
    return parse(_FOLDER / f"{name}.rq")


def parts(about: str) -> dict[str, CannedQuery]:
    """Return the queries by what they list: all, or *about* a class or a property that they take."""
    names = ("properties-of", "kinds-of") if about else ("classes", "properties")
    keys = ("properties", "joins") if about else names
    return dict(zip(keys, map(own_query, names), strict=True))


def schema(about: str, languages: tuple[str, ...]) -> Asking:
    """Return rows by what they list: ``classes`` and ``properties``, or those of a class, or ``joins``.

    *about* is the IRI, the prefixed name or a label of a class or a property.

    Raises:
        UnknownResource: no class and no property that is used is called that.
    """
    given = []
    if about:
        given = [("about", about if ":" in about else (yield from _term(about)))]
    tables = {}
    for key, query in parts(about).items():
        tables[key] = yield Evaluate(False, query.bind(given), {}, Solutions, languages)
    filled = {key: rows for key, rows in tables.items() if rows}
    if about and not filled:
        raise UnknownResource(f"No class and no property that is used here is called {about!r}.")
    return filled


def _term(name: str) -> Asking:
    found = yield Search(name)
    terms = (row["iri"] for row in found["results"] if row["kind"] in ("class", "property"))
    return next(terms, OF_LABEL)
