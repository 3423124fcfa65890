"""What is counted or kept though it should not be: rows of one thing, open lists, one value of many."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import permutations
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.identity import INFERRED
from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import (
    TYPE,
    Edit,
    Finding,
    Repair,
    Spot,
    ends,
    first_property,
    instead,
    last_property,
)
from gbagraph.features.diagnostics.glosses import label
from gbagraph.features.diagnostics.mentions import links_of, listed
from gbagraph.features.diagnostics.rules.candidates import bare
from gbagraph.features.diagnostics.rules.samples import FUTURE, Sample, is_called, shown
from gbagraph.features.diagnostics.rules.variables import aggregated
from gbagraph.features.diagnostics.schema import SUBCLASS
from gbagraph.names.texts import local_name, words
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import (
    NAMES,
    Aggregate,
    Call,
    Filter,
    Optional,
    Term,
    Triple,
    parts,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.rules.samples import Column

_CLASSES: Final = 200
"""Classes below another that are looked at."""


def multiplied(column: Column) -> Iterator[Finding]:
    """Solutions that differ in nothing that is aggregated: other patterns have several matches."""
    sample, case, argument = column.sample, column.case, column.aggregate.argument
    is_count = column.aggregate.name == "COUNT"
    is_key = column.variable in sample.keys
    if (
        column.aggregate.is_distinct
        or argument is None
        or is_key
        or not (isinstance(argument, Term) if is_count else column.owners)
    ):
        return
    own = [column.name] if is_count else [column.name, column.owners[0]]
    rows = [row for row in sample.rows if row[column.name] is not None]
    taken = [(*sample.group(row), *(row[name] for name in own)) for row in rows]
    others = {*sample.names} - {*sample.keys, *own, column.variable}
    pairs = {name: {*zip(taken, (row[name] for row in rows), strict=True)} for name in others}
    several = sorted(n for n in others if n[:2] != "__" and len(pairs[n]) > len({*taken}))
    text = f"DISTINCT {case.written(argument)}"
    figures = {"column": column.text, "n": len(taken), "values": len({*taken})}
    said = say("%(column)s takes %(n)s solutions, but only %(values)s different values.", **figures)
    if sample.groups:
        said = say(
            "Its groups have %(n)s solutions in all, but only %(values)s different values.",
            **figures,
        )
    if several:
        names = ", ".join(f"?{name}" for name in several[:3])
        said += say("For one of them there are several %(names)s.", names=names)
    is_meant = any(case.uses(name) > 1 for name in several)
    repair = None
    if is_count:
        said += say("COUNT(%(text)s) counts each once.", text=text)
        repair = Repair(f"COUNT({text})", (case.replaced(argument, text),))
        objects = (t.object for t in sample.triples if t.subject.value == column.variable)
        is_meant = not any(each.is_free for each in objects)
    if len({*taken}) < len(taken):
        yield column.finding("rows-multiplied", said, "info" if is_meant else "warning", repair)


def all_counted(column: Column) -> Iterator[Finding]:
    """COUNT(*) where solutions are no things: a name in each language, an OPTIONAL without a match."""
    case, sample = column.case, column.sample
    idle = (
        t
        for t in sample.triples
        if t.object.kind == t.subject.kind == "variable" and last_property(t)
    )
    is_all = column.aggregate.argument is None
    for triple in idle if is_all and sample.triples[1:] else ():
        name, thing = triple.object.value, triple.subject.value
        rest = {tuple(v for each, v in row.items() if each != name) for row in sample.rows}
        tags = {getattr(row[name], "language", None) for row in sample.rows}
        if len(tags) > 1 and len(rest) < len(sample.rows) and case.uses(name) == 1:
            text = f"COUNT(DISTINCT ?{thing})"
            said = say(
                "COUNT(*) counts solutions: %(n)s, in which there are %(different)s different "
                "?%(thing)s, since ?%(name)s is there in several languages.",
                n=len(sample.rows), different=len({*column.nodes(thing)}), thing=thing, name=name,
            )  # fmt: skip
            yield column.finding("rows-multiplied", said, repair=instead(column.aggregate, text))
            return
    optionals = [element for element in sample.elements if isinstance(element, Optional)]
    bound = {*NAMES.visible(*(each for each in sample.elements if each not in optionals))}
    own = [name for name in NAMES.visible(*optionals) if name not in bound]
    empty = {sample.group(row) for row in sample.rows if all(row[name] is None for name in own)}
    if own and empty and sample.keys >= bound and is_all:
        text = f"COUNT(?{own[0]})"
        said = say(
            "COUNT(*) is 1 also where OPTIONAL has no match, as in %(n)s groups; %(text)s is 0 there.",
            n=len(empty), text=text,
        )  # fmt: skip
        yield column.finding("rows-multiplied", said, repair=instead(column.aggregate, text))


def inferred_counted(column: Column) -> Iterator[Finding]:
    """With a variable property, what follows from a triple is counted beside it."""
    case, sample = column.case, column.sample
    for triple in filter(sample.elements.__contains__, sample.triples):
        names = ("", getattr(triple.path, "value", ""), triple.object.value)
        if getattr(triple.path, "kind", "") == "variable" and column.variable in names:
            pattern = f"{sample.pattern} GRAPH <{INFERRED.value}> {{ {case.of_element(triple)} }}"
            if case.holds(pattern):
                said = say(
                    "Some of what is counted is not said by the data, but follows from it by the "
                    "ontology. infer=false leaves that out."
                )
                yield column.finding("inferred-counted", said, "info")


def equal_keys(column: Column) -> Iterator[Finding]:
    """Groups whose keys are the same number, written in two ways."""
    for name in column.sample.groups if column is column.sample.columns[0] else ():
        forms = defaultdict[float, set[str]](set)
        for value in {row[name] for row in column.sample.rows}:
            if bare(value):
                forms[float(value.value)].add(value.value)
        several = next((sorted(each) for each in forms.values() if len(each) > 1), None)
        if several is not None:
            said = say(
                "%(values)s are the same number, and two groups; GROUP BY a number, such as that of "
                "xsd:decimal(…), makes them one.", values=", ".join(f'"{text}"' for text in several),
            )  # fmt: skip
            yield column.finding("equal-groups", said)


def open_lists(column: Column) -> Iterator[Finding]:
    """The things counted are the named ones of a list that is open."""
    case, sample = column.case, column.sample
    known = [*filter(None, map(ends, sample.triples))]
    known += [(o, inverse, s) for s, iri, o in known for inverse in case.schema.inverses(iri)]
    alias = (item.variable.value for item in sample.scope.query.items or () if item.variable)
    is_told = any("least" in words(name) for name in alias)
    for owner, iri, value in known if not is_told else ():
        for listing in case.schema.with_role("listing"):
            is_counted = value.is_free and column.variable in ("", value.value)
            nodes = (
                {*column.nodes(owner.value)}
                if is_counted and value.value not in sample.keys
                else set()
            )
            found = [
                node for node in nodes
                for mark in case.schema.values_of(node, listing)
                if mark.value == iri or is_called(mark, frozenset({"open"}))
            ]  # fmt: skip
            if found:
                said = say(
                    "The source leaves the list of %(property)s of %(things)s open (%(listing)s): the "
                    "data has only those that it names, so the count is at least this.",
                    property=case.named(iri), things=shown(case, found), listing=case.named(listing),
                )  # fmt: skip
                yield column.finding("open-list-counted", said)
                return


# Of queries without aggregates, too


def misplaced(case: Case) -> Iterator[Finding]:
    """An aggregate in a FILTER, or the name of one, where the groups are not made yet."""
    for scope in case.scopes:
        named = aggregated(scope)
        for element in (each for each in scope.group.elements if isinstance(each, Filter)):
            asked, query = case.written(element.expression), scope.query
            for name, expression in named.items():
                written = case.written(expression).replace("\\", r"\\")
                asked = re.sub(rf"[?$]{name}\b", written, asked)
            text = f"HAVING ({asked})"
            said = say(
                "FILTER is asked of each solution before there are groups, and an aggregate has no "
                "value there; after GROUP BY, ask %(text)s.", text=text,
            )  # fmt: skip
            repair = None
            if scope.group is query.where and query.keys and not query.having:
                end = query.keys[-1].end
                repair = Repair(text, (case.replaced(element, ""), Edit(end, end, f" {text}")))
            is_named = any(term.value in named for term in variables(element.expression))
            if is_named or any(isinstance(part, Aggregate) for part in parts(element.expression)):
                yield Finding("aggregate-in-filter", "error", said, element.start, repair)


def kept_by_another(case: Case) -> Iterator[Finding]:
    """``!=`` of a property with several values: a thing with the value is kept by another one."""
    asked = (
        (scope, triple, value)
        for scope in (() if case.is_heavy else case.scopes)
        for each in (e.expression for e in scope.group.elements if isinstance(e, Filter))
        if isinstance(each, Call) and each.name == "!="
        for one, value in permutations(each.arguments)
        for triple in scope.triples
        if isinstance(one, Term) and isinstance(value, Term) and not value.is_free
        and triple.object.text == one.text and one.value not in NAMES.columns(scope.query)
        and triple.subject.kind == "variable"
    )  # fmt: skip
    for scope, triple, value in asked:
        pattern = case.of_element(Triple(0, 0, triple.subject, triple.path, value))
        whole = f"{case.rendered(scope.group.elements, scope)} {scope.around(pattern)}"
        rows = case.rows(f"DISTINCT {triple.subject.text}", whole, "LIMIT 3")
        if rows:
            said = say(
                "FILTER keeps what has %(value)s beside another value of %(name)s, such as %(things)s. "
                "FILTER NOT EXISTS { %(pattern)s } leaves it out.", pattern=pattern,
                things=shown(case, (row[0] for row in rows)), value=value.text, name=triple.object.text,
            )  # fmt: skip
            yield Finding("kept-by-another-value", "warning", said, value.start)


def narrower(case: Case) -> Iterator[Finding]:
    """What has a value below the one asked for, such as a narrower class, and not that itself."""
    for triple, scope in ((s.triple, s.scope) for s in case.spots if not case.is_heavy):
        subject, path, value = triple.subject.text, case.written(triple.path), triple.object
        is_asked = isinstance(triple.path, Term) and triple.path.kind == "iri"
        if not (is_asked and triple.subject.is_free and value.kind == "iri"):
            continue
        by = SUBCLASS if first_property(triple) == TYPE else _upward(case, value.value)
        below = _below(case, value.value, by) if by else []
        if not below or {*below} & case.query.iris:
            continue
        values = " ".join(f"<{iri}>" for iri in below)
        rest = case.rendered(each for each in scope.group.elements if each is not triple)
        pattern = f"VALUES ?__k {{ {values} }} {subject} {path} ?__k . {rest} "
        pattern += f"?__k <{by}>+ {value.text} "
        pattern += f" FILTER NOT EXISTS {{ {subject} {path} {value.text} }}"
        rows = case.rows(f"DISTINCT ?__k {subject}", scope.around(pattern), f"LIMIT {ROWS}")
        if rows:
            ((first, n), *_) = Counter(row[0] for row in rows).most_common(1)
            said = say(
                _CLASS_LEFT_OUT if by == SUBCLASS else _VALUE_LEFT_OUT,
                asked=value.text, first=shown(case, [first]), n=f"{n}{'+' * (len(rows) == ROWS)}",
                path=f"{path}/{case.short(by)}*", classes=shown(case, (row[0] for row in rows)),
                by=case.named(by),
            )  # fmt: skip
            yield Finding("subclasses-left-out", "info", said, value.start)


_CLASS_LEFT_OUT: Final = (
    "Things of the narrower class %(first)s are left out (%(n)s), since what is asked does not say that "
    "they are of %(asked)s. %(path)s %(asked)s finds what is of %(classes)s, too."
)
_VALUE_LEFT_OUT: Final = (
    "What has %(first)s is left out (%(n)s), though %(by)s joins that to %(asked)s. %(path)s %(asked)s "
    "finds what has %(classes)s, too."
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
        names = (local_name(by), label(case, by))
        if any(wanted <= {*words(name)} for name in names for wanted in _UPWARD):
            return by
    return ""


def _below(case: Case, iri: str, by: str) -> list[str]:
    """What is below *iri*, at any depth, up to a number."""
    if by == SUBCLASS:
        return case.schema.narrower(iri)[:_CLASSES]
    rows = case.rows("DISTINCT ?__k", f"?__k <{by}>+ <{iri}>", f"LIMIT {_CLASSES}")
    return [row[0].value for row in rows if isinstance(row[0], ox.NamedNode)]


def planned_listed(case: Case) -> Iterator[Finding]:
    """Some of the things that the answer is about have not happened yet, and the query does not ask."""
    query = case.tree
    if query.form == "SELECT" and not query.is_aggregated and not case.is_heavy:
        sample = Sample(case, case.scopes[0])
        is_small = len(sample.rows) < ROWS
        names = [n for n in sample.names if is_small and not n.startswith("__")]
        sample.prefetch(names)
        for name in names:
            found = sample.marked("status", FUTURE, (row[name] for row in sample.rows))
            if found:
                said = say(
                    "?%(name)s includes what is not yet fact (%(n)s of %(all)s): its %(property)s is "
                    "%(values)s.", name=name, **found,
                )  # fmt: skip
                yield Finding("planned-listed", "info", said, query.start)


_BESIDE: Final = 3
"""Members of the other class that are named."""


def siblings(case: Case) -> Iterator[Finding]:
    """A class of two, of which the other has members too that stand in the link asked for."""
    for spot in case.spots if case.tree.form != "ASK" else ():
        cls = spot.triple.object
        if (
            first_property(spot.triple) == TYPE
            and spot.triple.subject.is_free
            and cls.kind == "iri"
        ):
            yield from _beside(case, spot)


def _beside(case: Case, spot: Spot) -> Iterator[Finding]:
    """What is found beside the class of *spot*, unless the query names it, or the class above both."""
    subject, cls, schema = spot.triple.subject, spot.triple.object, case.schema
    rest = [e for e in spot.scope.group.elements if e is not spot.triple]
    links = (e for e in rest if isinstance(e, Triple) and e.object.kind == "iri")
    is_linked = any(each.subject.text == subject.text for each in links)
    if not is_linked or case.is_explained or case.is_heavy:
        return
    for above in schema.related(cls.value, SUBCLASS):
        others = {*schema.narrower(above)} - {cls.value, *schema.narrower(cls.value)}
        if len(others) != 1 or {above, *others} & case.query.iris:
            continue
        (other,) = others
        pattern = f"{subject.text} a <{other}> . {case.rendered(rest)}"
        rows = case.rows(f"DISTINCT {subject.text}", spot.scope.around(pattern), f"LIMIT {_BESIDE}")
        if rows:
            message = say(
                "%(class)s and %(other)s are both %(above)s. Of %(other)s, the rest of the pattern has: "
                "%(found)s.",
                **{"class": cls.text},
                other=case.named(other),
                above=case.named(above),
                found=listed(case, (row[0].value for row in rows)),
            )
            yield Finding("class-beside", "info", message, cls.start)
