"""From an IRI to what the graph says about it: the queries behind documents and pages.

A document is the symmetric concise bounded description: the triples that have the thing as their
subject or object, with the claims about them and the evidence that the other ends carry themselves:
both say on what each rests.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gbagraph.paths import own_query
from gbagraph.rdf.namespaces import BASE, PREFIXES, SPARQL_PREFIXES
from gbagraph.rdf.results import Value, value_of
from gbagraph.sparql.tokens import replace_variables
from gbagraph.web import proof_page

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS: Final = 1000
"""Rows of statements on one page."""

_EVIDENCE: Final = (PREFIXES["gba"] + "statedIn", PREFIXES["gba"] + "inferredFrom")
_NOT_FACTS: Final = (
    *_EVIDENCE,
    PREFIXES["gba"] + "note",
    *(PREFIXES["rdfs"] + name for name in ("label", "comment")),
    *(PREFIXES["skos"] + name for name in ("altLabel", "inScheme", "topConceptOf")),
    PREFIXES["rdf"] + "type",
)

_DERIVED: Final = "follows by the ontology"


def exists_query(iri: str) -> str:
    """An ASK query whether the graph says anything of *iri*."""
    return _bound("entity-exists", iri)


def description_query(iri: str) -> str:
    """A CONSTRUCT query for the document about *iri*."""
    # All prefixes, whether the query needs them or not: the document is written with them.
    return SPARQL_PREFIXES + _bound("entity-description", iri)


def statements_query(iri: str, page: int) -> str:
    """A SELECT query for a page about *iri*: each statement with its evidence, from page 1 on.

    It asks for one row more than a page holds, which tells whether there is another page.
    """
    return f"{_bound('entity-statements', iri)}\nLIMIT {ROWS + 1} OFFSET {(page - 1) * ROWS}"


def _bound(name: str, iri: str) -> str:
    return replace_variables(own_query("web", name), {"this": f"<{iri}>"})


@dataclass(slots=True)
class Statement:
    """A property and one of its values, with the evidence for it; derived ones have none."""

    property: Value
    value: Value
    forward: bool
    evidence: list[tuple[str, Value]] = field(default_factory=list)
    own_evidence: list[tuple[str, Value]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    derived: bool = False
    terms: tuple[dict[str, Any], dict[str, Any]] = ({}, {})

    def why(self, iri: str) -> str:
        """The query string of ``/why`` for this statement about *iri*; empty where there is none."""
        this, (predicate, value) = {"type": "uri", "value": iri}, self.terms
        ends = (this, value) if self.forward else (value, this)
        return proof_page.address(ends[0], predicate, ends[1])


def statements(results: bytes) -> tuple[list[Statement], bool]:
    """The statements of a page, in order, from its query's JSON results; and whether more follow."""
    found: dict[tuple[str, ...], Statement] = {}
    rows = json.loads(results)["results"]["bindings"]
    for row in rows[:ROWS]:
        key = tuple(json.dumps(row[name]) for name in ("forward", "property", "value"))
        statement = found.setdefault(key, _statement(row))
        _add_evidence(statement, row)
    _add_own_evidence(list(found.values()))
    return list(found.values()), len(rows) > ROWS


def _add_own_evidence(found: list[Statement]) -> None:
    """A node that carries its evidence itself gives it to its statements that have no claim."""
    own = [
        (_basis(statement.property.iri), statement.value)
        for statement in found
        if statement.forward and statement.property.iri in _EVIDENCE
    ]
    for statement in found:
        if statement.derived:
            statement.notes = [_DERIVED]
        elif not statement.evidence and statement.property.iri not in _NOT_FACTS:
            statement.evidence = own or statement.own_evidence


def _basis(iri: str | None) -> str:
    return "stated" if iri == _EVIDENCE[0] else "inferred"


def _statement(row: dict[str, Any]) -> Statement:
    return Statement(
        value_of(row["property"], row.get("propertyLabel")),
        value_of(row["value"], row.get("valueLabel")),
        row["forward"]["value"] == "1",
        derived="derived" in row,
        terms=(row["property"], row["value"]),
    )


def _add_evidence(statement: Statement, row: dict[str, Any]) -> None:
    for entries, basis, source in (
        (statement.evidence, "basis", "source"),
        (statement.own_evidence, "ownBasis", "ownSource"),
    ):
        entry = (_basis(row[basis]["value"]), value_of(row[source])) if source in row else None
        if entry and entry not in entries:
            entries.append(entry)
    for name, form in (("note", "{}"), ("words", "from the words “{}”")):
        text = form.format(row[name]["value"]) if name in row else ""
        if text and text not in statement.notes:
            statement.notes.append(text)


def grouped(found: Iterable[Statement]) -> dict[tuple[str, bool], list[Statement]]:
    """Statements by property and direction, in the order of their first appearance."""
    groups: dict[tuple[str, bool], list[Statement]] = defaultdict(list)
    for statement in found:
        groups[statement.property.iri or "", statement.forward].append(statement)
    return groups


def label_of(iri: str, found: Iterable[Statement]) -> str:
    """The English label of *iri* among its statements, else its last part."""
    for statement in found:
        labelled = statement.property.iri == PREFIXES["rdfs"] + "label" and statement.forward
        if labelled and statement.value.note == "en":
            return statement.value.text
    return iri.removeprefix(BASE).rpartition("/")[2] or iri


def local_path(iri: str) -> str | None:
    """The path of one of our own IRIs on the running server, or None for any other IRI."""
    return "/" + iri.removeprefix(BASE) if iri.startswith(BASE) else None
