"""What may be meant by a call that is in error or never true: changes of it, the least first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

import pyoxigraph as ox

from gbagraph.features.diagnostics.rules.measured import is_constant
from gbagraph.features.diagnostics.schema import DATES, NUMBERS, STRING, XSD, kind_of
from gbagraph.features.diagnostics.suggestions import well_formed
from gbagraph.names.texts import local_name, plain
from gbagraph.rdf.namespaces import LABELS
from gbagraph.sparql.nodes import Call, Expression, Term

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.rules.measured import Change, Solutions

ORDERS: Final = frozenset({"<", ">", "<=", ">="})
MEMBERS: Final = frozenset({"IN", "NOT IN"})
EQUAL: Final = MEMBERS | {"=", "!="}
SEARCHES: Final = frozenset({"CONTAINS", "STRSTARTS", "STRENDS", "REGEX"})


GUARDS: Final = frozenset({"||", "IF", "COALESCE", "BOUND", "!"})
"""Calls that may be true though one of their arguments is in error or false."""


_COUNTRIES: Final = {
    "cn": "zh",
    "jp": "ja",
    "kr": "ko",
    "gb": "en",
    "us": "en",
    "cz": "cs",
    "dk": "da",
    **dict.fromkeys(("zh-cn", "zh-sg"), "zh-hans"),
    **dict.fromkeys(("zh-tw", "zh-hk", "zh-mo"), "zh-hant"),
}
"""Codes of countries that are written for those of their languages, or scripts."""

_YEAR: Final = r"[12]\d{3}"


def pairs(solutions: Solutions, call: Call) -> Iterator[tuple[Expression, Expression]]:
    """Yield what a comparison compares with each other, a constant last."""
    one, *others = call.arguments
    for other in others:
        pair = (other, one) if is_constant(one) else (one, other)
        if all(solutions.values(each) is not None for each in pair):
            yield pair


def of_call(solutions: Solutions, call: Call) -> Iterator[Change]:
    """Yield what may be meant by a call that is in error."""
    if call.name in ORDERS:
        for one, other in pairs(solutions, call):
            yield from of_pair(solutions, call, one, other)
    if call.name in SEARCHES and len(call.arguments) == 2:
        yield from _of_name(solutions, call, *call.arguments)
    if call.name == "-" and len(call.arguments) == 2:
        yield _days(solutions, call)
    for each in call.arguments:
        text, cast = solutions.case.written(each), numeric(solutions.values(each) or ())
        if not is_constant(each):
            functions = ["STR", cast, f"<{XSD}date>", f"<{XSD}dateTime>"]
            functions += ["YEAR"] * (call.name not in ORDERS)
            yield from (((each, f"{function}({text})"),) for function in functions)
            if call.name.startswith(XSD):
                yield ((call, f"{cast}({text})"),)
        elif isinstance(each, Term) and (each.language or bare(each)):
            yield ((each, str(ox.Literal(each.value)) if each.language else bare(each)),)
    yield from of_search(solutions, call)


def _days(solutions: Solutions, call: Call) -> Change:
    """Return both dates of a difference as days: one with a time zone and one without have none."""
    form = f"STRDT(SUBSTR(STR(%s), 1, 10), <{XSD}date>)"
    day = {f"{XSD}date"}
    return tuple(
        (each, form % solutions.case.written(each))
        for each in call.arguments
        if {*solutions.kinds(each)} <= DATES and {*solutions.kinds(each)} != day
    )


def _of_name(
    solutions: Solutions, call: Call, thing: Expression, wanted: Expression
) -> Iterator[Change]:
    """Yield the same search in the names of things."""
    kinds, case = {*solutions.kinds(thing)}, solutions.case
    label = next((iri for iri in LABELS if case.schema.occurs(None, iri)), None)
    if label is None or kinds != {"iri"} or not isinstance(wanted, Term):
        return
    name, text = case.fresh("name"), str(ox.Literal(wanted.value))
    searches = [f"{call.name}(STR({name}), {text})"]
    if call.name == "REGEX":
        searches.append(f'REGEX(STR({name}), {text}, "i")')
    else:
        searches.append(f"{call.name}(LCASE(STR({name})), {text.lower()})")
    # What is written in small letters is looked for in any.
    for each in reversed(searches) if wanted.value.islower() else searches:
        named = f"{case.written(thing)} {case.short(label)} {name}"
        yield ((call, f"EXISTS {{ {named} FILTER({each}) }}"),)


def of_search(solutions: Solutions, call: Call) -> Iterator[Change]:
    """Yield a search in a text without regard to capitals, and one for a wider language."""
    first, *others = call.arguments
    text, wanted = solutions.case.written(first), others[0] if others else None
    whole = text if getattr(first, "name", "") == "STR" else f"STR({text})"
    if not isinstance(wanted, Term) or not plain(wanted.value):
        return
    value = wanted.value
    plainly = value.strip("%" if call.name == "REGEX" and value[0] != "*" else "%*")
    if plainly != value:  # the wildcards of LIKE and of shells
        yield ((wanted, str(ox.Literal(plainly))),)
        yield ((first, f"LCASE({whole})"), (wanted, str(ox.Literal(plainly.lower()))))
    if len(others) != 1:
        return
    if call.name == "LANGMATCHES":
        yield from (((wanted, f'"{each}"'),) for each in _languages(value))
    elif call.name == "REGEX":
        yield from (((first, each), (wanted, f'{wanted.text}, "i"')) for each in (text, whole))
    elif call.name in SEARCHES:
        simple = solutions.case.names.simplified(value)
        yield ((wanted, str(ox.Literal(simple, language=wanted.language or None))),)
        if isinstance(first, Call) and first.name in ("LCASE", "UCASE"):
            yield from (
                ((wanted, str(ox.Literal(each))),) for each in (value.lower(), value.upper())
            )
        yield ((first, f"LCASE({whole})"), (wanted, str(ox.Literal(value.lower()))))


def _languages(tag: str) -> list[str]:
    low = tag.lower().replace("_", "-")
    return list(dict.fromkeys((low, _COUNTRIES.get(low, low), low.split("-")[0])))


def as_numbers(solutions: Solutions, one: Expression, other: Expression) -> Change:
    """Return both sides of a comparison as numbers; a constant is written as one."""
    text, against = map(solutions.case.written, (one, other))
    cast = numeric([*(solutions.values(one) or ()), *(solutions.values(other) or ())])
    plain_number = bare(other) if is_constant(other) else ""
    return (one, f"{cast}({text})"), (other, plain_number or f"{cast}({against})")


def bare(literal: object) -> str:
    """Return the number that a literal writes, as it stands without quotes; empty if it writes none."""
    text = normalize("NFKC", getattr(literal, "value", "")).strip()
    return text if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text) else ""


def numeric(values: Iterable[Any]) -> str:
    """Return the cast to numbers that loses none of those that are written in *values*."""
    texts = [v.value.lower() for v in values if bare(v)]
    kind = "double" if any("e" in each for each in texts) else "decimal"
    return f"<{XSD}{'integer' if all(each.lstrip('+-').isdigit() for each in texts) else kind}>"


def of_pair(
    solutions: Solutions, call: Call, one: Expression, other: Expression
) -> Iterator[Change]:
    """Yield what may be meant by a comparison of *one* with *other*, which may be a constant."""
    text, against = map(solutions.case.written, (one, other))
    both: list[Change] = [((one, f"YEAR({text})"), (other, f"YEAR({against})"))]
    kinds = solutions.kinds(one) + solutions.kinds(other)
    if not is_constant(other):
        yield from both * (f"{XSD}gYear" in kinds)
        yield from _of_two(solutions, one, other, {*kinds})
        return
    value = next(iter(solutions.values(other) or ()), None)
    if isinstance(other, Call) and other.name == "NOW":
        yield ((other, f"<{XSD}date>({against})"),)
        yield from both * (f"{XSD}gYear" in kinds)
    if value is None or isinstance(value, ox.BlankNode):
        return
    if isinstance(one, Call) and one.name == "LANG" and call.name == "=" and value.value:
        yield from (((call, f'LANGMATCHES({text}, "{each}")'),) for each in _languages(value.value))
    yield from filter(None, [_as_days(solutions, call, one, other)])
    if is_iri_as_text(solutions, one) and isinstance(one, Call) and call.name not in MEMBERS:
        itself = (one, solutions.case.written(one.arguments[0]))
        yield (itself,)
        for change in _same(solutions, call, one.arguments[0], value, other):
            yield (itself, *change)
    years = [*_of_year(solutions, call, (one, other), value.value)]
    yield from years if len({*solutions.kinds(one)} & DATES) > 1 else ()
    yield from _same(solutions, call, one, value, other)
    if bare(value) and STRING in kinds and call.name in ("=", "!="):
        yield as_numbers(solutions, one, other)
    yield from years
    if re.fullmatch(rf"{_YEAR}-\d\d", value.value) and call.name in ORDERS:
        yield ((one, f"SUBSTR(STR({text}), 1, 7)"), (other, str(ox.Literal(value.value))))
    if re.fullmatch(rf"{_YEAR}-\d\d(-\d\d)?", value.value) and call.name == "=":
        yield ((call, f"STRSTARTS(STR({text}), {ox.Literal(value.value)})"),)


def _as_days(solutions: Solutions, call: Call, one: Expression, other: Expression) -> Change:
    """Return dates of several kinds as texts, compared with the day at whose beginning they are to be.

    In this order a day comes before its times, so that it tells what is before it, and what is not.
    """
    value = getattr(other, "value", "")
    day = re.fullmatch(rf"({_YEAR}-\d\d-\d\d)(T00:00:00(\.0+)?(Z|[+-]00:00)?)?", value)
    kinds, texts = {*solutions.kinds(one)}, {f"{XSD}date", f"{XSD}dateTime", STRING}
    values = (each.value for each in solutions.values(one) or () if each is not None)
    are_dates = kinds <= texts and kinds & DATES and len(kinds) > 1
    if not (day and are_dates and _is_from(call, one)) or not all(
        re.match(rf"{_YEAR}-\d\d-\d\d", each) for each in values
    ):
        return ()
    return (one, f"STR({solutions.case.written(one)})"), (other, str(ox.Literal(day[1])))


def _is_from(call: Call, part: Expression) -> bool:
    """Return whether a comparison keeps what is not less than another value, or what is."""
    swapped = call.name.translate(str.maketrans("<>", "><"))
    return (call.name if call.arguments[0] is part else swapped) in (">=", "<")


def _of_year(
    solutions: Solutions, call: Call, sides: tuple[Expression, Expression], value: str
) -> Iterator[Change]:
    """Yield a comparison of the year of dates, some of which may be texts."""
    one, other = sides
    text, kinds = solutions.case.written(one), {*solutions.kinds(one)}
    if re.fullmatch(_YEAR, value) and call.name not in MEMBERS:
        if kinds & DATES and STRING in kinds:  # texts have no YEAR
            yield ((one, f"<{XSD}integer>(SUBSTR(STR({text}), 1, 4))"), (other, value))
        yield ((one, f"YEAR({text})"), (other, value))
    bound = re.match(rf"({_YEAR})-(01-01|12-31)(?:T00:00:00Z?)?$", value)
    if bound and call.name in _AT_ENDS[bound[2]] and kinds <= DATES:
        # At the end of a year it is the year that is asked for.
        yield ((one, f"YEAR({text})"), (other, bound[1]))


_AT_ENDS: Final = {"01-01": ("<", ">="), "12-31": (">", "<=")}
"""The ends of a year, and the comparisons with them that its number decides."""


def _of_two(
    solutions: Solutions, one: Expression, other: Expression, kinds: set[str]
) -> Iterator[Change]:
    """Yield two parts that both vary as days, as numbers, or as texts."""
    text, against = map(solutions.case.written, (one, other))
    if kinds == {f"{XSD}date", f"{XSD}dateTime"}:
        # As days that are written, for one of them has a time zone, and the other has none.
        yield (one, f"SUBSTR(STR({text}), 1, 10)"), (other, f"SUBSTR(STR({against}), 1, 10)")
    yield as_numbers(solutions, one, other)
    if kinds == {"iri"}:
        yield ((one, f"STR({text})"), (other, f"STR({against})"))


def is_iri_as_text(solutions: Solutions, part: Expression) -> bool:
    """Return whether *part* is STR of what is always an IRI."""
    is_text = isinstance(part, Call) and part.name == "STR"
    return is_text and set(solutions.kinds(part.arguments[0])) == {"iri"}  # type: ignore[union-attr]


def _same(
    solutions: Solutions,
    call: Call,
    one: Expression,
    value: Any,  # noqa: ANN401  a term
    other: Expression,
) -> Iterator[Change]:
    """Yield the constant *other* as the values of *one* are written: its name, its tag, its kind."""
    case, texts = solutions.case, [value.value]
    if isinstance(value, ox.Literal):
        prefix, _, local = value.value.partition(":")
        texts += [each.iri for each in case.names.labelled(value.value)]
        texts += [each.iri + local for each in case.tree.prefixes if each.name == prefix]
    else:
        texts.append(case.names.label_of(value.value))
    if call.name not in ORDERS and plain(value.value):
        alike = solutions.alike(one, texts)
        name = plain(value.value)
        near = [v for v in (*alike, *(solutions.values(one) or ())) if isinstance(v, ox.NamedNode)]
        things = [
            v for v in dict.fromkeys(near) if v in alike or plain(local_name(v.value)) == name
        ]
        literals = [v for v in alike if isinstance(v, ox.Literal)]
        literals.sort(key=lambda v: v.value != value.value)
        if len(things) == 1 and literals and call.name == "=":
            both = ", ".join(map(case.term, (*things, *literals)))
            yield ((call, f"{case.written(one)} IN ({both})"),)
        for each in (*literals, *(things if len(things) == 1 else ())):
            yield ((other, case.term(each)),)
    for kind, _ in solutions.kinds(one).most_common() if isinstance(value, ox.Literal) else ():
        is_number = bool(bare(value))
        if kind in NUMBERS:
            yield from [((other, bare(value)),)] * is_number
        elif kind == f"{XSD}dayTimeDuration" and value.value.isdecimal():
            # What dates differ by is whole days.
            days = ox.Literal(f"P{value.value}D", datatype=ox.NamedNode(kind))
            are_days = all(
                re.fullmatch(r"-?P\d+D|PT0S", v.value) for v in solutions.values(one) or ()
            )
            yield from [((other, case.term(days)),)] * are_days
        elif kind[0] == "@":
            yield ((other, str(ox.Literal(value.value, language=kind[1:]))),)
        elif kind not in ("iri", "blank") and not (
            kind == STRING
            and call.name in ORDERS
            and is_number
            and not _are_versions(solutions, call, one)
        ):
            forms = _of_date(case, kind, value) if kind in DATES else [value.value]
            typed = (ox.Literal(text, datatype=ox.NamedNode(kind)) for text in forms)
            yield from (((other, case.term(each)),) for each in typed)


def _are_versions(solutions: Solutions, call: Call, part: Expression) -> bool:
    """Return whether texts are versions, whose order is that of texts: 1.4.0 is not less than 1.4."""
    texts = [each.value for each in solutions.values(part) or () if each is not None]
    is_single = all(re.fullmatch(r"\d(\.\d)*", each) for each in texts)
    return _is_from(call, part) and is_single and any(each.count(".") > 1 for each in texts)


def _of_date(case: Case, kind: str, value: ox.Literal) -> list[str]:
    """Return the texts of a date as a date of *kind* has it: with two digits, and from midnight on."""
    text = re.sub(r"-(\d)\b", r"-0\1", value.value)
    is_day = kind == f"{XSD}dateTime" and value.datatype.value == f"{XSD}date"
    text += "T00:00:00Z" * is_day
    if kind == f"{XSD}date":
        text = text.removesuffix("Z").removesuffix("T00:00:00")
    others = well_formed(case, kind, value.value) if kind_of(value) == STRING else ()
    return [*dict.fromkeys((text, *others))]


def family_of(value: Any) -> str:  # noqa: ANN401  a term
    """What a value can be equal to."""
    kind = kind_of(value)
    return "number" if kind in NUMBERS else {"blank": "iri"}.get(kind, kind)


def code_of(one: Counter[str], other: Counter[str], *, is_partial: bool) -> str:
    """Return the code for values of the kinds *one* that are compared with others."""
    if ({*one} <= {"iri", "blank"}) != ({*other} <= {"iri", "blank"}):
        return "literal-compared-with-iri"
    tags = [any(kind[0] == "@" for kind in kinds) for kinds in (one, other)]
    if any(tags) and all(tag or STRING in k for tag, k in zip(tags, (one, other), strict=True)):
        return "language-tag-wrong" if tags[1] else "language-tag-missing"
    return "comparison-drops-values" if is_partial else "comparison-of-datatypes"
