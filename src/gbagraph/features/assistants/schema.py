"""The classes and properties of any graph, by questions to it, for those who explore it in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.api.asking import Evaluate, Search
from gbagraph.api.solutions import Solutions
from gbagraph.errors import UnknownResource
from gbagraph.features.assistants.tools import own_query
from gbagraph.sparql.terms import OF_LABEL

if TYPE_CHECKING:
    from gbagraph.api.asking import Asking


def schema(about: str, languages: tuple[str, ...]) -> Asking:
    """Return rows by what they tell: ``classes`` and ``properties``, or those of a class, or ``joins``.

    *about* is the IRI, the prefixed name or a label of a class or a property.

    Raises:
        UnknownResource: no class and no property that is used is called that.
    """
    names = {"classes": "classes", "properties": "properties"}
    given = []
    if about:
        names = {"properties": "properties-of", "joins": "kinds-of"}
        given = [("about", about if ":" in about else (yield from _term(about)))]
    tables = {}
    for key, name in names.items():
        text = own_query(name).bind(given)
        tables[key] = yield Evaluate(False, text, {}, Solutions, languages)
    told = {key: rows for key, rows in tables.items() if rows}
    if about and not told:
        raise UnknownResource(f"No class and no property that is used here is called {about!r}.")
    return told


def _term(name: str) -> Asking:
    found = yield Search(name)
    terms = (row["iri"] for row in found["results"] if row["kind"] in ("class", "property"))
    return next(terms, OF_LABEL)
