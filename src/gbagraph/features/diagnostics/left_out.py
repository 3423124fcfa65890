"""What a step leaves out and what it keeps: what the solutions on either side of it have there.

The engine parts the solutions before a step by what decides there, or by the thing that a pattern asks
of; it also says what those things have instead. Nothing is said that does not add up.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.api.explanations import BOUND, Share
from gbagraph.features.diagnostics.finding import TYPE
from gbagraph.features.diagnostics.glosses import label
from gbagraph.features.diagnostics.schema import is_text, kind_of
from gbagraph.names.texts import local_name
from gbagraph.rdf.dataset import access
from gbagraph.sparql.message import Message, say
from gbagraph.sparql.nodes import (
    NAMES,
    Call,
    Exists,
    Minus,
    Repeat,
    Sequence,
    Triple,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.sparql.nodes import Element, Expression, Path

_FIRST: Final = 2_000
"""Solutions before a pattern of which is asked what they have instead."""
_SHOWN: Final = 4
"""Values of what is left out that are shown."""
_KEPT: Final = 6
"""Values of what is kept up to which they are shown: all of them."""
_LONGEST: Final = 48
"""Characters of a value that are shown."""
_SHORT: Final = 9
"""Characters of a name that says nothing, which stand beside a label that looks like a value."""
TOGETHER: Final = 3
"""Values of one thing, or of one solution, that are shown."""
_TESTS: Final = frozenset(
    {"!", "&&", "||", "=", "!=", "<", ">", "<=", ">=", "IN", "NOT IN", "REGEX", "CONTAINS", "STRSTARTS",
     "STRENDS", "LANGMATCHES", "STR", "LCASE", "UCASE", "SAMETERM", "BOUND", "ISIRI", "ISURI",
     "ISLITERAL", "ISBLANK", "ISNUMERIC"}
)  # fmt: skip
"""Calls whose argument says more than they do."""
_BLANK: Final = re.compile(r"\?_blank_\d+")

Parted = list[tuple[tuple[Any, ...], int]]
"""Values of some variables, each None where it has none, with the number of solutions that have them."""
Both = tuple[tuple[Share, ...], tuple[Share, ...]]
"""What is left out, and what is kept."""


class Here(NamedTuple):
    """Where a group stands.

    *placed* puts a pattern of its own into what is before and around it, *names* are the variables that
    have a value there, *graph* is the one that it is matched in, as it is written.
    """

    placed: Callable[[str], str] = str
    names: frozenset[str] = frozenset()
    graph: str = ""

    def around(self, pattern: str) -> str:
        """Return *pattern* as it is matched in the graph."""
        return f"GRAPH {self.graph} {{ {pattern} }}" if self.graph else pattern


def parted(case: Case, pattern: str, *names: str) -> Parted:
    """Part the solutions of a pattern by the values of variables, of up to :data:`BOUND` solutions."""
    some = f"{{ SELECT {' '.join(names) or '*'} {{ {pattern} }} LIMIT {BOUND} }}"
    by = f"GROUP BY {' '.join(names)}" * bool(names)
    rows = case.rows(f"{' '.join(names)} (COUNT(*) AS ?__n)", some, by)
    return [(tuple(row[i] for i in range(len(names))), int(row[len(names)].value)) for row in rows]


def tested(case: Case, condition: Expression) -> tuple[str, list[str]]:
    """What a condition decides by, and the variables in it, of which it is empty if they are several."""
    part = condition
    while isinstance(part, Call) and part.name in _TESTS:
        open_ = [each for each in part.arguments if [*variables(each)] or isinstance(each, Exists)]
        if len(open_) != 1:
            break
        (part,) = open_
    names = [*dict.fromkeys(term.text for term in variables(part))]
    if len(names) != 1:
        return "", names
    is_test = isinstance(part, Call) and part.name in _TESTS
    return names[0] if is_test else case.written(part), names


class Sides:
    """What is said of both sides of the steps of a query, in a language."""

    def __init__(self, case: Case, language: str) -> None:
        self._case, self._language = case, language
        self._special = cache(lambda classes: tuple(sorted(case.schema.special(classes))))

    def of_values(self, condition: str, names: list[str], values: Parted) -> Both:
        """What is left out by a condition and what is kept, of values parted by its truth and theirs."""
        out, kept = (
            # What is in error comes first of what is as common.
            Counter({(t.value != "2", *v): n for (t, *v), n in values if (t.value == "1") is side})
            for side in (False, True)
        )

        def written(key: tuple[Any, ...]) -> str:
            text = " + ".join(
                self._in(say("%(name)s has no value", name=name))
                if each is None
                else self._text(each)
                for name, each in zip(names, key[1:], strict=True)
            )
            is_right = key[0] or None in key
            return text if is_right else self._in(say("%(value)s (in error)", value=text))

        first = BOUND * (out.total() + kept.total() >= BOUND)
        # Combinations are told where either of two conditions may keep them, or not each is its own.
        is_any = len(names) == 1 or "||" in condition
        most = _KEPT if is_any else min(_KEPT, kept.total() // 2)
        # Of what has some text in it, the first show what else it lets in.
        is_of_text = len(names) == 1 and bool(out) and condition.count('"') > 1
        is_shown = len(kept) <= most or is_of_text
        few = self._shares(kept, written, _KEPT, first) if is_shown else ()
        is_told = len(names) == 1 or len(out) <= _KEPT
        left_out = self._shares(out, written, first=first) if is_told else ()
        return _beside(condition, left_out), _beside(condition, few)

    def of_things(self, name: str, values: Parted, first: int = 0) -> tuple[Share, ...]:
        """What things are: their names where these are few or their classes asked for; else kinds."""
        named = Counter[Any]()
        for key, number in values:
            named[key[0] if key else None] += number
        if None in named:
            return ()
        kinds: dict[Any, Any] = self._kinds(named)
        asked_for = self._case.query.iris
        mentioned = {each for each in kinds if getattr(each, "value", "") in asked_for}
        is_bare = not mentioned and not any(kinds.values()) and self._are_bare(kinds)
        kinds = dict.fromkeys(kinds) if is_bare else kinds
        plain = {
            each for each, kind in kinds.items() if kind is not None and asked_for.issuperset(kind)
        }
        plain |= mentioned | {each for each in kinds if isinstance(each, ox.Literal)}
        if plain.isdisjoint(named) and len(named) <= TOGETHER and len({*kinds.values()}) == 1:
            return self._shares(
                named, lambda each: self._kind(self._text(each), kinds[each]), first=first
            )
        is_few = len(named) <= _KEPT and not is_bare
        if is_few or 2 * sum(named[each] for each in plain) >= named.total():
            return self._shares(named, self._text, _KEPT if is_few else _SHOWN, first)
        return self._shares(_summed(named, kinds), partial(self._kind, name), first=first)

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
        text = f"EXISTS {{ {here.around(case.written(group) if group else case.of_element(element))} }}"
        some = f"{{ SELECT * {{ {here.placed(own)} }} LIMIT {_FIRST} }}"
        gone = f"{some} FILTER {'NOT ' * (group is None)}{text}"
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
            return self.of_things(name, values, first), kept
        found = defaultdict[Any, set[Any]](set)
        by = f"DISTINCT {' '.join(names)} ?__end"
        other = f"{gone} OPTIONAL {{ {here.around(instead)} }}"
        for row in case.rows(by, other) if instead else ():
            found[tuple(row[i] for i in range(len(names)))].add(row[len(names)])
        said, without = Counter[str](), self._in(say("no %(path)s", path=path))
        for key, number in (each for each in values if each[0] in found or each[0] in ways):
            ends = tuple(sorted(found.get(key, set()) - {None}, key=str))
            said[self._together(ends) or ways.get(key, without)] += number
        return self._shares(said, str, first=first), kept

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
        if name.kind != "variable" or name.value in here.names or is_type(case, triple.path):
            return ()
        groups = (scope.group.elements for scope in case.scopes)
        others = (e for g in groups for e in g if not e.start <= triple.start < e.end)
        multiplies = triple.subject.value in here.names and after > before
        is_used = multiplies or case.tree.is_aggregated or name.value in NAMES.mentioned(*others)
        whole = here.placed(f"{own} {case.of_element(triple)}")
        values = parted(case, f"{{ SELECT * {{ {whole} }} LIMIT {_FIRST} }}", name.text)
        counted = Counter({key[0]: number for key, number in values})
        first = _FIRST * (after > _FIRST)
        if 1 < len(counted) <= min(_KEPT, counted.total() // 2):
            return self._shares(counted, self._text, _KEPT, first)
        kinds = _summed(counted, self._kinds(counted))
        is_used |= any(isinstance(each, str) and not is_text(each) for each in kinds)
        is_told = len(kinds) > 1 and is_used
        return self._shares(kinds, partial(self._kind, name.text), _KEPT, first) if is_told else ()

    def _kinds(self, terms: Iterable[Any]) -> dict[Any, str | tuple[str, ...]]:
        """The kinds of literals, and the classes of things: those that the query does not ask for."""
        schema, asked_for, kinds = self._case.schema, self._case.query.iris, dict[Any, Any]()
        access(schema.store).prefetch(terms, (ox.NamedNode(TYPE),))
        for term in terms:
            if isinstance(term, ox.Literal):
                kinds[term] = kind_of(term)
                continue
            is_node = isinstance(term, ox.NamedNode | ox.BlankNode)  # and not a triple
            classes = self._special(tuple(schema.classes_of(term) if is_node else ()))
            kinds[term] = tuple(each for each in classes if each not in asked_for) or classes
        return kinds

    def _kind(self, name: str, kind: str | tuple[str, ...] | None) -> str:
        """A kind of literal, or classes of what a variable stands for; None if it is not described."""
        if isinstance(kind, str):
            return kind if kind[0] == "@" else self._case.named(kind)
        named, name = ", ".join(map(self._case.named, kind or ())), _BLANK.sub("[]", name)
        if kind is None:
            return self._in(say("%(name)s not described here", name=name))
        return f"{name} a {named}" if named else self._in(say("%(name)s of no class", name=name))

    def _together(self, terms: tuple[Any, ...]) -> str:
        """Some values of one thing."""
        return " + ".join(map(self._text, terms[:TOGETHER])) + " + …" * (len(terms) > TOGETHER)

    def _shares(
        self,
        counted: Counter[Any],
        written: Callable[[Any], str],
        most: int = _SHOWN,
        first: int = 0,
    ) -> tuple[Share, ...]:
        """The commonest and the number of the rest, after how many *first* ones they are among."""
        ranked = sorted(counted.items(), key=lambda each: (-each[1], str(each[0])))
        sample = Share(self._in(say("among the first %(n)s", n=f"{first:,}")), 0)
        shares = [Share(written(value), number) for value, number in ranked[:most]]
        rest = counted.total() - sum(each.solutions for each in shares)
        return (*[sample] * bool(first and shares), *shares, *[Share("…", rest)] * bool(rest))

    def _text(self, value: Any) -> str:  # noqa: ANN401  a term
        text = self._case.shown(value)
        # A label says more than a part of an IRI.
        if text[0] == "<" and isinstance(value, ox.NamedNode):
            name = local_name(value.value)
            text = label(self._case.names, self._case.schema.store, value.value)
            text = text if re.search(r"[^\W\d_]", text) else f"{name[:_SHORT]}… ({text})"
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

    def _in(self, said: Message) -> str:
        return said.text(self._language)


def asked(case: Case, element: Element | Exists, here: Here) -> tuple[str, str, str]:
    """Of which variable an element asks something, by which path, and what asks for all it has by that.

    The path is empty where the element binds what is at its other end; all is empty where none of
    its variables has a value.
    """
    if not isinstance(element, Triple):
        parts = element.group.elements if isinstance(element, Exists) else (element,)
        names = here.names & NAMES.mentioned(*parts)
        text = case.written(element)
        first = min(names, key=text.find, default="")
        return f"?{first}" * bool(first), "", ""
    path = _plain(case, element.path)
    ends = element.subject, element.object
    for (one, other), form in ((ends, "{} {} ?__end"), (ends[::-1], "?__end {1} {0}")):
        if one.is_free and one.value in here.names:
            is_given = not other.is_free or other.value in here.names
            is_value = is_given and not is_type(case, element.path)
            return one.text, path, form.format(one.text, path) * is_value
    return "", "", ""


def _plain(case: Case, path: Path) -> str:
    """A path without what is repeated at its end."""
    if isinstance(path, Repeat):
        return case.written(path.path)
    parts = path.parts if isinstance(path, Sequence) else (path,)
    while isinstance(parts[-1], Repeat) and len(parts) > 1:
        parts = parts[:-1]
    return getattr(path, "text", "") or case.query.text[path.start : parts[-1].end]


def _summed(named: Counter[Any], kinds: dict[Any, Any]) -> Counter[Any]:
    """The solutions of things by what these are."""
    summed = Counter[Any]()
    for term, number in named.items():
        summed[kinds[term]] += number
    return summed


def is_type(case: Case, path: Path) -> bool:
    """Whether a path leads to the classes of things."""
    return _plain(case, path) in ("a", "rdf:type")


def _beside(condition: str, shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """*shares*, unless the condition itself says all of them."""
    said = re.escape(shares[0].value.strip('"')) if len(shares) == 1 else ""
    return () if said and re.search(rf"(?<![\w.]){said}(?![\w.])", condition) else shares
