"""Patterns that do not hang together or stand in the wrong order, and what FILTER undoes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import Advice, Finding, Repair, Scope, connected, instead
from gbagraph.features.diagnostics.rules.candidates import GUARDS
from gbagraph.features.diagnostics.rules.links import linked
from gbagraph.features.diagnostics.rules.measured import (
    Solutions,
    inside,
    line,
    sampled,
    true,
    values_of,
)
from gbagraph.names.texts import likeness
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import (
    NAMES,
    Call,
    Element,
    Exists,
    Expression,
    Filter,
    InGraph,
    Minus,
    Optional,
    SubSelect,
    Term,
    Triple,
    Union,
    groups_in,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case
    from gbagraph.sparql.nodes import Node


def products(case: Case) -> Iterator[Finding]:
    """Parts of a group that share no variable: each solution of one is joined with each of the other."""
    for scope in case.scopes:
        islands = _islands(scope)
        if len(islands) < 2:
            continue
        many = [island for island in islands if _is_many(case, scope, island)]
        if len(many) < 2 or scope.query.form == "ASK" or _is_meant(case, scope, many):
            continue
        shown = [
            ", ".join(f"?{name}" for name in sorted(NAMES.mentioned(*island))[:3])
            for island in many[:2]
        ]
        message = say(
            "These patterns (%(these)s) share no variable with those before (%(before)s), so every "
            "solution of the one is combined with every one of the other.",
            before=shown[0],
            these=shown[1],
        )
        repair = _joined(case, scope, many)
        advice = () if repair else (*linked(case, scope, many),)
        yield Finding("cross-product", "warning", message, many[1][0].start, repair, advice)


def _islands(scope: Scope) -> list[list[Element]]:
    """The patterns of a group, those together that share variables, by conditions too."""
    elements = (e for e in scope.group.elements if not isinstance(e, Minus))
    islands = connected(elements, _around(scope))
    patterns = [[e for e in island if not isinstance(e, Filter)] for island in islands]
    return [sorted(island, key=lambda e: e.start) for island in patterns if island]


def _is_meant(case: Case, scope: Scope, islands: list[list[Element]]) -> bool:
    """Whether all pairs are wanted: of the same pattern twice, or computed or subtracted with."""
    shapes = [_shape(case, island) for island in islands]
    if len(set(shapes)) < len(shapes):
        return True
    expressions = [item.expression for item in scope.query.items or ()]
    together = [frozenset(term.value for term in variables(e)) for e in expressions]
    together += [NAMES.mentioned(e) for e in scope.group.elements if isinstance(e, Minus)]
    named = [NAMES.mentioned(*island) for island in islands]
    return any(sum(bool(names & each) for names in named) > 1 for each in together)


def _shape(case: Case, island: Iterable[Element]) -> str:
    """Its patterns without the names of variables."""
    flat = (part for element in island for part in _flat(element))
    return " ".join(sorted(re.sub(r"[?$]\w+", "?", case.of_element(e)) for e in flat))


def _flat(element: Element) -> Iterator[Element]:
    """What a group in a group, or a SELECT in it, is made of."""
    if isinstance(element, SubSelect) or (isinstance(element, Union) and len(element.groups) == 1):
        for group in groups_in(element):
            for inner in group.elements:
                yield from _flat(inner)
    else:
        yield element


def _around(scope: Scope) -> frozenset[str]:
    """The variables of the groups around, with whose solutions those of this one are joined."""
    names = frozenset[str]()
    for group, element in scope.above:
        names |= NAMES.mentioned(*(e for e in group.elements if e is not element))
        names = frozenset() if isinstance(element, SubSelect) else names
    return names


def _is_many(case: Case, scope: Scope, island: list[Element]) -> bool:
    if not any(isinstance(e, Triple | Union | InGraph | Optional) for e in island):
        return False
    names = " ".join(f"?{name}" for name in sorted(NAMES.mentioned(*island)))
    return len(case.rows(f"DISTINCT {names}", case.rendered(island, scope), "LIMIT 2")) > 1


def _joined(case: Case, scope: Scope, islands: list[list[Element]]) -> Repair | None:
    """A variable of one part in place of a variable of the other, where that has solutions."""
    others = [e for e in scope.group.elements if not isinstance(e, Minus) and e not in islands[1]]
    rest = case.first(others, 10 * ROWS) if case.is_many(others) else case.rendered(others)
    columns = {item.variable.value for item in scope.query.items or () if item.variable}
    # Subjects that are nowhere asked for.
    idle = {e.subject.value for e in islands[1] if isinstance(e, Triple)} - columns
    is_chosen = bool(columns)

    def fits(old: str, new: str, text: str) -> bool:
        is_meant = likeness(old, new) >= 0.5 or (is_chosen and old in idle)
        return is_meant and bool(case.holds(f"{rest} {text}"))

    return _renamed(case, scope.group, islands[1], NAMES.mentioned(*islands[0]), fits)


def _renamed(
    case: Case,
    where: Node,
    parts: Sequence[Element],
    names: Iterable[str],
    fits: Callable[[str, str, str], bool],
) -> Repair | None:
    """A variable of *parts* called like one of *names* instead, where what then stands there *fits*."""
    text = " ".join(map(case.of_element, parts))
    pairs = [
        (-likeness(old, new), old, new)
        for old in NAMES.mentioned(*parts)
        for new in names
        if not f"{old} {new}".count("_blank_")
    ]
    for _, old, new in sorted(pairs)[:12]:
        if fits(old, new, re.sub(rf"[?$]{old}(?!\w)", f"?{new}", text)):
            edits = (
                instead(word, f"?{new}").edits
                for word in case.query.words
                if word.kind == "variable" and word.text[1:] == old
                if where.start <= word.start < where.end
            )
            return Repair(f"?{new}", tuple(edit for some in edits for edit in some))
    return None


def optionals(case: Case) -> Iterator[Finding]:
    """An OPTIONAL that stands before the patterns that bind what it shares with them, and loses some."""
    binding = Triple | Union | InGraph | SubSelect
    for scope in () if case.is_heavy else case.scopes:
        for index, element in enumerate(scope.group.elements):
            before, later = scope.group.elements[:index], scope.group.elements[index + 1 :]
            after = [e for e in later if isinstance(e, binding)]
            early = set(NAMES.visible(element)).intersection(NAMES.visible(*after))
            early -= set(NAMES.visible(*before))
            if not isinstance(element, Optional) or not early:
                continue
            body = case.written(element.group)
            matched = f"{{ {case.rendered(before)} FILTER EXISTS {body} }}"
            lost = f"{matched} {case.rendered(after)} FILTER NOT EXISTS {body}"
            if case.holds(scope.around(lost)):
                yield _too_soon(case, scope, element, sorted(early))


def _too_soon(case: Case, scope: Scope, element: Optional, names: list[str]) -> Finding:
    """Where what stands after it hangs on nothing else, that belongs into OPTIONAL, too."""
    message = say(
        "This OPTIONAL stands before the patterns that bind %(names)s: it binds them first, and what it "
        "does not match is lost.",
        names=", ".join(f"?{name}" for name in names if not name.startswith("_blank_")),
    )
    elements = scope.group.elements
    index = elements.index(element)
    bound = {*NAMES.visible(*elements[:index])}
    after = [e for e in elements[index + 1 :] if isinstance(e, Triple)]
    near = [
        e
        for e in after
        if bound and NAMES.mentioned(e) & {*names} and not NAMES.mentioned(e) & bound
    ]
    if not near:
        moved = case.moved(element, scope.group, say("the OPTIONAL moved to the end"))
        return Finding("optional-too-early", "warning", message, element.start, moved)
    text = " ".join(map(case.of_element, near))
    message += say(
        "Without a match, %(pattern)s matches anything; it belongs into OPTIONAL.", pattern=text
    )
    repair = None
    if len(after) == len(near) == len(elements) - index - 1:
        inside = case.rewritten(element.group, {}, [text]).text
        changes = {elements.index(each): "" for each in near} | {index: f"OPTIONAL {inside}"}
        repair = Repair(
            say("the pattern in the braces of OPTIONAL"), (case.rewritten(scope.group, changes),)
        )
    return Finding("optional-too-early", "warning", message, element.start, repair)


def always_bound(case: Case) -> Iterator[Finding]:
    """``!BOUND(?x)`` in the group that binds ?x, where it is never true: behind OPTIONAL it would be."""
    for scope in case.scopes:
        for element in (e for e in scope.group.elements if isinstance(e, Filter)):
            test = element.expression
            inner = test.arguments[0] if isinstance(test, Call) and test.name == "!" else None
            name = inner.arguments[0] if isinstance(inner, Call) and inner.name == "BOUND" else None
            if not isinstance(name, Term) or name.value not in NAMES.certain(*scope.group.elements):
                continue
            said = say(
                "%(name)s always has a value in this group, so this is never true.", name=name.text
            )
            outer, around = scope.above[-1] if scope.above else (None, None)
            repair = None
            if outer is not None and isinstance(around, Optional):
                said += say("After the braces of OPTIONAL, it finds what has none.")
                repair = case.moved(element, outer, say("the FILTER moved out of the braces"))
            advice = () if repair else (*_without(case, scope, element, name),)
            yield Finding("filter-removes-all", "error", said, element.start, repair, advice)


def _without(case: Case, scope: Scope, condition: Filter, name: Term) -> Iterator[Advice]:
    """The patterns that bind a variable in NOT EXISTS, in place of a test that it has no value."""
    elements = scope.group.elements
    binding = [e for e in elements if isinstance(e, Triple) and name.value in NAMES.mentioned(e)]
    text = f"FILTER NOT EXISTS {{ {case.rendered(binding).removesuffix(' .')} }}"
    changes = {elements.index(each): "" for each in (*binding, condition)}
    said = say(
        "What has no value is found by %(text)s, in place of FILTER and its patterns.", text=text
    )
    edits = (case.rewritten(scope.group, changes, [text]),)
    yield Advice(said, edits, without=name.value)


def unshared(case: Case) -> Iterator[Finding]:
    """A MINUS that can take nothing away, an EXISTS that asks the same of every solution."""
    for scope in case.scopes:
        for index, element in enumerate(scope.group.elements):
            test = element.expression if isinstance(element, Filter) else element
            if not isinstance(test, Exists | Minus) or not test.group.elements:
                continue
            is_minus = isinstance(test, Minus)
            others = [e for e in scope.group.elements if e is not element]
            before = set(NAMES.visible(*(others[:index] if is_minus else others)))
            names = NAMES.visible if is_minus else NAMES.mentioned
            inner = {*names(*test.group.elements)}
            if before and inner and not before & inner:
                repair = _shared(case, scope, element, before)
                yield _unshared(case, scope, test, element.start, repair)


def _unshared(
    case: Case, scope: Scope, test: Exists | Minus, start: int, repair: Repair | None
) -> Finding:
    if isinstance(test, Exists):
        message = say(
            "The patterns in this %(form)s share no variable with the rest, so it is true of all "
            "solutions or of none.",
            form="NOT EXISTS" if test.is_negated else "EXISTS",
        )
        return Finding("exists-without-shared-variable", "warning", message, start, repair)
    message = say(
        "This MINUS shares no variable with what stands before it, so it takes nothing away "
        "(SPARQL 1.1, section 8.3.1)."
    )
    takes = case.holds(case.rendered(test.group.elements, scope))
    severity: Severity = "warning" if takes else "info"
    return Finding("minus-without-shared-variable", severity, message, start, repair)


def _shared(case: Case, scope: Scope, element: Element, before: set[str]) -> Repair | None:
    """A variable of MINUS or EXISTS renamed to one of the rest, where that takes something away."""
    others = case.rendered([e for e in scope.group.elements if e is not element], scope)
    rest = f"{{ SELECT * {{ {others} }} LIMIT {ROWS} }}"

    def fits(_: str, __: str, text: str) -> bool:
        body = text[text.index("{") : text.rindex("}") + 1]
        return bool(case.holds(f"{rest} {text}") and case.holds(f"{rest} FILTER EXISTS {body}"))

    return _renamed(case, element, [element], before, fits)


def undone(solutions: Solutions, root: Expression) -> Iterator[Finding]:
    """A FILTER on what OPTIONAL alone binds, which drops things for which OPTIONAL is written."""
    case, elements = solutions.case, solutions.scope.group.elements
    condition = next((e for e in elements if isinstance(e, Filter) and e.expression is root), None)
    wanted = {term.value for term in variables(root, GUARDS)}
    others = NAMES.visible(*(e for e in elements if not isinstance(e, Optional)))
    optional = next(
        (e for e in elements if isinstance(e, Optional) and wanted <= {*NAMES.visible(e)}), None
    )
    if not wanted or condition is None or optional is None or wanted & {*others} or not others:
        return
    names = sorted(wanted)
    texts = [*(f"?{name}" for name in (*others, *names)), solutions.text(root)]
    found = [tuple(row) for row in solutions.rows(texts, others)]
    rows = [(row[: len(others)], row[len(others) : -1], row[-1]) for row in found]
    things = {thing: False for thing, _, _ in rows}
    things.update((thing, True) for thing, _, value in rows if true(value))
    if all(things.values()) or not any(things.values()):
        return
    said = say(
        "%(filter)s drops %(n)s of the %(total)s solutions before OPTIONAL altogether, as if OPTIONAL "
        "were not there.",
        filter=line(case.written(condition)), total=len(things),
        n=sum(not kept for kept in things.values()),
    ) + sampled(solutions)  # fmt: skip
    moved = case.moved(condition, optional.group, case.written(condition))
    inner = say("In the braces of OPTIONAL, FILTER would keep them all, without that value.")
    advice = [Advice(inner, moved.edits, is_more=True)]
    has_none = any(None in values for _, values, _ in rows)
    for name in names if len(names) == 1 and has_none else ():
        text = f"FILTER(!BOUND(?{name}) || {case.written(root)})"
        kept = say(
            "%(kept)s keeps also what has no value at all, but not what has only another one.",
            kept=" ".join(text.split()),
        )
        advice.append(Advice(kept, (case.replaced(condition, text),), is_more=True))
    asked = {part.name for part in inside(root) if isinstance(part, Call)}
    if asked & {"LANG", "LANGMATCHES"} and not asked & GUARDS:
        yield Finding(
            "filter-undoes-optional", "warning", said, condition.start, moved, tuple(advice)
        )
    else:
        yield Finding("filter-undoes-optional", "info", said, condition.start, None, tuple(advice))


_OF_LANGUAGE: Final = frozenset({"LANG", "LANGMATCHES", "=", "IN", "||", "&&", "STR"})
"""Calls that only choose a language."""


def of_language(solutions: Solutions, root: Expression) -> Iterator[Finding]:
    """A test of the language of a name that each thing must have: what has none in it is left out."""
    case, scope = solutions.case, solutions.scope
    tests = [p for p in inside(root) if isinstance(p, Call) and p.name == "LANG"]
    names = {term.value for term in variables(root)}
    triple = next(
        (t for t in scope.triples if {t.object.value} == names and t.subject.is_free), None
    )
    asked = {p.name for p in inside(root) if isinstance(p, Call)}
    is_shown = names <= {*NAMES.columns(scope.query)} and not scope.query.is_aggregated
    is_untagged = any(isinstance(p, Term) and not p.value for p in inside(root))  # as is asked for
    is_shown = is_shown and scope.is_required and not is_untagged
    if not (tests and triple and is_shown and asked <= _OF_LANGUAGE):
        return
    texts = [triple.subject.text, solutions.text(root), triple.object.text]
    kept: dict[object, bool] = {}
    rows = [*map(tuple, solutions.rows(texts, [triple.subject.value]))]
    for thing, value, name in rows:
        # A name without a tag is told of elsewhere.
        is_kept = true(value) is True or not getattr(name, "language", None)
        kept[thing] = kept.get(thing, False) or is_kept
    lost = [thing for thing, is_kept in kept.items() if not is_kept]
    if len(lost) < len(kept) and lost and any(true(value) for _, value, _ in rows):
        said = say(
            "%(n)s of %(total)s %(thing)s have none for which %(test)s, and are left out, as "
            "%(things)s.",
            thing=triple.subject.text, test=line(case.written(root)), n=len(lost), total=len(kept),
            things=values_of(case, lost, 3),
        )  # fmt: skip
        condition = next(e for e in scope.group.elements if getattr(e, "expression", e) is root)
        places = map(scope.group.elements.index, (triple, condition))
        pattern = f"{case.of_element(triple)} {case.written(condition)}"
        changes = dict(zip(places, (f"OPTIONAL {{ {pattern} }}", ""), strict=True))
        stay = say(
            "In OPTIONAL, with this FILTER in its braces, each %(thing)s stays, also without one.",
            thing=triple.subject.text,
        )
        advice = (Advice(stay, (case.rewritten(scope.group, changes),), is_more=True),)
        said += sampled(solutions)
        yield Finding("comparison-drops-values", "info", said, root.start, None, advice)
