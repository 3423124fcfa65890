"""Patterns that match nothing, or never together: a wrong direction, subject, graph or label."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import (
    TYPE,
    Finding,
    Repair,
    Scope,
    Spot,
    ends,
    first_property,
    instead,
    of_repeated,
)
from gbagraph.features.diagnostics.mentions import is_naming, listed
from gbagraph.features.diagnostics.rules.alternatives import shown, target, what_there_is
from gbagraph.features.diagnostics.rules.ranges import removed_by, taken_away
from gbagraph.features.diagnostics.rules.variables import aggregated
from gbagraph.features.diagnostics.schema import SAMPLE
from gbagraph.names.texts import local_name, words
from gbagraph.rdf.namespaces import LABELS
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import (
    NAMES,
    Bind,
    Element,
    Filter,
    Inverse,
    Minus,
    Optional,
    Repeat,
    Service,
    Term,
    Triple,
    Union,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case


ABSENT: Final = frozenset(
    {"language-tag-wrong", "unknown-text", "only-in-another-graph", "graph-matches-nothing"}
    | {"class-without-data", "property-without-data", "unknown-thing"}
)
"""What is said of values that are not there, where each property and class is known."""

_ABSENT_NAMES: Final = frozenset(
    {"unknown-property", "unknown-class", "unknown-thing", "class-without-data"}
    | {"property-without-data"}
)
"""What is said of names for which a part has no solution."""

_REASONS: Final = frozenset({"service-without-match", "language-tag-wrong"})
"""Of what is no error, what says why there is no solution; for an ASK, also what is absent."""


def structure(case: Case) -> Iterator[Finding]:
    """Why a group has no solution, though each of its names is there."""
    if case.has_error(0, case.tree.body) or any(each.code == "no-data" for each in case.findings):
        return
    told: list[Scope] = []
    reasons = _REASONS | (ABSENT if case.tree.form == "ASK" else frozenset())
    for scope in reversed(case.scopes):
        around, element = scope.above[-1] if scope.above else (None, None)
        if isinstance(element, Optional | Minus) and any(
            each.group is around and case.is_dead(each) for each in case.scopes
        ):
            continue  # that there is nothing for it to match is no fault of its own
        is_told = any(scope.group in (group for group, _ in each.above) for each in told)
        if not scope.group.elements or is_told or not case.is_dead(scope):
            continue
        inside = (f for f in case.findings if scope.group.start <= f.start < scope.group.end)
        if not scope.is_required and any(f.code in _ABSENT_NAMES for f in inside):
            continue  # then it is told already why nothing matches
        found = (_of_triple(case, Spot(triple, scope)) for triple in scope.triples)
        findings = [finding for finding in found if finding is not None]
        known = (each.severity == "error" or each.code in reasons for each in case.findings)
        if not findings and not any(known):
            findings = [*_without_solution(case, scope)]
        told += [scope] * bool(findings)
        yield from findings if scope.is_required else map(_of_part, findings)


def _of_part(finding: Finding) -> Finding:
    """A finding for what may well be empty: an OPTIONAL, a branch, what EXISTS or MINUS ask for."""
    if finding.code == "only-in-another-graph":
        return replace(finding, severity="info", repair=None)
    is_grave = finding.repair is not None and finding.severity != "info"
    return replace(finding, severity="warning" if is_grave else "info")


# A pattern that has a wrong direction, subject or graph


def _of_triple(case: Case, spot: Spot) -> Finding | None:
    triple, scope = spot.triple, spot.scope
    near = case.neighbours(triple, scope)
    joined = [triple, *near]
    is_told = any(case.has_error(element.start, element.end) for element in joined)
    if is_told or case.has_error(triple.path.start, triple.end):
        return None
    if case.holds(case.rendered(joined, scope)) or case.holds(case.rendered(near, scope)) is False:
        return None
    return (
        _in_other_graph(case, spot)
        or _reversed(case, spot)
        or _itself(case, spot)
        or _instance_meant(case, spot)
        or _own_label(case, spot)
    )


def _itself(case: Case, spot: Spot) -> Finding | None:
    """A path of one or more steps, where what is meant is reached by none."""
    triple, path = spot.triple, spot.triple.path
    if not isinstance(path, Repeat) or path.modifier != "+":
        return None
    others = [e for e in spot.scope.group.elements if e is not triple]
    free, bound = f"{case.written(path.path)}*", NAMES.mentioned(*others)
    is_bound = all(not e.is_free or e.value in bound for e in (triple.subject, triple.object))
    with_none = f"{triple.subject.text} {free} {triple.object.text} . {case.rendered(others)}"
    if not is_bound or not case.holds(spot.scope.around(with_none)):
        return None
    said = say(
        "%(path)s takes at least one step, and there is none; %(free)s finds %(thing)s itself, too.",
        path=case.written(path), free=free,
        thing=(triple.subject if triple.object.is_free else triple.object).text,
    )  # fmt: skip
    return Finding("no-solution", "info", said, path.start)


def _reversed(case: Case, spot: Spot) -> Finding | None:
    triple = spot.triple
    meant = ends(triple) or of_repeated(triple)
    if meant is None or "literal" in (triple.subject.kind, triple.object.kind) or meant[1] == TYPE:
        return None
    backward = (
        case.written(triple.path).lstrip("^")
        if isinstance(triple.path, Inverse)
        else f"^{case.written(triple.path)}"
    )
    turned = f"{triple.subject.text} {backward} {triple.object.text} ."
    if case.fits(spot, turned) < 2:
        return None
    others = (e for e in spot.scope.group.elements if e is not triple)
    whole = spot.scope.around(f"{turned} {case.rendered(others)}")
    if isinstance(triple.path, Repeat) and not case.holds(whole):
        return None
    told = {"property": case.named(meant[1]), "subject": meant[0].text, "object": meant[2].text}
    if _goes_both_ways(case, spot, *meant):
        message = say(
            "There is no such %(property)s; the other way round, from %(object)s to %(subject)s, there "
            "is.",
            **told,
        )
        return Finding("reversed-direction", "info", message, triple.path.start)
    message = say(_TURNED, **told)
    repair = instead(triple.path, backward)
    return Finding("reversed-direction", "error", message, triple.path.start, repair)


_TURNED: Final = "%(property)s points the other way: from %(object)s to %(subject)s."


def _goes_both_ways(case: Case, spot: Spot, subject: Term, property_: str, value: Term) -> bool:
    """Whether what stands at the ends could stand so: then that there is nothing may be the answer."""
    use = case.schema.use(property_, case.places(spot.scope))
    known = [
        (kinds, of)
        for end, of in ((subject, use.subjects), (value, use.objects))
        if (kinds := _kinds_at(case, spot, end))
    ]
    return bool(known) and all(any(cls in of for cls in kinds) for kinds, of in known)


def _kinds_at(case: Case, spot: Spot, end: Term) -> list[str]:
    """The classes of a thing, or of what else the group says of a variable."""
    if end.kind == "iri":
        return case.schema.classes_of(ox.NamedNode(end.value))
    near = [e for e in case.neighbours(spot.triple, spot.scope) if end.value in NAMES.mentioned(e)]
    if not near or not end.is_free:
        return []
    pattern = f"{case.rendered(near)} {end.text} a ?__k"
    some = f"{{ SELECT ?__k {{ {spot.scope.around(pattern)} }} LIMIT {SAMPLE} }}"
    return [row[0].value for row in case.rows("DISTINCT ?__k", some)]


_OWNERS: Final = "%(name)s is a class; its instances have %(property)s."
_VALUES: Final = "%(name)s is a class; its instances are values of %(property)s."


def _instance_meant(case: Case, spot: Spot) -> Finding | None:
    """A class as the subject of what its instances have, or as the value that they are."""
    triple, name, path = spot.triple, case.fresh("x"), case.written(spot.triple.path)
    for cls, said, pattern in (
        (triple.subject, _OWNERS, f"{name} {path} {target(triple)}"),
        (triple.object, _VALUES, f"{triple.subject.text} {path} {name}"),
    ):
        is_asked = cls.kind == "iri" and first_property(triple) != TYPE
        is_class = is_asked and case.schema.occurs(None, TYPE, ox.NamedNode(cls.value))
        of_class = f"{name} a {cls.text} ."
        if is_class and case.holds(spot.scope.around(f"{pattern} . {of_class}")):
            edits = case.replaced(cls, name), case.appended(spot.scope.group, of_class)
            message = say(said, name=cls.text, property=path)
            return Finding("class-for-instance", "error", message, cls.start, Repair(name, edits))
    return None


def _in_other_graph(case: Case, spot: Spot) -> Finding | None:
    """The subject has the property, in another graph than the one that is asked."""
    triple, property_ = spot.triple, first_property(spot.triple)
    if triple.subject.kind != "iri" or property_ is None:
        return None
    graphs = case.schema.graphs_with(ox.NamedNode(triple.subject.value), property_)
    graphs = case.outside(spot.scope, graphs)
    alone = f"{triple.subject.text} {case.written(triple.path)} ?__o"
    if not graphs or case.holds(spot.scope.around(alone)):
        return None
    return Finding(
        "only-in-another-graph",
        "error",
        say(
            "%(subject)s has %(property)s only in %(graphs)s.",
            subject=triple.subject.text,
            property=case.named(property_),
            graphs=listed(case, graphs[:3]),
        ),
        triple.path.start,
        case.in_graph(spot, graphs),
    )


def _own_label(case: Case, spot: Spot) -> Finding | None:
    """Where a name is asked for: the property with which such a subject is named."""
    triple, property_ = spot.triple, first_property(spot.triple)
    if property_ not in LABELS or not is_naming(property_):
        return None
    said = " ".join(case.of_element(e) for e in case.neighbours(triple, spot.scope))
    named = [*filter(is_naming, case.schema.properties)]
    named.sort(key=lambda iri: (len(words(local_name(iri))), -case.schema.properties[iri]))
    fitting = (
        label
        for label in dict.fromkeys((*LABELS, *named))
        if case.schema.occurs(None, label, places=case.places(spot.scope))
        and case.holds(
            spot.scope.around(f"{said} {triple.subject.text} <{label}> {target(triple)} .")
        )
    )
    label = next(map(case.short, fitting), None)
    if label is None:
        return None
    message = say(
        "%(subject)s has no %(property)s; its names are values of %(label)s.",
        subject=triple.subject.text,
        property=case.named(property_),
        label=label,
    )
    repair = instead(triple.path, label)
    return Finding("label-property", "error", message, triple.path.start, repair)


# The smallest part that has no solution


def _without_solution(case: Case, scope: Scope) -> Iterator[Finding]:
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
        yield from taken_away(case, scope)
        return
    removed = next((e for e in reversed(small) if isinstance(e, Filter)), None)
    told = {each.start for each in case.findings if each.code == "filter-removes-all"}
    named = {*aggregated(scope)}  # that they have no value there is told by itself
    if any(
        isinstance(e, Filter)
        and (any(e.start <= at < e.end for at in told) or named & NAMES.mentioned(e))
        for e in small
    ):
        return
    elsewhere = _elsewhere(case, scope, small)
    if elsewhere is not None:
        yield elsewhere
    elif removed is not None:
        yield removed_by(case, scope, removed, [e for e in small if e is not removed])
    else:
        message = what_there_is(case, scope, small)
        around = scope.above[-1][1] if scope.above else None
        if isinstance(around, Union) and len(around.groups) > 1:
            message = say("This branch of UNION gives nothing.") + message
        yield Finding("no-solution", "info", message, _start(small))


def _start(small: Sequence[Element]) -> int:
    first = small[0]
    return first.path.start if isinstance(first, Triple) else first.start


def _elsewhere(case: Case, scope: Scope, small: Sequence[Element]) -> Finding | None:
    """Patterns that match, but not in the graphs that are asked, or not with what is around them."""
    told, start, pattern = {"pattern": shown(case, small)}, _start(small), case.rendered(small)
    if scope.above and case.holds(scope.around(pattern)):
        message = say(
            "No solution of the patterns around these braces matches here: %(pattern)s", **told
        )
        return Finding("no-solution", "info", message, start)
    if scope.graph is not None and case.holds(pattern):
        message = say(
            "No graph that GRAPH asks here matches %(pattern)s; the default graph does.", **told
        )
        alone = [case.holds(case.rendered([each], scope)) for each in small]
        if len(small) > 1 and all(alone) and scope.graph.is_free:
            message += say(
                "GRAPH asks one graph at a time, and each of these patterns matches in another graph."
            )
        severity: Severity = "error" if any(case.schema.store.named_graphs()) else "info"
        return Finding("graph-matches-nothing", severity, message, scope.above[-1][1].start)
    if scope.graph is not None or not all(isinstance(each, Triple) for each in small):
        return None
    graphs = case.rows("?__g", f"GRAPH ?__g {{ {pattern} }}", "LIMIT 1")
    if graphs:
        graph = case.short(graphs[0][0].value)  # as it may be written here
        message = say(
            "The default graph has no match for %(pattern)s, and GRAPH %(graph)s { … } has.",
            graph=graph,
            **told,
        )
        return Finding("only-in-another-graph", "info", message, start)
    if case.holds_by_default(pattern):
        message = say(
            "The graphs that FROM names have no match for %(pattern)s; without FROM there is one.",
            **told,
        )
        return Finding("only-in-another-graph", "info", message, start)
    return None


def _own(elements: Sequence[Element], case: Case) -> list[Element]:
    """*elements* without those that call other endpoints, and without conditions on their values."""
    own: list[Element] = [e for e in elements if not isinstance(e, Service)]
    if case.services.answer is None:
        return own
    bound = set(NAMES.visible(*own))
    return [e for e in own if not isinstance(e, Filter | Bind) or NAMES.mentioned(e) <= bound]


def _smallest_of(case: Case, scope: Scope, elements: list[Element]) -> list[Element]:
    """The fewest elements without a common solution; of one or two, else by leaving out what can go."""

    def is_dead(some: Sequence[Element]) -> bool:
        return case.holds(case.in_context(scope, some)) is False

    patterns = [e for e in elements if not isinstance(e, Filter | Bind)]
    pairs = (p for p in combinations(patterns, 2) if NAMES.mentioned(p[0]) & NAMES.mentioned(p[1]))
    for some in chain(combinations(patterns, 1), pairs):
        if is_dead(some):
            return list(some)
    rest, known = list(elements), frozenset(NAMES.visible(*elements))
    if not is_dead(rest):
        return []
    for part in elements:
        without = [e for e in rest if e is not part]
        if without and _is_whole(without, known) and is_dead(without):
            rest = without
    return rest


def _is_whole(elements: Sequence[Element], known: frozenset[str]) -> bool:
    """Whether what a FILTER or BIND needs, of what is *known*, is bound by the others."""
    bound = set(NAMES.visible(*elements))
    needing = [e for e in elements if isinstance(e, Filter | Bind)]
    return all(NAMES.mentioned(e) & known <= bound for e in needing)
