"""What is counted or kept though it should not be: rows of one thing, open lists of a class of two."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.dataset.identity import INFERRED
from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import (
    TYPE,
    Advice,
    Edit,
    Finding,
    Repair,
    Spot,
    ends,
    first_property,
    instead,
    last_property,
)
from gbagraph.features.diagnostics.mentions import listed
from gbagraph.features.diagnostics.rules.samples import (
    FUTURE,
    OUTDATED,
    Sample,
    family,
    is_called,
    is_node,
    shown,
)
from gbagraph.features.diagnostics.rules.variables import aggregated
from gbagraph.features.diagnostics.schema import SUBCLASS
from gbagraph.names.texts import words
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import (
    NAMES,
    Aggregate,
    Filter,
    Optional,
    Term,
    Triple,
    parts,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.rules.samples import Column
    from gbagraph.features.diagnostics.schema import Role


def multiplied(column: Column) -> Iterator[Finding]:
    """Solutions that differ in nothing that is aggregated: other patterns have several matches."""
    sample, case, argument = column.sample, column.case, column.aggregate.argument
    is_count = column.aggregate.name == "COUNT"
    is_key = column.variable in sample.keys
    if (
        column.aggregate.is_distinct
        or argument is None
        or is_key
        or _is_told(column)
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
    if not is_count:
        said = say(
            "%(column)s takes %(n)s solutions, with only %(values)s different pairs of a thing and its "
            "value.", **figures,
        )  # fmt: skip
    elif sample.groups:
        said = say(
            "The groups of %(column)s have %(n)s solutions in all, but only %(values)s different "
            "values.", **figures,
        )  # fmt: skip
    if len(sample.rows) == ROWS:
        said = say(
            "Among the first solutions of %(column)s, %(n)s take only %(values)s different values or "
            "things.", **figures,
        )  # fmt: skip
    if several:
        names = ", ".join(f"?{name}" for name in several[:3])
        said += say("Some of them have several %(names)s.", names=names)
    is_meant = any(case.uses(name) > 1 for name in several)
    are_triples = any(
        {t.subject.value, t.object.value} == {column.variable, *several}
        or (t.path.value in several and column.variable in (t.subject.value, t.object.value))
        for t in sample.triples
        if isinstance(t.path, Term) and t.path.kind == "variable"
    )
    repair, advice = None, [*_asked_once(column, several)]
    are_things = all(is_node(row[column.name]) for row in rows)
    if is_count:
        # Of texts, what is meant may be what there are several of.
        of_texts = are_things or are_triples or len(several) != 1
        chosen = text if of_texts else f"DISTINCT ?{several[0]}"
        once = say("COUNT(%(text)s) counts each once.", text=chosen)
        advice = [Advice(once, (case.replaced(argument, chosen),))]
        objects = (t.object for t in sample.triples if t.subject.value == column.variable)
        several_counted = len({each.variable for each in sample.columns}) > 1
        is_meant = not several_counted and not any(each.is_free for each in objects)
        is_meant |= are_triples
        is_alone = all(each.aggregate.name == "COUNT" for each in sample.columns)
        if is_alone and not is_meant and are_things:
            repair = Repair(f"COUNT({text})", (case.replaced(argument, text),))
    are_numbers = {*map(family, column.nodes(column.name))} <= {"number"}
    if len({*taken}) < len(taken) and not (is_count and are_numbers):
        severity: Severity = "info" if is_meant else "warning"
        yield column.finding("rows-multiplied", said, severity, repair, None, *advice)


def _asked_once(column: Column, several: list[str]) -> Iterator[Advice]:
    """A pattern that only joins, by EXISTS, where its one variable has several values."""
    case, scope = column.case, column.sample.scope
    joining = [t for t in scope.triples if several in ([t.subject.value], [t.object.value])]
    if len(joining) == 1 and case.uses(*several) == 1:
        text = f"FILTER EXISTS {{ {case.of_element(joining[0]).removesuffix(' .')} }}"
        said = say("%(text)s in place of that pattern takes each once.", text=text)
        edit = case.rewritten(scope.group, {scope.group.elements.index(joining[0]): text})
        yield Advice(said, (edit,))


def _is_told(column: Column) -> bool:
    """Whether its rows are found to be combined, or its SELECT to be one result where each has one."""
    place, case = column.aggregate.start, column.case
    where = column.sample.scope.group
    if any(f.code == "cross-product" and where.start <= f.start < where.end for f in case.findings):
        return True
    edits = (f.repair.edits for f in case.findings if f.code == "inner-select" and f.repair)
    return any(first.start <= place < last.end for first, last in edits)


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
    sizes = Counter(map(sample.group, sample.rows))
    unmatched = (row for row in sample.rows if all(row[name] is None for name in own))
    empty = {group for group in map(sample.group, unmatched) if sizes[group] == 1}
    # A group is of one thing that OPTIONAL is asked of: by its keys, or as each has one of each.
    joined = sorted(bound & {*NAMES.visible(*optionals)})
    of_one = {(*sample.group(row), *(row[name] for name in joined)) for row in sample.rows}
    is_of_one = len(of_one) == len(sizes) < len(sample.rows) or sample.keys.issuperset(joined)
    if own and empty and is_of_one and is_all:
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
                    "ontology. Facts: as asserted (infer=false) leaves that out."
                )
                yield column.finding("inferred-counted", said, "info")


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
                # Of one among several groups, it is a remark; of the one count that is asked, it is not.
                is_one = not sample.groups
                yield column.finding("open-list-counted", said, "warning" if is_one else "info")
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
                "value there."
            )  # fmt: skip
            *_, end = (query.where.end, *(each.end for each in (*query.keys, *query.having)))
            added = f" ({asked})" if query.having else f" {text}"
            repair = Repair(text, (case.replaced(element, ""), Edit(end, end, added)))
            after = say("After GROUP BY, ask %(text)s.", text=text)
            is_named = any(term.value in named for term in variables(element.expression))
            if is_named or any(isinstance(part, Aggregate) for part in parts(element.expression)):
                advice = Advice(after, repair.edits)
                yield Finding(
                    "aggregate-in-filter", "error", said, element.start, repair, (advice,)
                )


def planned_listed(case: Case) -> Iterator[Finding]:
    """Some of what the answer is about has not happened yet, or is outdated; the query does not ask."""
    query = case.tree
    is_whole = not (query.is_aggregated or query.is_sliced)  # of a slice, others may be shown
    if query.form == "SELECT" and is_whole and not case.is_heavy:
        sample = Sample(case, case.scopes[0])
        is_small = len(sample.rows) < ROWS
        # Beside what else there is to say, it is a distraction.
        names = [n for n in sample.names if is_small and not case.findings]
        sample.prefetch(names)
        yield from _nameless(sample)
        for name, (role, (called, code)) in product(names, _LISTED.items()):
            found = sample.marked(role, called, (row[name] for row in sample.rows))
            if found and (role == "rank" or not name.startswith("__")):
                # What stands in a path has no name: it is a value of its step.
                step = next((t.path for t in sample.triples if t.object.value == name), None)
                text = case.written(step) if step and name.startswith("__") else f"?{name}"
                yield Finding(code, "info", say(_INCLUDED[role], name=text, **found), query.start)


def _nameless(sample: Sample) -> Iterator[Finding]:
    """Columns of blank nodes, and what these have."""
    columns = {*NAMES.columns(sample.scope.query)} & {*sample.names}
    for name in sorted(columns):
        nodes = {row[name] for row in sample.rows}
        if nodes and all(isinstance(each, ox.BlankNode) for each in nodes):
            found = Counter(iri for node in nodes for iri, _ in sample.all_of(node))
            said = say(
                "?%(name)s are blank nodes, which have no names. What they have: %(values)s.", name=name,
                values=listed(sample.case, (iri for iri, _ in found.most_common(5))),
            )  # fmt: skip
            yield Finding("asked-in-part", "info", said, sample.scope.query.start)


_LISTED: Final[dict[Role, tuple[frozenset[str], str]]] = {
    "status": (FUTURE, "planned-listed"),
    "rank": (OUTDATED, "mixed-ranks"),
}
"""The words that mark what is listed, and the code of the diagnostic."""

_INCLUDED: Final[dict[Role, str]] = {
    "status": (
        "%(name)s includes what is not yet fact (%(n)s of %(all)s): its %(property)s is %(values)s."
    ),
    "rank": (
        "%(name)s includes statements that the data holds for outdated or wrong (%(n)s of %(all)s): "
        "their %(property)s is %(values)s."
    ),
}


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
