"""Texts that nothing fits because of how they are searched: wildcards, anchors, words, and what does."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import Finding, Repair, Spot, instead
from gbagraph.features.diagnostics.rules.candidates import SEARCHES
from gbagraph.features.diagnostics.rules.measured import changed, line, sampled, values_of
from gbagraph.features.diagnostics.schema import TEXTS
from gbagraph.names.texts import spaced
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import Term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.rules.measured import Solutions
    from gbagraph.sparql.nodes import Call, Expression

_SHOWN: Final = 4
"""Texts that are shown."""
_SIGNS: Final = re.compile(r"[\\^$.|?*+()\[\]{}]")
"""Signs that mean something in a regular expression."""


class Search(NamedTuple):
    """A test of a text, and what is said of how it is written in the query."""

    test: str
    said: Message = Message()


def wild(part: str, text: str) -> Iterator[str]:
    """Yield tests of *part* for a text with wildcards, as in shells and SQL: as it is, then in any case.

    A question mark at the end is one of a sentence, and 50% is a share.
    """
    inner = text.strip("*%")
    is_inside = bool(re.search(r"[*%]|\?\w", inner))
    is_share = re.fullmatch(r"[^%]*\d\s?%", text)
    if not spaced(inner) or is_share or (inner == text and not is_inside):
        return
    ends = (text[0] not in "*%", text[-1] not in "*%")
    for whole, value in ((f"STR({part})", inner), (f"LCASE(STR({part}))", inner.lower())):
        if is_inside:
            pattern = re.sub(r"[*%]+", ".*", _SIGNS.sub(r"\\\g<0>", value).replace(r"\*", "*"))
            pattern = "^" * ends[0] + pattern.replace(r"\?", ".") + "$" * ends[1]
            yield f"REGEX({whole}, {ox.Literal(pattern)})"
        else:
            name = {(True, False): "STRSTARTS", (False, True): "STRENDS"}.get(ends, "CONTAINS")
            yield f"{name}({whole}, {ox.Literal(value)})"


def wild_value(case: Case, spot: Spot, literal: Term) -> Finding | None:
    """A text with wildcards as a value: the condition that finds what it stands for."""
    if literal is not spot.triple.object:
        return None
    name = case.fresh("text")
    said = f"{spot.triple.subject.text} {case.written(spot.triple.path)} {name} ."
    near = case.rendered(case.neighbours(spot.triple, spot.scope))

    def values(test: str) -> list[Any]:
        pattern = spot.scope.around(f"{near} {said} FILTER({test})")
        return [row[0] for row in case.rows(f"DISTINCT {name}", pattern, f"LIMIT {_SHOWN + 1}")]

    found = _of_wild(case, name, literal, values)
    if found is None:
        return None
    message, test = found
    condition = f"FILTER({test})"
    edits = case.replaced(literal, name), case.appended(spot.scope.group, condition)
    repair = Repair(condition, edits) if test else None
    severity: Severity = "error" if test else "info"
    return Finding("unknown-text", severity, message, literal.start, repair)


def wild_constant(
    solutions: Solutions, call: Call, one: Expression, other: Expression
) -> Iterator[Finding]:
    """Yield that a text with wildcards equals nothing, and the test that finds what it stands for."""
    case = solutions.case
    values = partial(_values, solutions, one)
    if getattr(other, "kind", "") == "literal":
        found = _of_wild(case, case.written(one), other, values)  # type: ignore[arg-type]
        if found is not None:
            message, test = found
            repair = instead(call, test) if test and call.name == "=" else None
            severity: Severity = "error" if test else "info"
            start = other.start if test else solutions.start(call)
            code = "unknown-text" if test else "filter-removes-all"
            yield Finding(code, severity, message, start, repair)


def _of_wild(
    case: Case, part: str, literal: Term, values: Callable[[str], list[Any]]
) -> tuple[Message, str] | None:
    """What is said of wildcards, and the test that finds something for them; empty if none does."""
    tests = [*wild(part, literal.value)]
    if not tests:
        return None
    message = for_itself(literal.value, literal.text)
    for test in tests:
        if found := values(test):
            return message + _finds(case, test, found), test
    message += say("%(test)s finds nothing.", test=tests[-1])
    anywhere = f"CONTAINS(LCASE(STR({part})), {ox.Literal(literal.value.strip('*%').lower())})"
    found = [] if anywhere == tests[-1] else values(anywhere)
    return message + (_finds(case, anywhere, found) if found else Message()), ""


def of_letters(other: Expression, text: str, *, is_found: bool) -> Message:
    """Why no value fits a text, where one is found without its wildcards, or in another case."""
    value = getattr(other, "value", "")
    if is_found and value.strip("*%") not in ("", value):
        return for_itself(value, text)
    return say("Each letter counts, also its case and script.")


def for_itself(value: str, text: str) -> Message:
    """That the wildcards in a *value*, written as *text*, are none."""
    signs = ", ".join(dict.fromkeys(re.findall(r"[*%?]", value)))
    return say("%(sign)s stands for itself in %(text)s.", sign=signs, text=text)


def _finds(case: Case, test: str, values: list[Any]) -> Message:
    shown = values_of(case, values[:_SHOWN], _SHOWN) + " …" * (len(values) > _SHOWN)
    return say("%(test)s would find: %(values)s.", test=test, values=shown)


def loosened(
    solutions: Solutions, call: Call, one: Expression, other: Expression
) -> Iterator[Finding]:
    """Yield what a search that finds nothing would find, were it written a little otherwise."""
    more = looser(solutions, call, one, other)
    if more.sentences:
        said = say(
            "No value of %(part)s fits %(text)s.",
            part=line(solutions.case.written(one)), text=solutions.case.written(other),
        ) + more + sampled(solutions)  # fmt: skip
        yield Finding("filter-removes-all", "info", said, solutions.start(call))


def looser(solutions: Solutions, call: Call, one: Expression, other: Expression | None) -> Message:
    """Why a search for a constant text finds nothing, and a looser one that does; else nothing."""
    is_text = getattr(other, "datatype", None) in TEXTS and spaced(getattr(other, "value", ""))
    if other is None or not is_text or call.name not in SEARCHES | {"="}:
        return Message()
    for test, why in _searches(solutions.case, call, one, other):  # type: ignore[arg-type]
        if found := _values(solutions, one, test):
            return why + _finds(solutions.case, test, found)
    return Message()


def _searches(case: Case, call: Call, one: Expression, other: Term) -> Iterator[Search]:
    """Yield looser searches than *call*, the nearest first."""
    name, value, part = call.name, other.value, case.written(one)
    text = f"LCASE(STR({_bare(case, one)}))"
    signs = "!#%" if name == "REGEX" else "!#%?*$+"
    plainly = value.strip(signs)
    if plainly and plainly != value:
        signs = "".join(dict.fromkeys(value.replace(plainly, "")))
        why = say("%(sign)s stands for itself in %(text)s.", sign=signs, text=case.written(other))
        yield Search(changed(case, call, ((other, str(ox.Literal(plainly))),)), why)
    if name == "REGEX":
        if found := re.fullmatch(r"/(.+)/[a-z]*", value):
            why = say("No slashes stand around a regular expression.")
            yield Search(f'REGEX({part}, {ox.Literal(found[1])}, "i")', why)
        inner = value.removeprefix("^").removesuffix("$")
        if inner != value and inner:
            why = say("^ is the beginning of the text, and $ its end.")
            flags = [*map(case.written, call.arguments[2:])] or ['"i"']
            yield Search(f"REGEX({part}, {ox.Literal(inner)}, {flags[0]})", why)
        if _SIGNS.search(value):
            literal = re.sub(r"\\(.)", r"\1", inner).strip("*")
            for each in (literal, value):
                why = say(
                    "Signs as %(signs)s have a meaning in a regular expression.",
                    signs=" ".join(dict.fromkeys(_SIGNS.findall(value))),
                )
                yield Search(f"CONTAINS({text}, {ox.Literal(each.lower())})", why)
        return
    if name in ("STRSTARTS", "STRENDS", "="):
        yield Search(f"CONTAINS({text}, {ox.Literal(value.lower())})")
    words = [each for each in spaced(value).split() if each in value.lower()]
    if len(words) > 1:
        tests = " && ".join(f"CONTAINS({text}, {ox.Literal(each)})" for each in words)
        yield Search(tests, say("A text is looked for as a whole, and not its words."))


def _bare(case: Case, part: Expression) -> str:
    """The inside of calls that only change how a text is written."""
    while getattr(part, "name", "") in ("STR", "LCASE", "UCASE"):
        (part,) = part.arguments  # type: ignore[union-attr]
    return case.written(part)


def _values(solutions: Solutions, part: Expression, test: str) -> list[Any]:
    """Some values of *part* of which a test is true."""
    return solutions.some(part, f"FILTER({test})", _SHOWN + 1)


OF_TERMS: Final = frozenset({"literal-datatype", "unknown-thing", "unknown-class"})
"""What is said of a term, so that its comparison needs no word."""


def of_pattern(call: Call) -> Message:
    """Why a constant regular expression is none; nothing if it seems to be one."""
    if call.name not in ("REGEX", "REPLACE") or not isinstance(call.arguments[1], Term):
        return Message()
    flags = [getattr(each, "value", "") for each in call.arguments[2 + (call.name == "REPLACE") :]]
    value = call.arguments[1].value
    if set("".join(flags)) - set("ismxq"):
        return say("The flags of a regular expression are i, s, m, x and q.")
    if re.search(r"\(\?(?:[=!>]|<[=!])|\\[1-9]", value):
        return say(
            "What stands ahead or behind, as (?= and (?<=, and references as \\1 are not known in "
            "regular expressions here."
        )
    if re.match(r"[*+?]|.*[(|][*+?](?!:)", value):
        return say("*, + and ? repeat what stands before them; any text is .*")
    try:
        re.compile(value)
    except re.error:
        return say(
            "%(text)s is no regular expression: a bracket has no other, or a sign no place.",
            text=call.arguments[1].text,
        )
    return Message()
