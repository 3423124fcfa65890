"""What could stand in place of a name that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.explain.diagnostics.finding import Finding, Repair
from gbagraph.explain.diagnostics.rules.mentions import Mention, Role, is_there
from gbagraph.explain.diagnostics.scopes import TYPE, Spot
from gbagraph.explain.spelling import local_name
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.sparql.nodes import Term

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.explain.diagnostics.case import Case
    from gbagraph.explain.finding import Kind

_SHOWN: Final = 8


def about_term(
    case: Case, mention: Mention, code: str, message: str, instead: Iterable[str] = ()
) -> Finding:
    """A finding about a term, with IRIs (or paths) that may stand there instead."""
    repairs = tuple(
        Repair(text, (case.replaced(mention.term, text),))
        for text in dict.fromkeys(as_text(case, iri) for iri in instead)
    )
    return Finding(code, "error", message, mention.term.start, repairs)


def as_text(case: Case, iri: str) -> str:
    """An IRI as it may stand in the query; one that begins with ^ is a path backward."""
    return f"^{case.short(iri[1:])}" if iri.startswith("^") else case.short(iri)


def in_full(mention: Mention) -> str:
    """The whole IRI in parentheses, where the query has it with a prefix."""
    text = mention.term.text
    return "" if text == f"<{mention.term.value}>" else f" (<{mention.term.value}>)"


def with_label(case: Case, iri: str) -> str:
    """The label of an IRI in parentheses, where it says more than the IRI."""
    label = case.names.label_of(iri)
    return "" if label == local_name(iri) else f" ({label})"


def nearest(case: Case, mention: Mention, *kinds: Kind, least: float = 0.6) -> list[str]:
    """Names that are there and like that of the term, the best fitting first."""
    places = case.places(mention.scope)
    wanted = mention.term.value
    found = []
    for match in case.names.nearest(wanted, tuple(kinds), 6, least):
        iri = match.entry.iri
        if iri != wanted and (len(local_name(wanted)) > 3 or match.score >= 0.99):
            found.append(iri)
    if mention.role in ("property", "class"):
        used = [
            iri
            for iri in found
            if is_there(
                case, Mention(Term(0, 0, "iri", iri, ""), mention.role, None, mention.scope)
            )
            and _used(case, iri, mention.role, places)
        ]
        found = used or found
    return best_fitting(case, mention, found)[:3]


def _used(case: Case, iri: str, role: Role, places: tuple[object, ...]) -> bool:
    if role == "property":
        return case.schema.occurs(None, iri, places=places)  # type: ignore[arg-type]
    return case.schema.occurs(None, TYPE, ox.NamedNode(iri), places)  # type: ignore[arg-type]


def best_fitting(case: Case, mention: Mention, iris: Iterable[str]) -> list[str]:
    """*iris* in the order in which they fit where the term stands."""
    spot = mention.spot
    if spot is None:
        return list(iris)
    triple, start = spot.triple, mention.term.start

    def score(iri: str) -> int:
        texts = []
        for part in (triple.subject, triple.path, triple.object):
            text = part.text if isinstance(part, Term) else case.written(part)
            if part.start <= start < part.end:
                at = start - part.start
                new = f"^<{iri[1:]}>" if iri.startswith("^") else f"<{iri}>"
                text = f"{text[:at]}{new}{text[at + len(mention.term.text) :]}"
            texts.append(text)
        return case.fits(spot, " ".join(texts) + " .")

    return sorted(iris, key=score, reverse=True)


def what_there_is(case: Case, mention: Mention) -> str:
    """What could stand there."""
    if mention.role == "graph":
        graphs = case.names.of_kind("graph")
        return (
            f" There are {', '.join(map(case.named, graphs[:_SHOWN]))}."
            if graphs
            else " It has no named graphs."
        )
    if mention.role == "property" and mention.spot is not None:
        found = _around(case, mention.spot)
        return f" There are {', '.join(map(case.named, found[:_SHOWN]))}." if found else ""
    return ""


def _around(case: Case, spot: Spot) -> list[str]:
    """The properties of what the subject of a pattern can be, the commonest first."""
    near = case.neighbours(spot.triple, spot.scope)
    if not near and spot.triple.subject.is_free:
        return []
    text = " ".join(case.of_element(e) for e in near)
    rows = case.rows(
        "?__p (COUNT(*) AS ?__n)",
        f"{text} {spot.triple.subject.text} ?__p ?__o",
        f"GROUP BY ?__p ORDER BY DESC(?__n) LIMIT {3 * _SHOWN}",
    )
    ours = [row[0].value for row in rows]
    return sorted(
        ours, key=lambda iri: iri.startswith(tuple(PREFIXES[p] for p in ("rdf", "rdfs", "owl")))
    )
