"""Patterns that match nothing: turned around, a step too short, or never true together."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import (
    TYPE,
    Edit,
    Finding,
    Repair,
    Scope,
    Spot,
    ends,
    first_property,
    instead,
)
from gbagraph.features.diagnostics.mentions import moved, property_in_other_graph
from gbagraph.features.diagnostics.rules.literals import as_term
from gbagraph.rdf.labels import LABELS
from gbagraph.sparql.nodes import (
    NAMES,
    Bind,
    Element,
    Filter,
    Inverse,
    Minus,
    Optional,
    Service,
    Term,
    Triple,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case


def smallest_part(case: Case, scope: Scope) -> Iterator[Finding]:
    """The smallest part of a group that has no solution, or the FILTER that leaves none."""
    elements: list[Element] = [
        e for e in scope.group.elements if not isinstance(e, Optional | Minus)
    ]
    if scope.query.values is not None and scope.group is scope.query.where:
        elements.append(scope.query.values)
    small = _smallest_of(case, scope, _own(elements, case))
    if not small and case.services.have_solutions:
        small = _smallest_of(case, scope, elements)
    if not small:
        return
    shown = " ".join(" ".join(case.of_element(e).split()) for e in small)
    if scope.graph is not None and case.holds(case.rendered(small)):
        yield _in_other_graphs(case, scope, shown)
        return
    triples = [e for e in small if isinstance(e, Triple)]
    graphs = case.rows("?__g", f"GRAPH ?__g {{ {case.rendered(small)} }}", "LIMIT 1")
    if scope.graph is None and triples == small and graphs:
        yield Finding(
            "only-in-another-graph",
            "error",
            "No triples of the default graph match this together; those of "
            f"{case.named(graphs[0][0].value)} do: {shown[:300]}",
            triples[0].start,
            moved(case, Spot(triples[0], scope), [graphs[0][0].value], in_default=False),
        )
        return
    removed = next((e for e in small if isinstance(e, Filter)), None)
    if removed is not None:
        rest = [e for e in small if e is not removed]
        yield Finding(
            "filter-removes-all",
            "info",
            f"{case.written(removed)} is true of no solution of the rest"
            f"{_values(case, scope, removed, rest)}.",
            removed.start,
        )
        return
    yield Finding(
        "no-solution",
        "info",
        f"{'This part has' if len(small) == 1 else 'These parts together have'} no solution, and each "
        f"smaller part has: {shown[:400]}",
        triples[0].path.start if small[:1] == triples[:1] else small[0].start,
    )


def _own(elements: Sequence[Element], case: Case) -> list[Element]:
    """*elements* without those that call other endpoints, and without conditions on their values."""
    own: list[Element] = [e for e in elements if not isinstance(e, Service)]
    if case.services.answer is None:
        return own
    bound = set(NAMES.visible(*own))
    return [e for e in own if not isinstance(e, Filter | Bind) or NAMES.mentioned(e) <= bound]


def _in_other_graphs(case: Case, scope: Scope, shown: str) -> Finding:
    """The parts are in the default graph together, and in no named graph."""
    element = scope.above[-1][1]
    where = (
        "this graph"
        if scope.graph is not None and scope.graph.kind == "iri"
        else "one and the same graph"
    )
    return Finding(
        "graph-matches-nothing",
        "error" if any(case.schema.store.named_graphs()) else "info",
        f"No triples of {where} match this together; those of the default graph do: {shown[:300]}",
        element.start,
        Repair("no GRAPH", (case.replaced(element, case.written(scope.group)[1:-1].strip()),)),
    )


def _smallest_of(case: Case, scope: Scope, elements: list[Element]) -> list[Element]:
    """The fewest elements without a common solution; of one or two, else by leaving out what can go."""

    def is_dead(some: Sequence[Element]) -> bool:
        return case.holds(case.in_context(scope, some)) is False

    patterns = [e for e in elements if not isinstance(e, Filter | Bind)]
    for element in patterns:
        if is_dead([element]):
            return [element]
    for pair in combinations(patterns, 2):
        if NAMES.mentioned(pair[0]) & NAMES.mentioned(pair[1]) and is_dead(pair):
            return list(pair)
    rest = list(elements)
    if not is_dead(rest):
        return []
    for part in elements:
        without = [e for e in rest if e is not part]
        if without and _is_whole(without) and is_dead(without):
            rest = without
    return rest


def _is_whole(elements: Sequence[Element]) -> bool:
    """Whether what a FILTER or BIND needs is bound by the others."""
    bound = set(NAMES.visible(*elements))
    needing = [e for e in elements if isinstance(e, Filter | Bind)]
    return all(NAMES.mentioned(e) <= bound for e in needing)


def _values(case: Case, scope: Scope, condition: Filter, rest: Sequence[Element]) -> str:
    names = sorted(NAMES.mentioned(condition))
    if len(names) != 1 or not rest:
        return ""
    rows = case.rows(f"DISTINCT ?{names[0]}", case.in_context(scope, rest), "LIMIT 4")
    values = [str(row[0]) for row in rows if row[0] is not None]
    return (
        f"; ?{names[0]} is {', '.join(values[:3])}{' …' if len(values) > 3 else ''}"
        if values
        else ""
    )


def structure(case: Case) -> Iterator[Finding]:
    """Why a group has no solution, though each of its names is there."""
    if case.has_error(0, case.tree.body) or any(each.code == "no-data" for each in case.findings):
        return
    for scope in case.scopes:
        if not scope.group.elements or not case.is_dead(scope):
            continue
        findings = [f for triple in scope.triples for f in _of_triple(case, Spot(triple, scope))]
        for finding in findings:
            severity: Severity = "warning" if finding.repair else "info"
            is_told = scope.is_required or finding.severity == "info"
            yield finding if is_told else replace(finding, severity=severity)
        if not findings and not case.is_explained:
            yield from smallest_part(case, scope)


def _of_triple(case: Case, spot: Spot) -> Iterator[Finding]:
    triple, scope = spot.triple, spot.scope
    if case.has_error(triple.path.start, triple.end) or not _names_are_there(case, spot):
        return
    near = case.neighbours(triple, scope)
    joined = [triple, *near]
    if any(case.has_error(element.start, element.end) for element in joined):
        return
    if case.holds(case.rendered(joined, scope)) or case.holds(case.rendered(near, scope)) is False:
        return
    finding = _reversed(case, spot) or _step_left_out(case, spot) or _wrong_value(case, spot)
    if finding is not None:
        yield finding


def _names_are_there(case: Case, spot: Spot) -> bool:
    """Whether the property occurs, and the constants do: else that is what is wrong."""
    meant = ends(spot.triple)
    places = case.places(spot.scope)
    if meant is None:
        path = spot.triple.path
        return not (isinstance(path, Term) and path.kind == "variable")
    if meant[1] == TYPE or not case.schema.occurs(None, meant[1], places=places):
        return False
    for term in (meant[0], meant[2]):
        if term.kind == "literal" and not case.schema.occurs(None, None, as_term(term), places):
            return False
        if term.kind == "iri" and not case.schema.mentions(ox.NamedNode(term.value), places):
            return False
    return True


def _reversed(case: Case, spot: Spot) -> Finding | None:
    triple = spot.triple
    meant = ends(triple)
    if meant is None or triple.subject.kind == "literal" or triple.object.kind == "literal":
        return None
    backward = (
        case.written(triple.path).lstrip("^")
        if isinstance(triple.path, Inverse)
        else f"^{case.written(triple.path)}"
    )
    turned = f"{triple.subject.text} {backward} {triple.object.text} ."
    if case.fits(spot, turned) < 2:
        return None
    subjects, objects = _kinds_of_ends(case, meant[1], spot.scope)
    message = (
        f"No {case.named(meant[1])} goes this way between {triple.subject.text} and "
        f"{triple.object.text}; it goes the other way{subjects}{objects}."
    )
    severity: Severity = "info" if _goes_both_ways(case, spot, meant[1]) else "error"
    repair = instead(triple.path, backward)
    return Finding("reversed-direction", severity, message, triple.path.start, repair)


def _goes_both_ways(case: Case, spot: Spot, property_: str) -> bool:
    """Whether two things are named of which either could be the subject: then the answer is no."""
    subject, value = spot.triple.subject, spot.triple.object
    if subject.kind != "iri" or value.kind != "iri":
        return False
    owners = case.schema.use(property_, case.places(spot.scope)).subjects
    return all(
        any(cls in owners for cls in case.schema.classes_of(ox.NamedNode(term.value)))
        for term in (subject, value)
    )


def _kinds_of_ends(case: Case, property_: str, scope: Scope) -> tuple[str, str]:
    use = case.schema.use(property_, case.places(scope))
    subjects, objects = (
        case.schema.special(classes)[:3] for classes in (use.subjects, use.objects)
    )
    return (
        f", from {', '.join(map(case.named, subjects))}" if subjects else "",
        f" to {', '.join(map(case.named, objects))}" if objects else "",
    )


def _step_left_out(case: Case, spot: Spot) -> Finding | None:
    """The subject has no such property, but something that it leads to has, or what leads to it."""
    triple = spot.triple
    property_ = first_property(triple)
    if property_ is None:
        return None
    near = case.neighbours(triple, spot.scope)
    about = [e for e in near if triple.subject.text.lstrip("?$") in NAMES.mentioned(e)]
    if not about and triple.subject.is_free:
        return None
    said = " ".join(map(case.of_element, about))
    alone = f"{said} {triple.subject.text} {case.short(property_)} ?__o ."
    if case.holds(spot.scope.around(alone)):
        return None
    meant = _instance_meant(case, spot) or property_in_other_graph(case, spot)
    if meant is not None:
        return meant
    label = _own_label(case, spot, said, property_)
    path = label or _way(case, spot, said)
    message = f"{_of_what(about, triple)} {case.named(property_)}"
    if label:
        message += f"; its names are values of {label}."
    elif path:
        message += f"; it is reached by {path}."
    else:
        owners = case.schema.use(property_, case.places(spot.scope)).subjects
        message += (
            f"; it is a property of {', '.join(map(case.named, case.schema.special(owners)[:3]))}."
            if owners
            else "."
        )
    repair = Repair(path, (_through(case, spot, said, path),)) if path else None
    code = "label-property" if label else "property-not-of-subject"
    return Finding(code, "error", message, triple.path.start, repair)


def _of_what(about: Sequence[Element], triple: Triple) -> str:
    classes = [e.object.text for e in about if isinstance(e, Triple) and first_property(e) == TYPE]
    return f"No {' and '.join(classes)} has" if classes else f"{triple.subject.text} has no"


def _way(case: Case, spot: Spot, said: str) -> str | None:
    """The most special path of two steps from the subject, of which the second is that of the query."""
    triple = spot.triple
    path = case.written(triple.path)
    ranked: list[tuple[tuple[str, int, int], str]] = []
    counted = triple.subject.text if triple.subject.is_free else "?__n"
    for way, sign in (("{s} ?__q ?__n", ""), ("?__n ?__q {s}", "^")):
        step = way.format(s=triple.subject.text)
        pattern = spot.scope.around(f"{said} {step} . ?__n {path} {_target(triple)} .")
        rows = case.rows(
            f"?__q (COUNT(DISTINCT {counted}) AS ?__k)", pattern, "GROUP BY ?__q LIMIT 40"
        )
        counts = {row[0].value: int(row[1].value) for row in rows}
        for iri in case.schema.special(counts):
            key = sign, -counts[iri], -case.schema.use(iri).triples
            ranked.append((key, f"{sign}{case.short(iri)}/{path}"))
    return min(ranked)[1] if ranked else None


def _instance_meant(case: Case, spot: Spot) -> Finding | None:
    """A class as the subject of what its instances have."""
    triple, cls = spot.triple, spot.triple.subject
    if cls.kind != "iri" or not case.schema.occurs(None, TYPE, ox.NamedNode(cls.value)):
        return None
    name = case.fresh("x")
    pattern = f"{name} {case.written(triple.path)} {_target(triple)} . {name} a {cls.text} ."
    if not case.holds(spot.scope.around(pattern)):
        return None
    edits = (case.replaced(cls, name), case.appended(spot.scope.group, f"{name} a {cls.text} ."))
    message = f"{cls.text} is a class; it is its instances that have {case.written(triple.path)}."
    return Finding("class-for-instance", "error", message, cls.start, Repair(name, edits))


def _own_label(case: Case, spot: Spot, said: str, property_: str) -> str | None:
    """Where a name is asked for: the property with which such a subject is named."""
    if property_ not in LABELS:
        return None
    subject, target = spot.triple.subject.text, _target(spot.triple)
    labels = [
        label for label in LABELS if case.schema.occurs(None, label, places=case.places(spot.scope))
    ]
    fitting = (
        x for x in labels if case.holds(spot.scope.around(f"{said} {subject} <{x}> {target} ."))
    )
    return next(map(case.short, fitting), None)


def _through(case: Case, spot: Spot, said: str, path: str) -> Edit:
    """The pattern by this path; with others of the same subject through one and the same thing."""
    triple, scope = spot.triple, spot.scope
    own = case.written(triple.path)
    step = path.removesuffix(f"/{own}")
    first = f"{said} {triple.subject.text} {step} ?__n . ?__n {own} {_target(triple)} ."
    others = [
        each
        for each in scope.triples
        if each is not triple
        and each.subject.text == triple.subject.text
        and not case.holds(scope.around(f"{said} {case.of_element(each)}"))
        and case.holds(scope.around(f"{first} ?__n {case.written(each.path)} {_target(each)} ."))
    ]
    if not others:
        return case.replaced(triple.path, path)
    node = case.fresh("node")
    changes = {
        index: f"{node} {case.written(element.path)} {element.object.text} ."
        for index, element in enumerate(scope.group.elements)
        if isinstance(element, Triple) and (element is triple or element in others)
    }
    return case.rewritten(scope.group, changes, first=[f"{triple.subject.text} {step} {node} ."])


def _target(triple: Triple) -> str:
    return "?__o" if triple.object.is_free else triple.object.text


def _wrong_value(case: Case, spot: Spot) -> Finding | None:
    """The subject has the property, and never with what the query says of the object."""
    triple = spot.triple
    meant = ends(triple)
    if meant is None:
        return None
    use = case.schema.use(meant[1], case.places(spot.scope))
    near = [
        e
        for e in case.neighbours(triple, spot.scope)
        if triple.object.text.lstrip("?$") in NAMES.mentioned(e)
    ]
    types = [e for e in near if isinstance(e, Triple) and first_property(e) == TYPE]
    if triple.object.kind == "variable" and types and use.is_of_things:
        wanted = types[0].object
        has = case.schema.special(use.objects)[:3]
        shown = ", ".join(map(case.named, has))
        message = f"No value of {case.named(meant[1])} here is {wanted.text}; they are {shown}."
        repair = instead(wanted, case.short(has[0])) if has else None
        return Finding("value-not-of-class", "error", message, triple.path.start, repair)
    return None
