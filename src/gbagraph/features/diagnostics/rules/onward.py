"""What one step more would find, or the other direction, or another name of the same thing."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import (
    TYPE,
    Advice,
    Finding,
    ends,
    first_property,
    last_property,
    of_repeated,
    properties_of,
)
from gbagraph.features.diagnostics.glosses import gloss, label
from gbagraph.features.diagnostics.mentions import links_of
from gbagraph.features.diagnostics.rules.links import is_chained
from gbagraph.features.diagnostics.rules.samples import shown
from gbagraph.features.diagnostics.schema import SUBCLASS
from gbagraph.names.texts import local_name, words
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import Repeat, Term, Triple, Union, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.finding import Spot

_CLASSES: Final = 200
"""Classes below another that are looked at."""
_MORE: Final = 50
"""Things that one step more finds, up to which they are counted."""


def narrower(case: Case) -> Iterator[Finding]:
    """What has a value below the one asked for, such as a narrower class, and not that itself."""
    told = {f.start for f in case.findings if f.code == "class-without-data" and f.repair}
    for triple, scope in ((s.triple, s.scope) for s in case.spots if not case.is_heavy):
        subject, path, value = triple.subject.text, case.written(triple.path), triple.object
        is_asked = isinstance(triple.path, Term) and triple.path.kind == "iri"
        if not (is_asked and triple.subject.is_free and value.kind == "iri"):
            continue
        by = SUBCLASS if first_property(triple) == TYPE else _upward(case, value.value)
        is_step = by == last_property(triple)  # of which more are told by themselves
        below = _below(case, value.value, by) if by and not is_step else []
        if not below or {*below} & case.query.iris or value.start in told:
            continue
        values = " ".join(f"<{iri}>" for iri in below)
        rest = case.rendered(each for each in scope.group.elements if each is not triple)
        pattern = f"VALUES ?__k {{ {values} }} {subject} {path} ?__k . {rest} "
        pattern += f"?__k <{by}>+ {value.text} "
        pattern += f" FILTER NOT EXISTS {{ {subject} {path} {value.text} }}"
        rows = case.rows(f"DISTINCT ?__k {subject}", scope.around(pattern), f"LIMIT {ROWS}")
        if rows:
            n, kinds = len({row[1] for row in rows}), [row[0] for row in rows]
            said = say(
                _CLASS_LEFT_OUT if by == SUBCLASS else _VALUE_LEFT_OUT,
                classes=shown(case, kinds),
                asked=value.text, n=f"{n}{'+' * (len(rows) == ROWS)}", by=case.named(by),
            )  # fmt: skip
            text = f"{path}/{case.short(by)}*"
            found = say("%(path)s %(asked)s finds these, too.", path=text, asked=value.text)
            advice = (Advice(found, (case.replaced(triple.path, text),), is_more=True),)
            yield Finding("subclasses-left-out", "info", said, value.start, None, advice)


_CLASS_LEFT_OUT: Final = (
    "Things that have only a narrower class are left out: %(n)s of %(classes)s."
)
_VALUE_LEFT_OUT: Final = (
    "What has %(classes)s is left out (%(n)s), though %(by)s joins that to %(asked)s."
)
_UPWARD: Final = (
    {"subclass"},
    {"subtype"},
    {"subcategory"},
    {"broader"},
    {"parent"},
    {"kind", "of"},
)
"""The words in the name of a property that leads from something narrower to something wider."""


def _upward(case: Case, iri: str) -> str:
    """The property by which narrower things are joined to *iri*; empty if there is none."""
    for by in links_of(case, f"<{iri}>", None):
        names = (local_name(by), label(case.names, case.schema.store, by))
        if any(wanted <= {*words(name)} for name in names for wanted in _UPWARD):
            return by
    return ""


def _below(case: Case, iri: str, by: str) -> list[str]:
    """What is below *iri*, at any depth, up to a number."""
    if by == SUBCLASS:
        return case.schema.narrower(iri)[:_CLASSES]
    rows = case.rows("DISTINCT ?__k", f"?__k <{by}>+ <{iri}>", f"LIMIT {_CLASSES}")
    return [row[0].value for row in rows if isinstance(row[0], ox.NamedNode)]


def one_step(case: Case) -> Iterator[Finding]:
    """One step from or to a thing, by a property of which others follow one another."""
    is_mistaken = any(each.severity != "info" for each in case.findings)
    spots = [] if is_mistaken or case.is_heavy or case.schema.is_large else case.spots
    for spot in spots:
        triple = spot.triple
        known = ends(triple) or of_repeated(triple) if spot.scope.is_required else None
        if known is None or known[1] == TYPE:
            continue
        given = _given(spot)
        is_thing, is_whole = bool(given), isinstance(triple.path, Repeat)
        is_between = not given and len(_typed(case, spot)) > 1
        if (is_thing or is_between) and (is_whole or is_chained(case, spot.scope, triple)):
            said = Message() if is_whole else _steps_more(case, spot)
            direct = _direct(case, spot) if is_thing and not _typed(case, spot) else Message()
            said += direct
            is_wide = bool(direct.sentences) and spot.triple.object.is_free
            said += _other_way(case, spot, is_told=is_wide) if is_thing else Message()
            if said.sentences:
                yield Finding("asked-in-part", "info", said, triple.path.start)


def _given(spot: Spot) -> list[Term]:
    """The end of a pattern that the query gives, by itself or by VALUES, if it gives one of them."""
    values = (e for e in spot.scope.group.elements if isinstance(e, Values))
    listed = {name.value for each in values for name in each.variables if len(each.rows) == 1}
    both = (spot.triple.subject, spot.triple.object)
    given = [end for end in both if end.kind == "iri" or (end.is_free and end.value in listed)]
    return given if len(given) == 1 and any(end.is_free for end in both) else []


def _typed(case: Case, spot: Spot) -> set[str]:
    """The ends of a pattern of which its group says the class."""
    near = (e for e in case.neighbours(spot.triple, spot.scope) if isinstance(e, Triple))
    return {each.subject.value for each in near if first_property(each) == TYPE}


def _steps_more(case: Case, spot: Spot) -> Message:
    """What any number of steps finds beside this one."""
    triple, path = spot.triple, case.written(spot.triple.path)
    start, end = triple.subject.text, triple.object.text
    asked = f"{start} {path}+ {end} FILTER NOT EXISTS {{ {start} {path} {end} }}"
    things = _found(case, spot, asked)
    if not things:
        return Message()
    n = f"{len(things)}{'+' * (len(things) == _MORE)}"
    return say(
        "This asks for one step of %(path)s; %(path)s+ follows any number of them, and finds %(n)s "
        "more: %(things)s.", path=path, n=n, things=shown(case, things),
    )  # fmt: skip


def _direct(case: Case, spot: Spot) -> Message:
    """A narrower property, which finds a part of what this one does, that has its further steps, too."""
    triple = spot.triple
    start, path, end = triple.subject.text, case.written(triple.path), triple.object.text
    properties = case.schema.narrower(triple.path.value) if isinstance(triple.path, Term) else []
    found = {*_found(case, spot, f"{start} {path} {end}")} if properties else set()
    for near in (case.short(iri) for iri in properties if iri not in case.query.iris):
        direct = _found(case, spot, f"{start} {near} {end}")
        beyond = f"?__a {near}/{near} ?__b FILTER NOT EXISTS {{ ?__a {path} ?__b }}"
        is_part = direct and {*direct} < found and len(found) < _MORE
        if is_part and not case.holds(spot.scope.around(beyond)):
            return say(
                "%(near)s, a narrower property, finds %(n)s of these %(all)s: %(things)s.",
                near=near, n=len(direct), all=len(found), things=shown(case, direct),
            )  # fmt: skip
    return Message()


def _other_way(case: Case, spot: Spot, *, is_told: bool) -> Message:
    """What the same path finds the other way round, where it finds something in both, and more.

    Where it *is_told* already that not all of these may be meant, also where it finds fewer.
    """
    triple, path = spot.triple, case.written(spot.triple.path)
    asked = f"{triple.subject.text} {path} {triple.object.text}"
    turned = f"{triple.object.text} {path} {triple.subject.text}"
    here = _found(case, spot, asked)
    things = _found(case, spot, turned) if here else []
    if not things or (len(things) <= len(here) and not is_told):
        return Message()  # as of what is below a thing, which has few above it
    back = path[1:] if path.startswith("^") else f"^{path}"
    return say(
        "The other way round, %(path)s finds: %(things)s.", path=back, things=shown(case, things)
    )


def _found(case: Case, spot: Spot, pattern: str) -> list[object]:
    """What the free end of a pattern is, together with the rest of its group."""
    triple, given = spot.triple, _given(spot)
    free = (triple.object if triple.subject in given else triple.subject).text
    rest = case.rendered(each for each in spot.scope.group.elements if each is not triple)
    whole = spot.scope.around(f"{pattern} {'' if pattern.endswith('}') else '.'} {rest}")
    return [row[0] for row in case.rows(f"DISTINCT {free}", whole, f"LIMIT {_MORE}")]


def equivalents(case: Case) -> Iterator[Finding]:
    """A thing of which another name, that means the same, has what this one has not."""
    for spot in () if case.is_heavy or case.schema.is_large else case.spots:
        triple, both = spot.triple, (spot.triple.subject, spot.triple.object)
        is_open = both[0].is_free != both[1].is_free
        for term in (t for t in both if is_open and t.kind == "iri"):
            for other in case.schema.equivalents(term.value):
                texts = (t.text if t is not term else f"<{other}>" for t in both)
                with_other = f" {case.written(triple.path)} ".join(texts)
                asked = f"{with_other} FILTER NOT EXISTS {{ {case.of_element(triple)} }}"
                things = _found(case, spot, asked) if other not in case.query.iris else []
                things = [each for each in things if each != ox.NamedNode(term.value)]
                if things:
                    said = say(
                        "%(name)s means the same as %(other)s, with which there are others: %(things)s.",
                        name=term.text, other=case.named(other), things=shown(case, things),
                    )  # fmt: skip
                    yield Finding("subclasses-left-out", "info", said, term.start)


def branches(case: Case) -> Iterator[Finding]:
    """A pattern in one branch of a UNION only, where the branches are the same but for that."""
    unions = (e for s in case.scopes for e in s.group.elements if isinstance(e, Union))
    for one, other in (pair for union in unions for pair in permutations(union.groups, 2)):
        triples, others = ([e for e in g.elements if isinstance(e, Triple)] for g in (one, other))
        paths, known = ([case.written(t.path) for t in some] for some in (triples, others))
        if len(paths) != len(known) + 1 or not known or len(one.elements) > len(triples):
            continue
        for triple, path in zip(triples, paths, strict=True):
            left = [each for each in paths if each != path]
            is_given = triple.subject.is_free and not triple.object.is_free
            pattern = f"{case.rendered(other.elements)} {triple.subject.text} {path} ?__o"
            if is_given and left == known and case.holds(pattern):
                said = say(
                    "%(pattern)s is asked in this branch of UNION alone; what the other branch finds "
                    "has %(path)s, too.", pattern=case.of_element(triple), path=path,
                )  # fmt: skip
                yield Finding("asked-in-part", "info", said, triple.path.start)


def glossary(case: Case) -> Iterator[Finding]:
    """What the opaque names of the query mean."""
    triples = [spot.triple for spot in case.spots]
    terms = [term for t in triples for term in (t.subject, *properties_of(t), t.object)]
    first = {
        t.value: t.start
        for t in reversed(terms)
        if t.kind == "iri" and gloss(case.names, case.schema.store, t.value)
    }
    # Beside a mistake, which names its names, it would be noise.
    if first and all(finding.severity == "info" for finding in case.findings):
        named = ", ".join(map(case.named, [*first][::-1][:_EXPLAINED]))
        said = say("What the names stand for: %(names)s.", names=named)
        yield Finding("opaque-names", "info", said, min(first.values()))


_EXPLAINED: Final = 8
"""Names that are explained at most."""
