"""Expressions that are in error, never true or always true, by what they give for the solutions."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.features.diagnostics.finding import Advice, Finding, instead
from gbagraph.features.diagnostics.rules import searches
from gbagraph.features.diagnostics.rules.candidates import (
    EQUAL,
    GUARDS,
    ORDERS,
    SEARCHES,
    as_numbers,
    bare,
    code_of,
    family_of,
    is_iri_as_text,
    of_call,
    of_pair,
    of_search,
    pairs,
)
from gbagraph.features.diagnostics.rules.conditions import (
    AND,
    alike,
    always,
    apart,
    from_zero,
    joined,
    no_truths,
    order,
    other_case,
    texts_joined,
    truths,
)
from gbagraph.features.diagnostics.rules.joins import of_language, undone
from gbagraph.features.diagnostics.rules.measured import (
    Solutions,
    inside,
    is_constant,
    kinds_of,
    sampled,
    solutions_of,
    true,
    values_of,
)
from gbagraph.features.diagnostics.rules.mending import (
    Condition,
    in_one_language,
    of_meaning,
    of_nothing,
)
from gbagraph.features.diagnostics.rules.ranges import unreached
from gbagraph.features.diagnostics.rules.units import magnitude
from gbagraph.features.diagnostics.schema import DATES, NUMBERS, STRING, XSD, is_text, kind_of
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import NAMES, Call, Expression, Filter, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.api.explanations import Severity
    from gbagraph.features.diagnostics.case import Case
    from gbagraph.features.diagnostics.rules.measured import Change

_NEGATED: Final = frozenset({"!=", "NOT IN"})
_LOGIC: Final = frozenset({"&&", "||", "!", "IF", "COALESCE"})

_ARITHMETIC: Final = ("+", "-", "*", "/")
_OF_TEXTS: Final = ("LCASE", "UCASE", "STRLEN", "SUBSTR", "REPLACE", "STRBEFORE", "STRAFTER")
_CODES: Final = {
    **dict.fromkeys((*SEARCHES, *_OF_TEXTS), "text-function-of-other"),
    **dict.fromkeys(("YEAR", "MONTH", "DAY", "HOURS", "MINUTES"), "date-function-of-other"),
    **dict.fromkeys(_ARITHMETIC, "arithmetic-of-other"),
}

_ENOUGH: Final = 6
"""From so many solutions on, it is a habit of the data that values are of several datatypes."""


def expressions(case: Case) -> Iterator[Finding]:
    """Yield what there is to say of each FILTER, BIND, HAVING, column, key and order."""
    if case.is_heavy:
        return
    yield from no_truths(case)
    unknown = NAMES.mentioned(
        *(e for s in case.scopes for e in s.group.elements if isinstance(e, Service))
    )
    for solutions in solutions_of(case):
        if case.services.answer is None:
            solutions.roots = [
                each
                for each in solutions.roots
                if not NAMES.mentioned(Filter(0, 0, each[0])) & unknown
            ]
        if solutions.roots and solutions.ask().total:
            for root, role in solutions.roots:
                if role == "order":
                    yield from order(solutions, root)
                elif solutions.values(root) is not None:
                    yield from _of_root(solutions, root, is_filter=role == "filter")
            yield from apart(solutions)
            yield from always(solutions)


def _of_root(solutions: Solutions, root: Expression, *, is_filter: bool) -> Iterator[Finding]:
    """Yield errors of calls, comparisons by kind, what is never true by its letters, what is undone."""
    if not is_filter:
        yield from texts_joined(solutions, root)
    values = solutions.values(root) or []
    lost = [true(v) is not True if is_filter else v is None for v in values]
    is_far = solutions.is_sample and is_filter and all(lost)
    is_whole = all(lost) and not (is_far and solutions.holds(solutions.text(root)))
    sides = [map(true, solutions.values(side) or values) for side in joined(root, AND)]
    false = [False in row for row in zip(*sides, strict=True)]
    gone = solutions.gone(root)
    guards = (p for p in inside(root) if isinstance(p, Call) and p.name in GUARDS)
    guarded = {part for guard in guards for each in guard.arguments for part in inside(each)}
    found: list[Finding] = []
    for atom in joined(root, _LOGIC):
        for call in inside(atom):
            is_looked_at = isinstance(call, Call) and (is_whole or call not in guarded)
            if is_looked_at and solutions.values(call) is not None:
                asked = _Condition(solutions, atom, call, lost, false, gone, is_whole, is_filter)  # type: ignore[arg-type]
                found += asked.findings()
    yield from found
    is_told = any(f.severity != "info" or f.code == "filter-removes-all" for f in found)
    yield from unreached(solutions, root) if is_whole and is_filter and not is_told else ()
    yield from truths(solutions, root) if is_filter else ()
    yield from other_case(solutions, root) if is_filter and not is_whole else ()
    yield from undone(solutions, root)
    yield from from_zero(root)
    yield from of_language(solutions, root) if is_filter else ()


class _Condition(Condition):
    """What there is to say of a call in a condition, or in a value."""

    def findings(self) -> Iterator[Finding]:
        call, given = self.call, [self.solutions.values(each) for each in self.call.arguments]
        told = (
            is_constant(a) and self.solutions.case.has_error(a.start, a.end) for a in call.arguments
        )
        if call.name not in EQUAL and any(told):
            return
        errors = [
            index
            for index, value in enumerate(self.values(call))
            if value is None and self.lost[index] and not self.gone[index]
            if all(each is not None and each[index] is not None for each in given)
        ]
        if all(self.false[index] for index in errors):
            errors = []
        if call.name in EQUAL:
            for one, other in pairs(self.solutions, call):
                yield from self._compared(one, other)
        elif errors and call.name not in GUARDS:
            # A value that is in error for all alike is so on purpose.
            if given and (self.is_filter or not is_constant(call)):
                wrong = [*self.of_unit(len(errors))]
                yield from wrong or self._unfit(errors, *self._culprit(errors))
        elif call.name in ORDERS:
            yield from self._as_texts()
            yield from magnitude(self.solutions, self.call) if self.is_filter else ()
        elif self.is_whole and call.name in SEARCHES | {"LANGMATCHES"}:
            first, second = call.arguments[:2]
            if is_constant(second) and True not in map(true, self.values(call)):
                yield from self._unmet(first, second, of_search(self.solutions, call))

    # Errors, and values that are never equal because of their kinds

    def _unfit(
        self, places: list[int], part: Expression, other: Expression | None
    ) -> Iterator[Finding]:
        """What does not go with *other*, or with the function, in the solutions at some places."""
        call, solutions, total = self.call, self.solutions, self.gone.count(False)
        values, is_equal = self.values(part), call.name in EQUAL
        bad = Counter(kind_of(values[index]) for index in places)
        others = self.values(other) if other else []
        kinds = Counter(kind_of(others[index]) for index in places if others)
        changes = (
            of_pair(solutions, call, part, other)
            if is_equal and other
            else of_call(solutions, call)
        )
        found = self.repair_of(changes, [] if is_equal else places, other)
        is_negated = call.name in _NEGATED
        if is_equal and not (found or is_negated or self.is_whole):
            return
        is_partial = not is_equal and len(places) < total
        code = _CODES.get(call.name, "expression-in-error")
        if other:
            code = code_of(solutions.kinds(part), kinds, is_partial=is_partial)
        names = {
            "part": self.text(part),
            "kinds": kinds_of(solutions.case, bad),
            "values": values_of(solutions.case, [values[i] for i in places], 2 + 2 * is_partial),
            "other": self.text(other or part),
            "others": kinds_of(solutions.case, kinds),
        }
        said = say(
            "%(part)s is never %(other)s: it is %(kinds)s (%(values)s), and that is %(others)s.", **names
        ) if is_equal else say(
            "%(call)s is an error for %(n)s of %(total)s solutions, where %(part)s is %(kinds)s "
            "(%(values)s).",
            **names, call=self.text(call), n=len(places), total=total,
        )  # fmt: skip
        if not is_equal and other:
            said += say(
                "Dates of one datatype have no order where one of them is ill-formed, or where one has "
                "a time zone, the other has none, and they are at most 14 hours apart."
            ) if set(bad) <= set(kinds) <= DATES else say(
                "That does not compare with %(other)s (%(others)s).", **names
            )  # fmt: skip
        if self.is_filter and not is_equal:
            said += say("FILTER drops a solution with an error.")
        said += of_meaning(call, {*bad}) + searches.of_pattern(call)
        advice = [*of_nothing(solutions, call, part, other)]
        severity: Severity = "info"
        good = Counter(kind_of(value) for value in values if value is not None) - bad
        is_same = bool({*bad, *good} <= DATES or (found and set(good) & NUMBERS))
        is_likely = bool(found) or (other and 4 * len(places) >= total)
        is_likely = is_likely and not set(bad) <= set(map(kind_of, others))
        if is_negated:
            said += say("So comparing it with that leaves nothing out.")
            code, severity = "filter-always-true", "warning" if found else "info"
            asked = {kind_of(values[i]) for i in places if not self.false[i]}
            said, found = in_one_language(said, found, asked)
        elif is_equal or (self.is_whole and 2 * len(places) > total):
            severity = "error"
            said += searches.looser(solutions, call, part, None if found else other)
            is_asked = not found and (other or set(bad) <= {"iri", "blank"})
            advice += solutions.elsewhere(part, self.atom, is_equal=is_equal) if is_asked else ()
        elif self.is_filter and is_same and is_likely and total >= _ENOUGH:
            severity = "warning"
        elif found:
            fewer = say("With %(repair)s there are no such errors.", repair=found.suggestion)
            advice.append(Advice(fewer, found.edits))
            found = None
        start = other.start if other and is_equal else call.start
        yield Finding(code, severity, said + sampled(solutions), start, found, tuple(advice))

    def _culprit(self, errors: list[int]) -> tuple[Expression, Expression | None]:
        """The argument to blame, the first that varies and is no number; what it is ordered with."""
        call = self.call
        moving = [a for a in call.arguments if not is_constant(a)] or [*call.arguments]
        for each in moving if call.name not in ORDERS else ():
            kinds = {kind_of(self.values(each)[index]) for index in errors}
            if kinds - NUMBERS if call.name in _ARITHMETIC else not all(map(is_text, kinds)):
                return each, None
        others = [each for each in call.arguments if each is not moving[0]]
        return moving[0], others[-1] if call.name in ORDERS else None

    def _as_texts(self) -> Iterator[Finding]:
        """Numbers that are texts, and compared as such."""
        for one, other in pairs(self.solutions, self.call):
            both = [v for part in (one, other) for v in self.values(part) if v is not None]
            found = None
            if all(kind_of(v) == STRING and bare(v) for v in both):
                found = self.repair_of([as_numbers(self.solutions, one, other)], [])
            if found:
                said = say(
                    "%(one)s has numbers written as texts (%(values)s), which are compared letter by "
                    "letter: \"9\" comes after \"10\".",
                    one=self.text(one), values=values_of(self.solutions.case, self.values(one)),
                )  # fmt: skip
                yield Finding("comparison-of-datatypes", "warning", said, self.call.start, found)

    # Comparisons

    def _compared(self, one: Expression, other: Expression) -> Iterator[Finding]:
        """Values that are never equal because of their kinds, their language tag or their letters."""
        found = self.solutions.case.findings
        if other.start in {each.start for each in found if each.code in searches.OF_TERMS}:
            return
        both = enumerate(zip(self.values(one), self.values(other), strict=True))
        met = {index: pair for index, pair in both if None not in pair}
        text, name = self.solutions.text(self.atom), self.call.name
        is_met, is_test = (
            any(a == b for a, b in met.values()),
            is_constant(other) and self.is_filter,
        )
        if met and is_test and (name == "!=" or (name == "=" and is_met)):
            # Of != what is kept, also by the other conditions; of = what is lost.
            told = (a for i, (a, _) in met.items() if self.lost[i] == (name == "="))
            yield from alike(self.solutions, self.call, one, other, told)
        is_wild = is_test and name in ("=", "IN") and met and not is_met
        wrong = [*searches.wild_constant(self.solutions, self.call, one, other)] if is_wild else []
        if is_met:
            if is_constant(other) and name == "=":
                yield from self._partly(one, other, [*met.values()])
        elif wrong:
            yield from wrong
        elif (
            met and not _is_lang(one) and all(family_of(a) != family_of(b) for a, b in met.values())
        ):
            is_far = self.solutions.is_sample and not self.is_whole
            chosen = f"!({text})" if self.call.name in _NEGATED else text
            if not (is_far and self.solutions.holds(chosen)):
                yield from self._unfit([*met], one, other)
        elif met and self.is_whole:
            changes = of_pair(self.solutions, self.call, one, other)
            yield from self._unmet(one, other, changes)

    def _partly(
        self, one: Expression, other: Expression, met: list[tuple[Any, Any]]
    ) -> Iterator[Finding]:
        """What equals some values, beside others that are nearly the same."""
        value = met[0][1]
        untagged = sum(getattr(a, "value", None) == "" for a, _ in met)
        is_choice = self.is_filter and self.solutions.scope.is_required
        if untagged and value.value and is_choice and _is_lang(one):
            said = say(
                "In %(n)s of %(total)s solutions the text has no language tag; FILTER drops them.",
                n=untagged, total=self.solutions.total,
            )  # fmt: skip
            yield Finding(
                "comparison-drops-values", "info", said + sampled(self.solutions), other.start
            )
        finer = {a.value for a, _ in met if _is_lang(one) and a.value.startswith(f"{value.value}-")}
        if finer and value.value:
            said = say("Texts in %(tags)s are left out.", tags=", ".join(sorted(finer)))
            text = f"LANGMATCHES({self.text(one)}, {self.text(other)})"
            kept = say("%(text)s keeps them, too.", text=text)
            more = (Advice(kept, instead(self.call, text).edits, is_more=True),)
            yield Finding("comparison-drops-values", "info", said, other.start, None, more)
        text = getattr(value, "value", "")
        same = (kind_of(a) for a, _ in met if getattr(a, "value", "").startswith(text))
        kinds = Counter(kind for kind in same if kind != kind_of(value))
        if kind_of(value) in DATES and kinds and set(kinds) <= DATES:
            said = say(
                "%(date)s is equal only to dates that are told as exactly as this; %(one)s has others "
                "that fall into it (%(kinds)s).",
                date=self.text(other), one=self.text(one),
                kinds=kinds_of(self.solutions.case, kinds),
            )  # fmt: skip
            written = self.solutions.case.written(one)
            change: Change = ((one, f"YEAR({written})"), (other, text))
            if kind_of(value) != f"{XSD}gYear":
                change = ((self.call, f"STRSTARTS(STR({written}), {ox.Literal(text)})"),)
            found, advice = self.repair_of([change], []), tuple[Advice, ...]()
            severity: Severity = "warning"
            if found and kind_of(value) != f"{XSD}gYear":
                # What is told to the day may be all that is meant.
                these = say("%(repair)s finds these, too.", repair=found.suggestion)
                advice = (Advice(these, found.edits, is_more=True),)
                found, severity = None, "info"
            yield Finding("comparison-drops-values", severity, said, other.start, found, advice)

    def _unmet(
        self, one: Expression, other: Expression, changes: Iterator[Change]
    ) -> Iterator[Finding]:
        """What no value is, or has, though it could be: because of its letters, or its language."""
        found, solutions = self.repair_of(changes, [], other), self.solutions
        is_of_texts = all(map(is_text, solutions.kinds(other))) and not (found and bare(other))
        code = "letter-case" if is_of_texts and is_constant(other) else "comparison-of-datatypes"
        is_name = is_iri_as_text(solutions, one) or (found and "://" in str(found.suggestion))
        if is_name and self.call.name in EQUAL:
            code = "literal-compared-with-iri"
        code = "language-tag-wrong" if _is_lang(one) else code
        if found or _is_lang(one):
            values = [*self.of_repaired(found, one), *self.values(one)]
            said = say(
                "No value of %(one)s fits %(other)s. Some values are: %(values)s.", one=self.text(one),
                other=self.text(other), values=values_of(solutions.case, values, 6),
            )  # fmt: skip
            if code == "letter-case":
                said += searches.of_letters(other, self.text(other), is_found=bool(found))
            elif _is_lang(one) and "" in {getattr(v, "value", None) for v in self.values(one)}:
                said += say('LANG of a text without a language tag is "".')
            if solutions.scope.graph and self.elsewhere():
                said += say("Without GRAPH there are some, in another graph.")
            tags = self.tags(found) if found and _is_lang(one) else []
            if found and tags:
                said += say(
                    "With %(range)s, a thing comes once for each of %(tags)s.",
                    range=found.suggestion, tags=", ".join(tags),
                )  # fmt: skip
            # That there is nothing in a language may be the answer.
            is_error = found or not re.fullmatch(
                r"[A-Za-z]{2,3}(-\w+)*", getattr(other, "value", "")
            )
            severity: Severity = "error" if is_error else "info"
            by = [
                Advice(say("Compare with %(tag)s.", tag=each), instead(other, each).edits)
                for each in tags
            ]
            found = None if tags else found
            yield Finding(code, severity, said + sampled(solutions), other.start, found, tuple(by))
        elif self.call.name in SEARCHES | {"="} and self.is_filter and is_of_texts:
            yield from searches.loosened(solutions, self.call, one, other)


def _is_lang(part: Expression) -> bool:
    return isinstance(part, Call) and part.name == "LANG"
