"""What a step leaves out and what it keeps: what the solutions on either side of it have there.

The engine parts the solutions before a step by what decides there, or by the thing that a pattern asks
of; it also says what those things have instead. Nothing is said that does not add up.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.api.explanations import BOUND, Share
from gbagraph.features.diagnostics.parting import (
    asked,
    is_number,
    is_type,
    language,
    nearest,
    parted,
    place,
)
from gbagraph.features.diagnostics.rules.units import unit_of
from gbagraph.features.diagnostics.schema import is_text
from gbagraph.features.diagnostics.worded import TOGETHER, Worded, says_little
from gbagraph.sparql.message import say
from gbagraph.sparql.nodes import (
    NAMES,
    Minus,
    Sequence,
    Triple,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gbagraph.features.diagnostics.parting import Here, Parted
    from gbagraph.sparql.nodes import Element

_FIRST: Final = 2_000
"""Solutions before a pattern of which is asked what they have instead."""
SHOWN: Final = 4
"""Values of what is left out that are shown."""
_KEPT: Final = 6
"""Values of what is kept up to which they are shown: all of them."""
_FEW: Final = 12
"""Values that a condition keeps up to which all are shown."""
_REST: Final = 0.95
"""The part of the first solutions beside which those that are shown tell nothing."""
Both = tuple[tuple[Share, ...], tuple[Share, ...]]
"""What is left out, and what is kept."""


class Sides(Worded):
    """What is said of both sides of the steps of a query."""

    def of_values(
        self,
        condition: str,
        names: list[str],
        values: Parted,
        units: Iterable[str] = (),
        near: Callable[[Any], int] = lambda _: 0,
    ) -> Both:
        """What is left out by a condition and what is kept, of values parted by its truth and theirs.

        *units* are those of numbers, where they are not the last value; what is *near* comes first.
        """
        out, kept = (
            # What is in error comes first of what is as common.
            Counter({(t.value != "2", *v): n for (t, *v), n in values if (t.value == "1") is side})
            for side in (False, True)
        )

        def written(key: tuple[Any, ...]) -> str:
            text = self._combined(names, key[1:])
            if (
                is_number(key[at - 1])
                and len(own := {*units} or {self._unit(key[at:])} - {""}) == 1
            ):
                text = f"{text} {own.pop()}"
            is_right = key[0] or None in key
            return text if is_right else self._in(say("%(value)s (in error)", value=text))

        at = len(names) + 1  # where the unit is, if there are several
        first = BOUND * (out.total() + kept.total() >= BOUND)
        left_out = self._shares(*self._spans(out, written, at), first=first, near=near)
        # Of few that are kept, each may be one that is not meant.
        most = _FEW if len(kept) <= _FEW else _KEPT
        return _beside(condition, left_out), _beside(
            condition, self._shares(*self._spans(kept, written, at), most, first)
        )

    def _unit(self, units: tuple[Any, ...]) -> str:
        return next((unit_of(self._case, each) for each in units if each is not None), "")

    def _spans(
        self, counted: Counter[Any], written: Callable[[Any], str], at: int
    ) -> tuple[Counter[Any], Callable[[Any], str]]:
        """Of many numbers with units from place *at* on, from which to which they go in each unit."""
        spans, told, summed = defaultdict[str, list[Any]](list), dict[Any, str](), counted.copy()
        for key in counted if len(counted) > _KEPT else ():
            if is_number(key[at - 1]) and (unit := self._unit(key[at:])):
                spans[unit].append(key)
        for unit, keys in ((unit, keys) for unit, keys in spans.items() if len(keys) > 1):
            keys.sort(key=lambda key: float(key[at - 1].value))
            least, most = (self._text(keys[end][at - 1]) for end in (0, -1))
            span = say("%(least)s to %(most)s %(unit)s", least=least, most=most, unit=unit)
            told[keys[0]] = self._in(span)
            summed[keys[0]] = sum(map(summed.pop, keys))
        return summed, lambda key: told.get(key) or written(key)

    def of_combined(self, names: list[str], values: Parted, first: int = 0) -> tuple[Share, ...]:
        """The commonest combinations of values."""
        return self._shares(Counter(dict(values)), partial(self._combined, names), first=first)

    def of_variable(self, name: str, pattern: str) -> tuple[Share, ...]:
        """The commonest values that a variable has, of up to :data:`_FIRST` solutions."""
        values = parted(self._case, f"{{ SELECT * {{ {pattern} }} LIMIT {_FIRST} }}", name)
        counted = Counter({key[0]: number for key, number in values if key[0] is not None})
        return self._shares(
            counted, self._text, first=_FIRST * (sum(number for _, number in values) >= _FIRST)
        )

    def in_order(
        self, names: list[str], values: list[tuple[Any, ...]], rest: int = 0
    ) -> tuple[Share, ...]:
        """Values as they come, of many the first and the last, and how many come after them."""
        shares = [Share(self._combined(names, key), len([*run])) for key, run in groupby(values)]
        if len(shares) > _KEPT:
            first, between, last = shares[:3], shares[3:-3], shares[-3:]
            shares = [*first, Share("…", sum(each.solutions for each in between)), *last]
        if rest and shares:  # the last may go on
            rest += shares[-1].solutions
            shares[-1] = Share(shares[-1].value, 0)
        return (*shares, *[Share("…", rest)] * bool(rest))

    def unordered(self, number: int) -> tuple[Share, ...]:
        """So many rows that a slice leaves out, where nothing puts them in order."""
        return (Share(self._in(say("any, without ORDER BY")), number),)

    def of_things(
        self, name: str, values: Parted, first: int = 0, *, by_class: bool = False
    ) -> tuple[Share, ...]:
        """What things are: their names where these are few or their classes asked for; else kinds.

        One kind may be that of all, unless things are parted *by class*.
        """
        named = Counter[Any]()
        for key, number in values:
            named[key[0] if key else None] += number
        if not named or None in named:
            return ()
        kinds: dict[Any, Any] = self._kinds(named)
        asked_for = self._case.query.iris
        mentioned = {each for each in kinds if getattr(each, "value", "") in asked_for}
        is_bare = not mentioned and not any(kinds.values()) and self._are_bare(kinds)
        kinds = dict.fromkeys(kinds) if is_bare else kinds
        plain = {
            each for each, kind in kinds.items() if kind is not None and asked_for.issuperset(kind)
        }
        plain |= mentioned | {
            e for e, kind in kinds.items() if says_little(kind) or isinstance(e, ox.Literal)
        }
        (kind, *others) = {*kinds.values()}
        if kind == () and not others and all(isinstance(each, ox.BlankNode) for each in named):
            return ()
        is_one = kind not in ((), *others) and not others
        if plain.isdisjoint(named) and len(named) <= TOGETHER and is_one and self._are(kinds):
            return self._shares(
                named, lambda each: self._kind(self._text(each), kinds[each]), first=first
            )
        if (len(named) <= _KEPT and not is_bare) or 2 * sum(
            named[each] for each in plain
        ) >= named.total():
            return self._shares(named, self._text, first=first)
        summed = _summed(named, kinds)
        if len(summed) > 1 or is_bare or by_class:
            return self._shares(summed, partial(self._kind, name), first=first)
        return self._shares(named, self._text, first=first)

    def _are(self, kinds: dict[Any, Any]) -> bool:
        """Whether things are of their kinds in the graphs that are asked, as far as it is known."""
        return not any(
            isinstance(each, ox.NamedNode) and self._case.holds(f"{each} a <{cls}>") is False
            for each, kind in kinds.items()
            for cls in kind or ()
        )

    def _are_bare(self, terms: Iterable[Any]) -> bool:
        """Whether no triple of the data has one of these as its subject."""
        chosen = [*terms]
        if self._case.graphs or not all(isinstance(each, ox.NamedNode) for each in chosen):
            return False
        these = f"VALUES ?__it {{ {' '.join(map(str, chosen))} }}"
        said = f"{{ {these} ?__it ?__p ?__o }} UNION {{ {these} GRAPH ?__g {{ ?__it ?__p ?__o }} }}"
        return self._case.holds(said) is False

    def missing(self, element: Element, own: str, here: Here, figures: tuple[int, int]) -> Both:
        """What the solutions have that an element drops, of up to :data:`_FIRST` before it."""
        case = self._case
        name, path, instead = asked(case, element, here)
        kept = self._bound(element, own, here, figures) if isinstance(element, Triple) else ()
        if not name:
            return (), kept
        group = element.group if isinstance(element, Minus) else None
        some = f"{{ SELECT * {{ {here.placed(own)} }} LIMIT {_FIRST} }}"
        if group is not None:
            gone = f"{some} FILTER EXISTS {{ {here.around(case.written(group))} }}"
        else:  # NOT EXISTS says the same, but the engine may look for all of it each time
            met = f"{here.around(case.of_element(element))} BIND(true AS ?__met)"
            gone = f"{some} OPTIONAL {{ {met} }} FILTER(!BOUND(?__met))"
        names = (name, here.graph) if here.graph[:1] in ("?", "$") else (name,)
        values = parted(case, gone, *names)
        number, (before, after) = sum(n for _, n in values), figures
        first = _FIRST * (before > _FIRST)
        # In EXISTS, a group sees variables that it does not see by itself: then the numbers differ.
        is_plain = isinstance(element, Triple) and (first or number > before - after)
        if not number or not (is_plain or number == before - after):
            return (), kept
        ways = self._ways(element, gone, names, here) if isinstance(element, Triple) else {}
        if not instead and not ways:
            by_class = isinstance(element, Triple) and is_type(case, element.path)
            return self.of_things(name, values, first, by_class=by_class), kept
        found = defaultdict[Any, set[Any]](set)
        by = f"DISTINCT {' '.join(names)} ?__end"
        other = f"{gone} OPTIONAL {{ {here.around(instead)} }}"
        for row in case.rows(by, other) if instead else ():
            found[tuple(row[i] for i in range(len(names)))].add(row[len(names)])
        said, without = Counter[Any](), self._in(say("no %(path)s", path=path))
        for key, n in (each for each in values if each[0] in found or each[0] in ways):
            ends = sorted(found.get(key, set()) - {None}, key=str)
            said[tuple(ends) or ways.get(key, without)] += n
        many = sum(n for ends, n in said.items() if isinstance(ends, tuple) and ends[TOGETHER:])
        if [*said] == [without] or 2 * many >= number:
            return self.of_things(name, values, first), kept
        end = element.object if isinstance(element, Triple) else None
        near = nearest([end.value] if end and end.kind == "literal" else ())
        return self._shares(said, partial(self._together, path), first=first, near=near), kept

    def _ways(
        self, triple: Triple, gone: str, names: tuple[str, ...], here: Here
    ) -> dict[tuple[Any, ...], str]:
        """How far what is left out gets on a path, and to what; nothing where none gets anywhere."""
        path = triple.path
        if not isinstance(path, Sequence) or triple.subject.text != names[0]:
            return {}
        case, (*parts, _) = self._case, path.parts
        ends, chain = [f"?__end{i}" for i in range(len(parts))], ""
        for one, part, other in reversed([*zip((names[0], *ends[:-1]), parts, ends, strict=True)]):
            step = here.around(f"{one} {case.written(part)} {other}")
            chain = f"OPTIONAL {{ {step} {chain} }}"
        found, said = defaultdict[Any, set[tuple[Any, ...]]](set), dict[tuple[Any, ...], str]()
        for row in case.rows(f"DISTINCT {' '.join((*names, *ends))}", f"{gone} {chain}"):
            terms = [row[i] for i in range(len(names) + len(ends))]
            got = [each for each in terms[len(names) :] if each is not None]
            found[tuple(terms[: len(names)])].add((len(got), *got[-1:]))
        kinds = self._kinds({end for ways in found.values() for _, *last in ways for end in last})
        for key, ways in found.items() if kinds else ():
            far = max(number for number, *_ in ways)
            start = case.query.text[path.start : parts[max(far, 1) - 1].end]
            texts = {
                f"{start} {self._text(end)}"
                if isinstance(end, ox.Literal)
                else self._kind(start, kinds[end])
                for number, *last in ways
                for end in last * (number == far)
            }
            nothing = self._in(say("no %(path)s", path=start))
            said[key] = " + ".join(sorted(texts)) or nothing
        return said

    def _bound(
        self, triple: Triple, own: str, here: Here, figures: tuple[int, int]
    ) -> tuple[Share, ...]:
        """The values that a pattern gives to its object if they are few, or their kinds if several.

        Texts and things of several kinds are told where something depends on what they are.
        """
        name, case, (before, after) = triple.object, self._case, figures
        whole = here.placed(f"{own} {case.of_element(triple)}")
        if is_type(case, triple.path):
            return self._members(triple, whole, after) if name.kind == "iri" else ()
        if name.kind != "variable" or name.value in here.names:
            return ()
        every = (e for scope in case.scopes for e in scope.group.elements)
        others = (e for e in every if not e.start <= triple.start < e.end)
        multiplies = triple.subject.value in here.names and after > before
        is_used = multiplies or case.tree.is_aggregated or name.value in NAMES.mentioned(*others)
        values = parted(case, f"{{ SELECT * {{ {whole} }} LIMIT {_FIRST} }}", name.text)
        counted = Counter({key[0]: number for key, number in values})
        first = _FIRST * (after > _FIRST)
        is_first = not here.names and not triple.subject.is_free and len(counted) <= _KEPT
        if is_first or 1 < len(counted) <= min(_KEPT, counted.total() // 2):
            return self._shares(counted, self._text, _KEPT, first)
        kinds = _summed(counted, self._kinds(counted))
        is_used |= any(isinstance(each, str) and not is_text(each) for each in kinds)
        # What has no class tells little of what the others are.
        little = sum(number for kind, number in kinds.items() if says_little(kind))
        is_told = len(kinds) > 1 and is_used and 2 * little <= kinds.total()
        told, written = [k for k in kinds if not says_little(k)], partial(self._kind, name.text)
        few = self._shares(kinds, written, min(len(told), _KEPT), first, told.count)
        return few if is_told else ()

    def _members(self, triple: Triple, whole: str, after: int) -> tuple[Share, ...]:
        """What the members of a class are if some are of another class, which is not below it, too."""
        case, name = self._case, triple.subject.text
        # Else the rows show it, or what is asked of them beside.
        is_shown = triple.subject.value in NAMES.columns(case.tree) and len(case.spots) > 1
        is_told = name[0] == "?" and after <= _FIRST and (case.tree.is_aggregated or not is_shown)
        classes = parted(case, f"{whole} {name} a ?__class", "?__class") if is_told else []
        known = {*case.query.iris, *case.schema.narrower(triple.object.value)}
        others = (n for (each,), n in classes if each.value not in known)
        if all(number == after for number in others):
            return ()
        counted = Counter({key[0]: number for key, number in parted(case, whole, name)})
        kinds = _summed(counted, self._others(counted))
        other = partial(self._other, name)
        return self._shares(kinds, other, _KEPT, near=bool) if len(kinds) > 1 else ()

    def _shares(
        self,
        counted: Counter[Any],
        written: Callable[[Any], str],
        most: int = 0,
        first: int = 0,
        near: Callable[[Any], int] = lambda _: 0,
    ) -> tuple[Share, ...]:
        """The nearest, the commonest, and the rest, after how many *first* ones they are among.

        All are shown if they are few.
        """
        ranked = sorted(counted.items(), key=lambda e: (-near(e[0]), -e[1], *place(e[0])))
        # Of each language one comes first, of those as near and as common.
        firsts = {id(each): each for each in {language(e[0]): e[0] for e in ranked[::-1]}.values()}
        ranked.sort(key=lambda e: (-near(e[0]), -e[1], id(e[0]) not in firsts))
        sample = Share(self._in(say("among the first %(n)s", n=f"{first:,}")), 0)
        texts = Counter[str]()
        for value, number in ranked[: most or (_KEPT if len(ranked) <= _KEPT else SHOWN)]:
            texts[written(value)] += number
        shares = [Share(text, number) for text, number in texts.items()]
        rest = counted.total() - sum(each.solutions for each in shares)
        # What all of the first ones have, or what few of them have, tells nothing of the others.
        is_one = first == _FIRST and len(counted) == 1
        is_little = bool(first) and (is_one or rest > _REST * counted.total())
        if is_little and not (ranked and near(ranked[0][0])):
            return ()
        return (*[sample] * bool(first and shares), *shares, *[Share("…", rest)] * bool(rest))


def _summed(named: Counter[Any], kinds: dict[Any, Any]) -> Counter[Any]:
    """The solutions of things by what these are."""
    summed = Counter[Any]()
    for term, number in named.items():
        summed[kinds[term]] += number
    return summed


def _beside(condition: str, shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """*shares*, unless the condition itself says all of them."""
    said = re.escape(shares[0].value.strip('"')) if len(shares) == 1 else ""
    return () if said and re.search(rf"(?<![\w.]){said}(?![\w.])", condition) else shares
