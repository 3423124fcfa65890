"""The terms of any dataset: those that it declares, and those that it uses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gbagraph.rdf.results import Value, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINKS: Final = {"above": "Below", "domain": "Of", "range": "To"}
"""The columns that link to other terms, with what the page calls them."""


@dataclass(slots=True)
class Term:
    """A class or property: what is said of it, and how often it is used."""

    value: Value
    kind: str
    label: str = ""
    definition: str = ""
    number: int = 0
    links: dict[str, list[Value]] = field(default_factory=dict)


def terms(declared: bytes, used: bytes) -> dict[str, list[Term]]:
    """The terms by kind (``class``, ``property``), the most used first, from the queries' answers."""
    found: dict[tuple[str, str], Term] = {}
    for row in _rows(used):
        _term(found, row).number = int(row["number"]["value"])
    for row in _rows(declared):
        term = _term(found, row)
        term.label = term.label or _text(row, "label")
        term.definition = term.definition or _text(row, "definition")
        for column, name in _LINKS.items():
            if column in row:
                linked = term.links.setdefault(name, [])
                linked += [value for value in [value_of(row[column])] if value not in linked]
    ordered = sorted(found.values(), key=lambda term: (-term.number, term.value.text))
    return {kind: [t for t in ordered if t.kind == kind] for kind in ("class", "property")}


def _rows(results: bytes) -> Iterable[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(results)["results"]["bindings"]
    return found


def _term(found: dict[tuple[str, str], Term], row: dict[str, Any]) -> Term:
    kind = row["kind"]["value"]
    return found.setdefault((row["term"]["value"], kind), Term(value_of(row["term"]), kind))


def _text(row: dict[str, Any], column: str) -> str:
    return str(row[column]["value"]) if column in row else ""
