"""The names in a query, whether the data has them, and what may be meant by those that it has not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import Finding, Repair
from gbagraph.features.diagnostics.scopes import (
    TYPE,
    Scope,
    Spot,
    first_property,
    last_property,
    properties_of,
)
from gbagraph.names.texts import local_name
from gbagraph.rdf.namespaces import PREFIXES, expand
from gbagraph.sparql.nodes import Bind, Call, Filter, InGraph, Term, Values, parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.names.matching import Kind


Role = Literal["property", "class", "thing", "graph"]

_SUBCLASS: Final = expand("rdfs:subClassOf")

_PREDICATE: Final = expand("rdf:predicate")

_SAME: Final = frozenset({"sameas", "exactmatch", "closematch", "sameasentity"})

_OTHER_FORMS: Final = (
    ("http://", "https://"),
    ("/wiki/", "/entity/"),
    ("/page/", "/resource/"),
    ("://www.", "://"),
    ("://www.geonames.org/", "://sws.geonames.org/"),
    ("https://www.wikidata.org/wiki/", "http://www.wikidata.org/entity/"),
    ("https://en.wikipedia.org/wiki/", "http://dbpedia.org/resource/"),
)
"""How one thing's IRI is written on the web and in data."""


@dataclass(frozen=True, slots=True)
class Mention:
    """An IRI in the query, what it is used as, and where."""

    term: Term
    role: Role
    spot: Spot | None = None
    scope: Scope | None = None


def mentions(case: Case) -> Iterator[Mention]:
    """Every IRI that is matched against the data."""
    placed = [*_placed(case)]
    roles: dict[str, Role] = {}
    for mention in placed:
        if mention.term.is_free and roles.get(mention.term.value, "thing") == "thing":
            roles[mention.term.value] = mention.role
    yield from (mention for mention in placed if mention.term.kind == "iri")
    for scope in case.scopes:
        yield from _of_values(scope, roles)


def _placed(case: Case) -> Iterator[Mention]:
    """The terms, variables too, that stand in patterns, with GRAPH, FROM and DESCRIBE."""
    for spot in case.spots:
        yield from _of_spot(spot)
    for scope in case.scopes:
        for element in scope.group.elements:
            if isinstance(element, InGraph):
                yield Mention(element.name, "graph")
    yield from (Mention(clause.graph, "graph") for clause in case.tree.dataset)
    yield from (Mention(term, "thing") for term in case.tree.described)


def _of_spot(spot: Spot) -> Iterator[Mention]:
    triple = spot.triple
    for term, _ in properties_of(triple):
        yield Mention(term, "property", spot, spot.scope)
    if isinstance(triple.path, Term) and triple.path.kind == "variable":
        yield Mention(triple.path, "property", spot, spot.scope)
    last, first = last_property(triple), first_property(triple)
    role: Role = "class" if last in (TYPE, _SUBCLASS) else "thing"
    if last == _PREDICATE:
        role = "property"
    yield Mention(triple.object, role, spot, spot.scope)
    yield Mention(triple.subject, "class" if first == _SUBCLASS else "thing", spot, spot.scope)


def _of_values(scope: Scope, roles: dict[str, Role]) -> Iterator[Mention]:
    for element in (*scope.group.elements, *([scope.query.values] if scope.query.values else [])):
        if isinstance(element, Values):
            for row in element.rows:
                for name, cell in zip(element.variables, row, strict=False):
                    if cell is not None and cell.kind == "iri" and name.value in roles:
                        yield Mention(cell, roles.get(name.value, "thing"), None, scope)
        elif isinstance(element, Filter | Bind):
            for part in parts(element.expression):
                yield from _of_comparison(part, scope, roles)


def _of_comparison(part: object, scope: Scope, roles: dict[str, Role]) -> Iterator[Mention]:
    if not isinstance(part, Call) or part.name not in ("=", "IN", "SAMETERM"):
        return
    names = [a.value for a in part.arguments if isinstance(a, Term) and a.value in roles]
    for argument in part.arguments:
        if isinstance(argument, Term) and argument.kind == "iri" and names:
            yield Mention(argument, roles.get(names[0], "thing"), None, scope)


def missing_in(case: Case) -> Iterator[Mention]:
    """What is not there; of what stands in a graph that is not there, or has none of it, the first."""
    graphs: set[int] = set()
    for mention in sorted(mentions(case), key=lambda mention: mention.role != "graph"):
        graph = mention.scope.graph if mention.scope is not None else None
        if mention.role != "graph" and graphs & {each.graph.start for each in case.tree.dataset}:
            return
        if mention.role == "property" and mention.spot is None and _known(case, mention.term.value):
            continue
        if _is_for_literal(case, mention):
            continue
        if (graph is None or graph.start not in graphs) and not is_there(case, mention):
            yield mention
            if mention.role == "graph":
                graphs.add(mention.term.start)
            elif graph is not None and graph.kind == "iri":
                graphs.add(graph.start)


def _is_for_literal(case: Case, mention: Mention) -> bool:
    """Whether an IRI stands where all values are literals, which is told by another rule."""
    if (
        mention.role != "thing"
        or mention.spot is None
        or mention.term is not mention.spot.triple.object
    ):
        return False
    property_ = last_property(mention.spot.triple)
    return (
        property_ is not None
        and case.schema.use(property_, case.places(mention.scope)).is_of_literals
    )


def is_there(case: Case, mention: Mention) -> bool:
    """Whether the data has what is named, used as it is used here."""
    iri, places = mention.term.value, case.places(mention.scope)
    node = ox.NamedNode(iri)
    if mention.role == "graph":
        return case.schema.occurs(places=(node,))
    if mention.role == "property":
        return case.schema.occurs(None, iri, places=places)
    if mention.role == "class":
        spot = mention.spot
        if spot is not None and _SUBCLASS in (
            first_property(spot.triple),
            last_property(spot.triple),
        ):
            return case.schema.occurs(node, places=places) or case.schema.occurs(
                None, None, node, places
            )
        return case.schema.occurs(None, TYPE, node, places)
    if _is_elsewhere(case, mention):
        return False
    return (
        case.schema.occurs(node, places=places)
        or case.schema.occurs(None, None, node, places)
        or case.schema.occurs(None, iri, places=places)
    )


def _known(case: Case, iri: str) -> bool:
    """A property that is only a value of the query need not be that of a triple."""
    return case.schema.is_declared(iri) or case.schema.occurs(None, None, ox.NamedNode(iri))


def _is_elsewhere(case: Case, mention: Mention) -> bool:
    """Whether a thing is only what something of ours is the same as, and that is not asked."""
    if mention.role != "thing" or (mention.spot is not None and _asks_identity(mention.spot)):
        return False
    places = case.places(mention.scope)
    node = ox.NamedNode(mention.term.value)
    if case.schema.occurs(node, places=places) or not same_things(case, mention.term.value):
        return False
    if mention.spot is None:
        return not case.schema.occurs(None, None, node, places) or True
    return not case.holds(case.rendered([mention.spot.triple], mention.spot.scope))


def _asks_identity(spot: Spot) -> bool:
    return any(local_name(term.value).lower() in _SAME for term, _ in properties_of(spot.triple))


def same_things(case: Case, iri: str) -> list[str]:
    """The things of which the data says that they are *iri*, as it is written here or elsewhere."""
    found: list[str] = []
    for form in forms_of(iri):
        for quad in case.schema.store.quads_for_pattern(None, None, ox.NamedNode(form), None):
            is_link = local_name(quad.predicate.value).lower() in _SAME
            if (
                is_link
                and isinstance(quad.subject, ox.NamedNode)
                and quad.subject.value not in found
            ):
                found.append(quad.subject.value)
    return found


def forms_of(iri: str) -> Iterator[str]:
    """*iri*, and how else the same is written on the web and in data."""
    forms = [iri]
    for one, other in (*_OTHER_FORMS, *((b, a) for a, b in _OTHER_FORMS)):
        forms += [form.replace(one, other, 1) for form in forms if one in form]
    forms += [form.removesuffix("/") if form.endswith("/") else f"{form}/" for form in list(forms)]
    for form in dict.fromkeys(forms):
        try:
            ox.NamedNode(form)
        except ValueError:
            continue
        yield form


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
