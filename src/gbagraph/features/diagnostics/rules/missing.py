"""Names in the query that the data does not have: properties, classes, things, graphs, namespaces."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import (
    TYPE,
    Edit,
    Finding,
    Repair,
    Scope,
    Spot,
    first_property,
    last_property,
    properties_of,
)
from gbagraph.features.diagnostics.mentions import (
    SUBCLASS,
    Mention,
    Role,
    about_term,
    in_full,
    is_there,
    nearest,
    with_label,
)
from gbagraph.names.texts import likeness, local_name
from gbagraph.rdf.namespaces import PREFIXES, expand, prefixes
from gbagraph.sparql.nodes import Bind, Call, Filter, InGraph, Prefix, Repeat, Term, Values, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gbagraph.features.diagnostics.case import Case

    Explanation = Callable[[Case, Mention], Finding | None]
    from gbagraph.names.matching import Kind


_MOST: Final = 20
"""Missing names that are explained: to look for others that are meant takes tens of milliseconds each,
and a join of another engine sends thousands of values, of which most are rightly not here."""


def names(case: Case, explanations: Sequence[Explanation]) -> Iterator[Finding]:
    """Whatever is named and is not there, once for each place; the first explanation that fits."""
    if not case.schema.occurs(places=case.places()) and not list(case.schema.store.named_graphs()):
        yield Finding("no-data", "info", "There is no data that could be asked.", case.tree.start)
        return
    missing = list(missing_in(case))
    starts = {mention.term.start for mention in missing}
    by_prefix: dict[Prefix, list[Mention]] = defaultdict(list)
    for mention in missing:
        for prefix in case.tree.prefixes:
            is_its = mention.term.text.startswith(f"{prefix.name}:")
            if is_its and not _occurs(case, mention.term.value):
                by_prefix[prefix].append(mention)
    there = [m.term.text for m in mentions(case) if m.term.start not in starts]
    explained: set[int] = set()
    for prefix, some in by_prefix.items():
        finding = None
        if not any(text.startswith(f"{prefix.name}:") for text in there):
            finding = _namespace(case, prefix, some)
        if finding is not None:
            yield finding
            explained |= {mention.term.start for mention in some}
    rest = {m.term.start: m for m in missing if m.term.start not in explained}
    for mention in islice(rest.values(), _MOST):
        reasons = (explain(case, mention) for explain in explanations)
        yield next(filter(None, reasons), None) or _unknown(case, mention)


def _namespace(case: Case, prefix: Prefix, found: list[Mention]) -> Finding | None:
    """The namespace of a prefix of which the data has nothing, and the one that is meant."""
    known = case.names.namespaces
    if prefixes().get(prefix.name) == prefix.iri and prefix.iri in known:
        return None
    local = [mention.term.value.removeprefix(prefix.iri) for mention in found]
    fitting = {
        namespace: sum(
            case.schema.is_declared(namespace + name) or _occurs(case, namespace + name)
            for name in local
        )
        for namespace in known
        if namespace != prefix.iri
        if _alike(prefix.iri, namespace) or prefixes().get(prefix.name) == namespace
    }
    best = max(fitting, key=lambda ns: (fitting[ns], likeness(ns, prefix.iri)), default=None)
    if best is None or not fitting[best] or (prefix.iri in known and fitting[best] < len(local)):
        return None
    return Finding(
        "wrong-namespace",
        "error",
        f"The data has none of these names in the namespace <{prefix.iri}>, for which {prefix.name}: "
        f"stands here; it has {', '.join(local[:3])} in <{best}>{_difference(prefix.iri, best)}.",
        prefix.place,
        Repair(f"<{best}>", (Edit(prefix.place, prefix.end, f"<{best}>"),)),
    )


def _alike(one: str, other: str) -> bool:
    first, second = one.partition("://")[2], other.partition("://")[2]
    # Of texts with so different lengths too little can be the same, and there may be many namespaces.
    if min(len(first), len(second)) < 0.5 * max(len(first), len(second)):
        return False
    return likeness(first, second) > 0.7


def _difference(wrong: str, right: str) -> str:
    if wrong.partition("://")[2] == right.partition("://")[2]:
        return f": {right.partition(':')[0]}, not {wrong.partition(':')[0]}"
    if wrong[:-1] == right[:-1]:
        return f": it ends with {right[-1]!r}, not {wrong[-1]!r}"
    return ""


def _occurs(case: Case, iri: str) -> bool:
    return case.schema.mentions(ox.NamedNode(iri), (None,)) or case.schema.occurs(
        None, iri, places=(None,)
    )


def _unknown(case: Case, mention: Mention) -> Finding:
    kinds: dict[Role, tuple[Kind, ...]] = {
        "property": ("property",),
        "class": ("class",),
        "graph": ("graph",),
        "thing": ("thing", "class", "property", "paragraph"),
    }
    near = nearest(case, mention, *kinds[mention.role])
    message = f"The data has no {mention.role} {mention.term.text}{in_full(mention)}."
    if near:
        message += f" The nearest is {case.named(near[0])}{with_label(case, near[0])}."
    else:
        message += what_there_is(case, mention)
    code = f"unknown-{mention.role}"
    if mention.role == "graph" and not near:
        return replace(
            about_term(case, mention, code, message), repair=_without_from(case, mention)
        )
    if near and local_name(near[0]) == local_name(mention.term.value):
        code = "wrong-namespace"
    finding = about_term(case, mention, code, message, near)
    must_match = mention.scope is None or mention.scope.is_required
    if near or (must_match and not _may_be_left_out(mention)):
        return finding
    return replace(finding, severity="info")


def _without_from(case: Case, mention: Mention) -> Repair | None:
    """The query without its FROM clause, of the default graph."""
    for clause in case.tree.dataset:
        if clause.graph is mention.term and not clause.is_named:
            return Repair("no FROM", (case.replaced(clause, ""),))
    return None


def _may_be_left_out(mention: Mention) -> bool:
    """Whether the path matches without any triple (SPARQL 1.1, section 9.1)."""
    path = mention.spot.triple.path if mention.spot else None
    return isinstance(path, Repeat) and path.modifier in ("*", "?")


_PREDICATE: Final = expand("rdf:predicate")


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
    for term in properties_of(triple):
        yield Mention(term, "property", spot, spot.scope)
    if isinstance(triple.path, Term) and triple.path.kind == "variable":
        yield Mention(triple.path, "property", spot, spot.scope)
    last, first = last_property(triple), first_property(triple)
    role: Role = "class" if last in (TYPE, SUBCLASS) else "thing"
    if last == _PREDICATE:
        role = "property"
    yield Mention(triple.object, role, spot, spot.scope)
    yield Mention(triple.subject, "class" if first == SUBCLASS else "thing", spot, spot.scope)


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


def _known(case: Case, iri: str) -> bool:
    """A property that is but a value of the query need not be that of a triple, unless it is retired."""
    is_said = case.schema.is_declared(iri) or case.schema.occurs(None, None, ox.NamedNode(iri))
    return is_said and not case.schema.successors(iri)


_SHOWN: Final = 8


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
        near = _around(case, mention.spot)
        return f" There are {', '.join(map(case.named, near[:_SHOWN]))}." if near else ""
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
