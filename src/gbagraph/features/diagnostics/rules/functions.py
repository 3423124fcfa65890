"""Functions and operators whose argument is of another kind: texts, dates, numbers, language tags."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import Edit, Finding, Repair, Scope, instead
from gbagraph.features.diagnostics.rules.comparisons import (
    Comparison,
    as_constant,
    step_onward,
)
from gbagraph.features.diagnostics.rules.literals import kinds_shown
from gbagraph.features.diagnostics.schema import DATES, NUMBERS, STRING, XSD
from gbagraph.names.texts import plain
from gbagraph.sparql.nodes import Bind, Call, Exists, Expression, Filter, Term, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gbagraph.features.diagnostics.case import Case

    CallRule = Callable[[Case, Call, Scope], Iterator[Finding]]


OF_TEXTS: Final = frozenset(
    {
        "CONTAINS",
        "STRSTARTS",
        "STRENDS",
        "REGEX",
        "LCASE",
        "UCASE",
        "STRLEN",
        "SUBSTR",
        "REPLACE",
        "STRBEFORE",
        "STRAFTER",
    }
)


ARITHMETIC: Final = frozenset({"+", "-", "*", "/"})


_GIVING_NUMBERS: Final = frozenset(
    {"YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "STRLEN", "ABS", "ROUND", "CEIL", "FLOOR"}
)


_GIVING_TEXTS: Final = frozenset(
    {"STR", "LCASE", "UCASE", "SUBSTR", "CONCAT", "STRBEFORE", "STRAFTER"}
)


_LENGTHS: Final = frozenset(
    XSD + name
    for name in ("duration", "dayTimeDuration", "yearMonthDuration", "date", "dateTime", "time")
)


OF_DATES: Final = frozenset({"YEAR", "MONTH", "DAY"})


def text_function(case: Case, call: Call, scope: Scope) -> Iterator[Finding]:
    """A function of texts that is given what is none."""
    first = call.arguments[0] if call.arguments else None
    if not isinstance(first, Term) or first.kind != "variable":
        return
    kinds = case.kinds(first.value, scope)
    bad = [kind for kind in kinds if kind[0] != "@" and kind != STRING]
    if kinds and bad:
        lost = sum(kinds[kind] for kind in bad)
        severity = "error" if lost == kinds.total() else "info"
        yield Finding(
            "text-function-of-other",
            severity,  # type: ignore[arg-type]
            f"{call.name} takes a text, and {lost} of {kinds.total()} values of {first.text} are none "
            f"({kinds_shown(case, Counter({k: kinds[k] for k in bad}))}): the condition fails for them.",
            first.start,
            _as_text(case, call, first, scope),
        )
    elif kinds and call.name in ("CONTAINS", "STRSTARTS", "STRENDS", "REGEX"):
        yield from _letter_case(case, call, first)


def _as_text(case: Case, call: Call, first: Term, scope: Scope) -> Repair:
    """Its IRI as a text, in lower case where it does not have the text that is looked for."""
    wanted = call.arguments[1] if len(call.arguments) > 1 else None
    values = [str(getattr(v, "value", "")) for v in case.values(first.value, scope)]
    is_inside = isinstance(wanted, Term) and any(wanted.value in value for value in values)
    return instead(first, f"STR({first.text})") if is_inside else _lowered(first, wanted)


def _lowered(first: Term, wanted: Expression | None) -> Repair:
    """A text in lower case, and so is the literal that is looked for in it."""
    more: tuple[Edit, ...] = ()
    if isinstance(wanted, Term) and wanted.kind == "literal":
        more = instead(wanted, str(ox.Literal(wanted.value.lower()))).edits
    return instead(first, f"LCASE(STR({first.text}))", *more)


def _letter_case(case: Case, call: Call, first: Term) -> Iterator[Finding]:
    """A text that is in no value as it is written, but is with other letters' case."""
    wanted = call.arguments[1] if len(call.arguments) > 1 else None
    if not isinstance(wanted, Term) or wanted.kind != "literal" or len(call.arguments) > 2:
        return
    spot = next((s for s in case.spots if s.triple.object.value == first.value), None)
    if spot is None or not plain(wanted.value):
        return
    said = case.rendered([spot.triple, *case.neighbours(spot.triple, spot.scope)], spot.scope)
    low = str(ox.Literal(wanted.value.lower()))
    lowered = f"{call.name}(LCASE(STR({first.text})), {low})"
    if case.holds(f"{said} FILTER({case.written(call)})"):
        return
    if case.holds(f"{said} FILTER({lowered})"):
        yield Finding(
            "letter-case",
            "error",
            f"No value of {first.text} has {wanted.text} with these capitals and small letters; "
            "compared in lower case, some have.",
            wanted.start,
            _lowered(first, wanted),
        )


def result_compared(case: Case, call: Call, scope: Scope) -> Iterator[Finding]:  # noqa: ARG001  a rule
    """The result of a function, which is a number or a text, compared with the other."""
    one, other = map(as_constant, call.arguments)
    for function, literal in ((one, other), (other, one)):
        if isinstance(function, Call) and isinstance(literal, Term):
            yield from _result_compared(function, literal)


def _result_compared(call: Call, constant: Term) -> Iterator[Finding]:
    is_text = constant.datatype == STRING
    is_number = constant.datatype in NUMBERS
    if call.name in _GIVING_NUMBERS and is_text and constant.value.lstrip("+-").isdigit():
        right, what = constant.value, "a number"
    elif call.name in _GIVING_TEXTS and is_number:
        right, what = str(ox.Literal(constant.value)), "a text"
    else:
        return
    yield Finding(
        "comparison-of-datatypes",
        "error",
        f"{call.name} gives {what}, and {constant.text} is none: never equal, and without an order.",
        constant.start,
        instead(constant, right),
    )


def arithmetic(case: Case, call: Call, scope: Scope) -> Iterator[Finding]:
    """A sum or a product of what is no number."""
    for argument in call.arguments:
        if not isinstance(argument, Term) or argument.kind != "variable":
            continue
        kinds = case.kinds(argument.value, scope)
        if not kinds or set(kinds) & (NUMBERS | _LENGTHS):
            continue
        sample = Term(0, 0, "literal", "1", "1", "", XSD + "integer")
        this = Comparison(call, argument, sample, "=", scope)
        repair = step_onward(case, this) if set(kinds) <= {"iri", "blank"} else None
        if set(kinds) <= DATES:
            repair = instead(argument, f"YEAR({argument.text})")
        message = f"{call.name} takes numbers, and {argument.text} is {kinds_shown(case, kinds)}"
        message += f"; its number is that of {repair.suggestion}." if repair else "."
        yield Finding("arithmetic-of-other", "error", message, argument.start, repair)


def date_function(case: Case, call: Call, scope: Scope) -> Iterator[Finding]:
    """A function of dates that is given no date."""
    first = call.arguments[0] if call.arguments else None
    if not isinstance(first, Term) or first.kind != "variable":
        return
    kinds = case.kinds(first.value, scope)
    if not kinds or set(kinds) & DATES:
        return
    this = Comparison(call, first, Term(0, 0, "literal", "2000", "", "", XSD + "gYear"), ">", scope)
    yield Finding(
        "date-function-of-other",
        "error",
        f"{call.name} takes a date, and {first.text} is {kinds_shown(case, kinds)}.",
        first.start,
        step_onward(case, this) if set(kinds) <= {"iri", "blank"} else None,
    )


def language_tags(case: Case, call: Call, scope: Scope) -> Iterator[Finding]:
    """LANG compared with a tag that the values do not have."""
    lang = next((a for a in call.arguments if isinstance(a, Call) and a.name == "LANG"), None)
    tag = next((a for a in call.arguments if isinstance(a, Term) and a.kind == "literal"), None)
    if lang is None or tag is None or call.name == "!=":
        return
    variable = lang.arguments[0]
    if not isinstance(variable, Term) or variable.kind != "variable":
        return
    kinds = case.kinds(variable.value, scope)
    languages = [kind[1:] for kind in kinds if kind[0] == "@"]
    untagged = kinds.total() - sum(kinds[f"@{language}"] for language in languages)
    wanted = tag.value.lower()
    if not kinds or tag.value in languages or (tag.value == "" and untagged):
        return
    if call.name == "LANGMATCHES" and (
        wanted == "*" or any(_has_range(each, wanted) for each in languages)
    ):
        return
    yield Finding(
        "language-tag-wrong",
        "error",
        f"No value of {variable.text} has the language tag {tag.text}; "
        + (f"there are {', '.join(languages[:6])}." if languages else "they have none."),
        tag.start,
        _other_tag(case, call, lang, tag, languages),
    )


def _has_range(language: str, wanted: str) -> bool:
    return language == wanted or language.startswith(f"{wanted}-")


def _other_tag(
    case: Case, call: Call, lang: Call, tag: Term, languages: list[str]
) -> Repair | None:
    wanted = tag.value.lower().replace("_", "-")
    if call.name == "=" and any(_has_range(each, wanted) for each in languages):
        return instead(call, f'LANGMATCHES({case.written(lang)}, "{wanted}")')
    near = [
        each
        for each in languages
        if each.split("-")[0] == wanted.split("-")[0] or each[:2] == wanted[:2]
    ]
    return instead(tag, f'"{(near or languages)[0]}"') if languages else None


def conditions(case: Case, rules: Mapping[str, Sequence[CallRule]]) -> Iterator[Finding]:
    """Yield what *rules*, by the name of a function or an operator, have to say of each call."""
    for scope, expression in _conditions(case):
        for call in (part for part in parts(expression) if isinstance(part, Call)):
            for rule in rules.get(call.name, ()):
                yield from rule(case, call, scope)


def _conditions(case: Case) -> Iterator[tuple[Scope, Expression]]:
    for scope in case.scopes:
        for element in scope.group.elements:
            if isinstance(element, Filter | Bind) and not isinstance(element.expression, Exists):
                yield scope, element.expression
        if scope.group is scope.query.where:
            for item in scope.query.items or ():
                yield scope, item.expression
