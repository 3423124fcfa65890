"""Texts of which the data has other forms, too: another case of letters, spaces, or form of a number."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.case import ROWS
from gbagraph.features.diagnostics.finding import Advice, Finding, as_term, last_property
from gbagraph.features.diagnostics.mentions import with_label
from gbagraph.features.diagnostics.rules.measured import is_constant
from gbagraph.features.diagnostics.rules.negated import conditions
from gbagraph.features.diagnostics.rules.samples import shown
from gbagraph.features.diagnostics.schema import TEXTS, is_text, kind_of
from gbagraph.features.diagnostics.suggestions import is_name
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.finding import Scope

    _Variant = tuple[Scope, Term, list[ox.Literal], str, bool]


def variants(case: Case) -> Iterator[Finding]:
    """Values that are left out, or kept, for their form alone, where others have the form asked for."""
    if case.is_heavy or case.schema.is_large:
        return
    for scope, term, near, pattern, is_kept in (*_in_patterns(case), *_in_filters(case)):
        some = (
            f"{pattern} FILTER(SAMETERM(?__o, ?__v)) VALUES ?__v {{ {' '.join(map(str, near))} }}"
        )
        n = sum(int(row[0].value) for row in case.rows("(COUNT(*) AS ?__n)", scope.around(some)))
        template = _ALSO_KEPT if is_kept else _LEFT_OUT
        said = say(template, values=shown(case, near), text=term.text, n=n)
        if n:
            yield Finding("letter-case", "info", said, term.start)


def things(case: Case) -> Iterator[Finding]:
    """A text that is a value, beside a thing of that name that is a value of the same property."""
    for spot in case.spots:
        literal, iri, places = (
            spot.triple.object,
            last_property(spot.triple),
            case.places(spot.scope),
        )
        if literal.kind != "literal" or iri is None or literal.datatype not in TEXTS:
            continue
        named = [e for e in case.schema.use(iri, places).things if is_name(case, e, literal.value)]
        if len(named) == 1 and case.schema.occurs(None, iri, as_term(literal), places):
            said = say(
                "%(thing)s is a value of %(property)s, too, and is not equal to this text.",
                thing=with_label(case, named[0]), property=case.named(iri),
            )  # fmt: skip
            name = case.fresh("value")
            text = f"VALUES {name} {{ {literal.text} {case.short(named[0])} }}"
            both = say(
                "%(values)s, with %(name)s in its place, finds both.", values=text, name=name
            )
            edits = case.replaced(literal, name), case.appended(spot.scope.group, text)
            advice = (Advice(said + both, edits, is_more=True),)
            yield Finding("literal-for-thing", "info", Message(), literal.start, None, advice)


_LEFT_OUT: Final = "%(text)s is also written %(values)s, which this leaves out (%(n)s solutions)."
_ALSO_KEPT: Final = "%(text)s is also written %(values)s, which this keeps (%(n)s solutions)."
_CHOOSING: Final = {"IN": False, "NOT IN": True, "!=": True}
"""The conditions that choose values by a constant, and whether they keep the others."""


def _in_patterns(case: Case) -> Iterator[_Variant]:
    for spot in case.spots:
        triple, iri, scope = spot.triple, last_property(spot.triple), spot.scope
        if triple.object.kind != "literal" or iri is None:
            continue
        near = _near(triple.object, case.schema.literals_of(iri, case.places(scope)))
        rest = [each for each in scope.group.elements if each is not triple]
        if near and case.holds(case.rendered([*rest, triple], scope)):
            pattern = f"{triple.subject.text} {case.written(triple.path)} ?__o ."
            yield scope, triple.object, near, f"{pattern} {case.rendered(rest)}", False


def _in_filters(case: Case) -> Iterator[_Variant]:
    for scope, element, call in conditions(case, _CHOOSING):
        one, *others = sorted(call.arguments, key=is_constant)
        constant = [e for e in others if isinstance(e, Term) and e.kind == "literal"]
        if not isinstance(one, Term) or not constant:
            continue
        rest = case.rendered(each for each in scope.group.elements if each is not element)
        rows = case.rows(f"DISTINCT {one.text}", scope.around(rest), f"LIMIT {ROWS}")
        values = [row[0] for row in rows if isinstance(row[0], ox.Literal)]
        known = {as_term(each) for each in constant}
        for each in constant if not known.isdisjoint(values) else ():
            near = [v for v in _near(each, values) if v not in known and is_text(kind_of(v))]
            if near:
                yield scope, each, near, f"{rest} BIND({one.text} AS ?__o)", _CHOOSING[call.name]


def _near(term: Term, values: Iterable[ox.Literal]) -> list[ox.Literal]:
    """Those of *values* that are the same text but for their form."""
    wanted = as_term(term)
    form = _form(wanted)
    return [each for each in values if each != wanted and _form(each) == form][:ROWS]


def _form(value: ox.Literal) -> tuple[object, ...]:
    """A text without its case and spaces, or as a number."""
    kind = kind_of(value)
    is_number = not is_text(kind)
    with suppress(ValueError):
        return float(value.value), is_number and "number"
    return " ".join(value.value.casefold().split()), kind
