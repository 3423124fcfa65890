"""Patterns that match nothing, or never together: what the data has in their place."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

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
)
from gbagraph.features.diagnostics.mentions import moved, property_in_other_graph
from gbagraph.features.diagnostics.message import Message, say
from gbagraph.features.diagnostics.rules.literals import as_term, written
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
    from collections.abc import Iterable, Iterator, Sequence

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case

_SHOWN: Final = 4
"""Values that a sentence names at most."""


def structure(case: Case) -> Iterator[Finding]:
    """Why a group has no solution, though each of its names is there."""
    if case.has_error(0, case.tree.body) or any(each.code == "no-data" for each in case.findings):
        return
    told: list[Scope] = []
    for scope in reversed(case.scopes):
        is_told = any(scope.group in (group for group, _ in each.above) for each in told)
        if not scope.group.elements or is_told or not case.is_dead(scope):
            continue
        told.append(scope)
        findings = [f for triple in scope.triples for f in _of_triple(case, Spot(triple, scope))]
        for finding in findings:
            severity: Severity = "warning" if finding.repair else "info"
            is_told = scope.is_required or finding.severity == "info"
            yield finding if is_told else replace(finding, severity=severity)
        if not findings and not case.is_explained:
            yield from _without_solution(case, scope)


# A pattern that has a wrong direction, subject or graph


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
    finding = (
        _reversed(case, spot)
        or _instance_meant(case, spot)
        or _in_other_graph(case, spot)
        or _own_label(case, spot)
    )
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
    message = say(
        "%(property)s points the other way: from %(object)s to %(subject)s.",
        property=case.named(meant[1]),
        subject=meant[0].text,
        object=meant[2].text,
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
    message = say(
        "%(class)s is a class; its instances have %(property)s.",
        **{"class": cls.text},
        property=case.written(triple.path),
    )
    return Finding("class-for-instance", "error", message, cls.start, Repair(name, edits))


def _in_other_graph(case: Case, spot: Spot) -> Finding | None:
    """The subject has the property in another graph, and not in that which is asked."""
    triple = spot.triple
    alone = f"{triple.subject.text} {case.written(triple.path)} ?__o"
    has_it = triple.subject.is_free or case.holds(spot.scope.around(alone))
    return None if has_it else property_in_other_graph(case, spot)


def _own_label(case: Case, spot: Spot) -> Finding | None:
    """Where a name is asked for: the property with which such a subject is named."""
    triple, property_ = spot.triple, first_property(spot.triple)
    if property_ not in LABELS:
        return None
    said = " ".join(case.of_element(e) for e in case.neighbours(triple, spot.scope))
    labels = [
        label for label in LABELS if case.schema.occurs(None, label, places=case.places(spot.scope))
    ]
    subject, target = triple.subject.text, _target(triple)
    fitting = (
        x for x in labels if case.holds(spot.scope.around(f"{said} {subject} <{x}> {target} ."))
    )
    label = next(map(case.short, fitting), None)
    if label is None:
        return None
    message = say(
        "%(subject)s has no %(property)s; its names are values of %(label)s.",
        subject=subject,
        property=case.named(property_),
        label=label,
    )
    repair = instead(triple.path, label)
    return Finding("label-property", "error", message, triple.path.start, repair)


def _target(triple: Triple) -> str:
    return "?__o" if triple.object.is_free else triple.object.text


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
        return
    triples = [e for e in small if isinstance(e, Triple)]
    if scope.graph is not None and case.holds(case.rendered(small)):
        yield _in_other_graphs(case, scope, small)
        return
    graphs = case.rows("?__g", f"GRAPH ?__g {{ {case.rendered(small)} }}", "LIMIT 1")
    if scope.graph is None and triples == small and graphs:
        graph = graphs[0][0].value
        yield Finding(
            "only-in-another-graph",
            "error",
            say(
                "The default graph has no match for %(pattern)s, and %(graph)s has one.",
                graph=case.named(graph),
                pattern=_shown(case, small),
            ),
            triples[0].start,
            moved(case, Spot(triples[0], scope), [graph], in_default=False),
        )
        return
    removed = next((e for e in small if isinstance(e, Filter)), None)
    if removed is not None:
        yield _filter(case, scope, removed, [e for e in small if e is not removed])
        return
    start = triples[0].path.start if small[:1] == triples[:1] else small[0].start
    message = _of_one(case, scope, small[0]) if len(small) == 1 else _of_several(case, scope, small)
    yield Finding("no-solution", "info", message, start)


def _shown(case: Case, elements: Iterable[Element]) -> str:
    text = " ".join(" ".join(case.of_element(e).split()) for e in elements)
    return text if len(text) <= 300 else f"{text[:300]}…"


def _own(elements: Sequence[Element], case: Case) -> list[Element]:
    """*elements* without those that call other endpoints, and without conditions on their values."""
    own: list[Element] = [e for e in elements if not isinstance(e, Service)]
    if case.services.answer is None:
        return own
    bound = set(NAMES.visible(*own))
    return [e for e in own if not isinstance(e, Filter | Bind) or NAMES.mentioned(e) <= bound]


def _in_other_graphs(case: Case, scope: Scope, small: Sequence[Element]) -> Finding:
    """The parts are in the default graph together, and in no named graph."""
    message = say(
        "No graph that GRAPH asks here matches %(pattern)s; the default graph does.",
        pattern=_shown(case, small),
    )
    severity: Severity = "error" if any(case.schema.store.named_graphs()) else "info"
    return Finding("graph-matches-nothing", severity, message, scope.above[-1][1].start)


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


def _filter(case: Case, scope: Scope, condition: Filter, rest: Sequence[Element]) -> Finding:
    message = say("%(filter)s removes all solutions.", filter=case.written(condition))
    for name in sorted(NAMES.mentioned(condition))[:2] if rest else ():
        message += _values(case, f"?{name}", case.in_context(scope, rest))
    return Finding("filter-removes-all", "info", message, condition.start)


def _of_one(case: Case, scope: Scope, element: Element) -> Message:
    """A pattern that matches nothing by itself: what its subject has, and what has its object."""
    message = say("This pattern matches nothing: %(pattern)s", pattern=_shown(case, [element]))
    if not isinstance(element, Triple):
        return message
    subject, value = element.subject, element.object
    path = case.written(element.path)
    if subject.kind == "iri":
        message += _of_subject(case, scope, subject, path)
    if value.kind in ("iri", "literal"):
        told = {"property": path, "value": value.text}
        message += _facts(
            case,
            scope.around(f"?__v {path} {value.text}"),
            say("%(property)s %(value)s is said of: %(values)s.", **told),
            say("Nothing has %(property)s %(value)s.", **told) if subject.is_free else Message(),
        )
    if subject.kind == value.kind == "iri":
        pattern = scope.around(f"{subject.text} ?__v {value.text}")
        link = say("What links them is: %(values)s.")
        message += _facts(case, pattern, link, Message())
        message += _facts(
            case, scope.around(f"{value.text} ?__v {subject.text}"),
            say("What links them the other way is: %(values)s."), Message(),
        )  # fmt: skip
    return message + _onward(case, scope, element, ())


def _of_subject(case: Case, scope: Scope, subject: Term, path: str) -> Message:
    """What a thing has by a path; if nothing, which others of its kind have it."""
    classes = case.schema.special(case.schema.classes_of(ox.NamedNode(subject.value)))
    kinds = say(
        "%(thing)s is: %(values)s.", thing=subject.text, values=", ".join(map(case.named, classes))
    )
    if path == "a":
        return kinds if classes else Message()
    told = {"property": path, "thing": subject.text}
    values = scope.around(f"{subject.text} {path} ?__v")
    others = (
        f"VALUES ?__c {{ {' '.join(f'<{each}>' for each in classes)} }} ?__v a ?__c ; {path} []"
    )
    return _facts(
        case,
        values,
        say("%(property)s of %(thing)s: %(values)s.", **told),
        say("%(thing)s has no %(property)s.", **told)
        + _facts(
            case, scope.around(others), say("Others of its kind have it: %(values)s."), Message()
        ),
    )


def _of_several(case: Case, scope: Scope, small: Sequence[Element]) -> Message:
    """Patterns that never match together: the values on which they do not meet."""
    message = say(
        "These patterns match, and never together: %(pattern)s", pattern=_shown(case, small)
    )
    last, others = small[-1], small[:-1]
    shared = NAMES.mentioned(last) & NAMES.mentioned(*others)
    for name in sorted(name for name in shared if not name.startswith("_blank_"))[:1]:
        message += _values(case, f"?{name}", case.in_context(scope, others))
        kinds = case.rows(
            "DISTINCT ?__v",
            f"{case.in_context(scope, others)} ?{name} a ?__v",
            "ORDER BY ?__v LIMIT 40",
        )
        special = case.schema.special(row[0].value for row in kinds if hasattr(row[0], "value"))
        if isinstance(last, Triple) and first_property(last) == TYPE and special:
            message += say(
                "Their kinds: %(values)s.", values=", ".join(map(case.named, special[:_SHOWN]))
            )
            message += _other_ways(case, scope, last, others)
        elif not isinstance(last, Filter | Bind):
            message += say(
                "In the last pattern ?%(name)s is: %(values)s.",
                name=name,
                values=_listed(case, _rows(case, f"?{name}", case.in_context(scope, [last]))),
            )
    return message + _onward(case, scope, last, others)


def _onward(case: Case, scope: Scope, last: Element, others: Sequence[Element]) -> Message:
    """What the subject of the last pattern is linked to and has the property that it has not itself."""
    if not isinstance(last, Triple) or first_property(last) in (None, TYPE):
        return Message()
    path, subject = case.written(last.path), last.subject.text
    said = " ".join(case.in_context(scope, [each]) for each in others)
    rows = case.rows(
        "?__v (COUNT(*) AS ?__n)",
        scope.around(f"{said} {subject} ?__v ?__node . ?__node {path} {_target(last)}"),
        "GROUP BY ?__v ORDER BY DESC(?__n) ?__v LIMIT 40",
    )
    steps = case.schema.special(row[0].value for row in rows)[:2]
    return Message().joined(
        say(
            "What %(subject)s is linked to by %(step)s has %(property)s: that is %(step)s/%(property)s.",
            subject=subject,
            step=case.short(step),
            property=path,
        )
        for step in steps
    )


def _other_ways(case: Case, scope: Scope, kind: Triple, others: Sequence[Element]) -> Message:
    """Other properties by which what is asked leads to something of this kind."""
    said = Message()
    for each in others:
        rest = case.in_context(scope, [e for e in others if e is not each])
        is_bound = isinstance(each, Triple) and (each.subject.kind == "iri" or rest.strip())
        if isinstance(each, Triple) and is_bound and each.object.text == kind.subject.text:
            pattern = (
                f"{rest} {each.subject.text} ?__v {each.object.text} . {case.of_element(kind)}"
            )
            said += _facts(
                case,
                scope.around(pattern),
                say(
                    "%(thing)s leads to a %(kind)s by: %(values)s.",
                    thing=each.subject.text,
                    kind=kind.object.text,
                ),
                Message(),
            )
    return said


def _facts(case: Case, pattern: str, told: Message, otherwise: Message) -> Message:
    """*told* with the values of ``?__v`` in *pattern*; *otherwise* where it has none."""
    rows = _rows(case, "?__v", pattern)
    if not rows:
        return otherwise
    (template, values), *more = told.sentences
    return Message(((template, {**values, "values": _listed(case, rows)}), *more))


def _values(case: Case, variable: str, pattern: str) -> Message:
    """The values of a variable, if it has any."""
    rows = _rows(case, variable, pattern)
    if not rows:
        return Message()
    return say("%(name)s is: %(values)s.", name=variable, values=_listed(case, rows))


def _rows(case: Case, variable: str, pattern: str) -> list[Any]:
    rows = case.rows(f"DISTINCT {variable}", pattern, f"LIMIT {_SHOWN + 1}")
    return [row[0] for row in rows if row[0] is not None]


def _listed(case: Case, values: Sequence[Any]) -> str:
    names = [
        case.named(v.value) if isinstance(v, ox.NamedNode) else written(case, v) for v in values
    ]
    return ", ".join(names[:_SHOWN]) + " …" * (len(names) > _SHOWN)
