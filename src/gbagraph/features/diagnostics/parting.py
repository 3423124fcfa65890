"""The solutions before a step: how they are asked for, and parted by what decides there."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.api.explanations import BOUND
from gbagraph.features.diagnostics.schema import NUMBERS, is_text, kind_of
from gbagraph.sparql.nodes import NAMES, Call, Exists, Repeat, Sequence, Triple, variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gbagraph.features.diagnostics.case import Case
    from gbagraph.sparql.nodes import Element, Expression, Path

_TESTS: Final = frozenset(
    {"!", "&&", "||", "=", "!=", "<", ">", "<=", ">=", "IN", "NOT IN", "REGEX", "CONTAINS", "STRSTARTS",
     "STRENDS", "LANGMATCHES", "STR", "LCASE", "UCASE", "SAMETERM", "BOUND", "ISIRI", "ISURI",
     "ISLITERAL", "ISBLANK", "ISNUMERIC"}
)  # fmt: skip
"""Calls whose argument says more than they do."""

_WHOLE: Final = 100
"""How much nearer is what has a text as a whole."""
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-\w+)*")
_BEGINS: Final = 3
"""Letters at its beginning by which a text is like another."""

Parted = list[tuple[tuple[Any, ...], int]]
"""Values of some variables, each None where it has none, with the number of solutions that have them."""


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
    part, is_truth = condition, True
    while isinstance(part, Call) and part.name in _TESTS:
        is_truth &= part.name in ("!", "&&", "||")
        open_ = [each for each in part.arguments if [*variables(each)] or isinstance(each, Exists)]
        if len(open_) != 1:
            break
        (part,) = open_
    names = [*dict.fromkeys(term.text for term in variables(part))]
    if len(names) != 1:
        return "", names
    # Of what is but true or false, that on which it depends says more.
    is_test = isinstance(part, Call) and (part.name in _TESTS or is_truth)
    return names[0] if is_test else case.written(part), names


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
            instead = form.format(one.text, path) * is_value
            return one.text, path if one is ends[0] else _inverse(path), instead
    return "", "", ""


def _plain(case: Case, path: Path) -> str:
    """A path without what is repeated at its end."""
    if isinstance(path, Repeat):
        return case.written(path.path)
    parts = path.parts if isinstance(path, Sequence) else (path,)
    while isinstance(parts[-1], Repeat) and len(parts) > 1:
        parts = parts[:-1]
    return getattr(path, "text", "") or case.query.text[path.start : parts[-1].end]


def _inverse(path: str) -> str:
    if path[0] == "^" and not re.search(r"[/|]", path):
        return path[1:]
    return f"^({path})" if re.search(r"[/|*+?]", path) else f"^{path}"


def is_type(case: Case, path: Path) -> bool:
    """Whether a path leads to the classes of things."""
    return _plain(case, path) in ("a", "rdf:type")


def is_number(value: Any) -> bool:  # noqa: ANN401  a term
    """Whether a value is a number."""
    return isinstance(value, ox.Literal) and value.datatype.value in NUMBERS


def nearest(texts: Iterable[str], has_language: bool = False) -> Callable[[Any], int]:
    """How near a value is to what a condition asks for: how much of its words it has.

    What begins like one of them is nearer, in whatever case; also what is in its language, which is
    told by one of *texts* if it *has* one, or in its script if that is not the Latin one.
    """
    wanted = [text.casefold() for text in texts]
    languages = {text for text in wanted if has_language and _LANGUAGE.fullmatch(text)}
    wanted = [text for text in wanted if text not in languages]
    sought = {word for text in wanted for word in re.findall(r"[^\W_]{2,}", text)}
    letters = _scripts("".join(wanted))

    def near(value: Any) -> int:  # noqa: ANN401  a value, or some behind a truth
        if isinstance(value, tuple):
            return max(map(near, value), default=0)
        is_other = isinstance(value, ox.Literal) and not is_text(kind_of(value))
        text = "" if is_other else getattr(value, "value", "").casefold()
        begins = any(text[:_BEGINS] == word[:_BEGINS] for word in sought if len(word) >= _BEGINS)
        whole = max((1 + (each == text) for each in wanted if each and each in text), default=0)
        own = language(value).casefold()
        whole += bool({own, own.partition("-")[0]} & languages) + bool(letters & _scripts(text))
        return 2 * sum(word in text for word in sought) + begins + _WHOLE * whole

    return near


def language(key: Any) -> str:  # noqa: ANN401  a value, or some
    """The language of the last value that has one."""
    values = key if isinstance(key, tuple) else (key,)
    return next(filter(None, (getattr(each, "language", "") for each in values[::-1])), "")


def _scripts(text: str) -> set[str]:
    """The scripts of the letters in *text* but the Latin ones, by how their names begin."""
    return {unicodedata.name(each, "")[:3] for each in text if each > "\u024f" and each.isalpha()}


def place(key: Any) -> tuple[str, float, str]:  # noqa: ANN401  a value, or some
    """Where values stand among those as common: what is in error first, numbers in their order."""
    first, *values = (str(key[0]), *key) if isinstance(key, tuple) and key else ("", key)
    number = inf
    with suppress(ValueError):
        number = next((float(v.value) for v in values[::-1] if is_number(v)), inf)
    return first if first in ("True", "False") else "", number, str(key)
