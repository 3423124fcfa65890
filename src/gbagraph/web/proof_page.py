"""A proof as a page shows it: terms by their labels, rules in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gbagraph.explain.rules import RULES
from gbagraph.paths import own_query
from gbagraph.rdf.results import Value, rows, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Term = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a proof: the triple, how it is known, and the steps that it follows from."""

    triple: tuple[Value, Value, Value]
    basis: str
    rule: str
    words: str
    paragraphs: tuple[Value, ...]
    claim: Value | None
    note: str
    premises: tuple[Step, ...]


def things_query(found: Mapping[str, Any]) -> str:
    """A SELECT query that lists, as ``?thing``, all that is named in a proof, given as JSON."""
    things = dict.fromkeys(f"<{iri}>" for iri in _iris(found["proof"]))
    return own_query("web", "things").replace("{ UNDEF }", f"{{ {' '.join(things)} }}")


def _iris(step: Mapping[str, Any]) -> Iterator[str]:
    yield from (term["value"] for term in step["triple"].values() if term["type"] == "uri")
    yield from step["paragraphs"]
    for premise in step["premises"]:
        yield from _iris(premise)


def read(found: Mapping[str, Any], labels: bytes) -> Step:
    """The steps of a proof, given as JSON, with the *labels* as the query's JSON results give them."""
    named = [row for row in rows(labels) if "thingLabel" in row]
    return _step(found["proof"], {row["thing"]["value"]: row["thingLabel"] for row in named})


def _step(step: Mapping[str, Any], labels: Mapping[str, Term]) -> Step:
    subject, predicate, value = (
        value_of(term, labels.get(term["value"]) if term["type"] == "uri" else None)
        for term in step["triple"].values()
    )
    return Step(
        (subject, predicate, value),
        step["basis"],
        step["rule"],
        RULES[step["rule"]],
        tuple(_named(iri, labels) for iri in step["paragraphs"]),
        _named(step["claim"], labels) if step["claim"] else None,
        step["note"] or "",
        tuple(_step(premise, labels) for premise in step["premises"]),
    )


def _named(iri: str, labels: Mapping[str, Term]) -> Value:
    return value_of({"type": "uri", "value": iri}, labels.get(iri))
