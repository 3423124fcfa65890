"""Terms in place of the variables of a query: written at each variable as the grammar there needs it.

The query asks the same as if it had been written with the terms, in subqueries too. Where a variable is
a column of the result, it stays one, with the term as its value. A variable to which the query itself
gives values (VALUES, AS) cannot be bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from gbagraph.errors import BadParameter
from gbagraph.sparql.terms import term
from gbagraph.sparql.tokens import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyoxigraph as ox

_LONGEST: Final = 200_000
"""Characters of the longest query whose variables are bound by texts."""

Place = Literal[
    "term",
    "subject",
    "property",
    "list",
    "column",
    "grouped",
    "key",
    "condition",
    "bound",
    "assigned",
    "end",
]
"""Where a variable stands.

- ``subject``, ``property``: of a triple, so that no literal can stand there
- ``list``: alone between the commas of IN, where several terms can stand
- ``column``: of a SELECT clause
- ``grouped``: a column that is a key of its GROUP BY; ``key``: such a key
- ``condition``: of ORDER BY, without parentheses
- ``bound``: the argument of BOUND
- ``assigned``: where the query gives it a value
- ``end``: the end of the pattern of ``SELECT *``
- ``term``: anywhere else
"""

_CLAUSES: Final = frozenset({"SELECT", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "VALUES"})
_NOT_IN_SELECT: Final = frozenset({"WHERE", "FROM"})
_BEFORE_GROUPS: Final = frozenset({"GRAPH", "SERVICE", "SILENT", "(", ","})
_BETWEEN_TRIPLES: Final = frozenset({"", ".", "{", "}", "<<"})
_OF_CLAUSES: Final[dict[str, Place]] = {"SELECT": "column", "GROUP": "key", "ORDER": "condition"}
_SHAPES: Final[dict[Place, str]] = {
    "column": "({term} AS ?{name})",
    "key": "({term} AS ?{name})",
    "condition": "({term})",
    "bound": "true",
    "end": " BIND({term} AS ?{name}) ",
}


@dataclass(frozen=True, slots=True)
class Slot:
    """A variable in a query: its name, where it stands, and what stands there if it is not bound."""

    name: str
    place: Place
    text: str

    def filled(self, terms: Sequence[str]) -> str:
        """What stands here when the variable is bound to *terms*, which are in SPARQL syntax.

        Raises:
            BadParameter: no such term can stand here, or not so many.
        """
        if self.place == "list":
            return ", ".join(terms)
        if len(terms) != 1:
            raise self._error(
                f"got {len(terms)} values, but stands where only one can; a list is written "
                f"IN (?{self.name})"
            )
        (term,) = terms
        if self.place == "assigned":
            raise self._error("gets its values in the query itself, so none can be bound to it")
        if self.place in ("subject", "property") and not term.startswith("<"):
            raise self._error(f"is the {self.place} of a triple, which {term[:100]} cannot be")
        if self.place == "grouped":
            return self.text
        return _SHAPES.get(self.place, "{term}").format(term=term, name=self.name)

    def _error(self, what: str) -> BadParameter:
        return BadParameter(f"The variable ?{self.name} {what}.", parameter=self.name)


Piece = str | Slot
"""A part of a query: text that stays as it is, or a variable."""


def pieces(query: str, names: Iterable[str]) -> tuple[Piece, ...]:
    """*query* without its comments, split at the variables with these *names* (without ``?``)."""
    return _joined(_Scan(query, frozenset(names)))


def _joined(scan: _Scan) -> tuple[Piece, ...]:
    parts: list[Piece] = []
    text = ""
    for part in scan.parts():
        if isinstance(part, str):
            text += part
        else:
            parts += [text, part]
            text = ""
    return (*parts, text)


def render(parts: Iterable[Piece], terms: Mapping[str, Sequence[str]]) -> str:
    """The query of these *parts* with *terms*, in SPARQL syntax, by the names of their variables.

    Raises:
        BadParameter: as :meth:`Slot.filled`.
    """
    return "".join(
        part
        if isinstance(part, str)
        else (part.filled(terms[part.name]) if part.name in terms else part.text)
        for part in parts
    )


def bind(query: str, terms: Mapping[str, ox.NamedNode | ox.Literal]) -> str:
    """*query* with *terms* in place of the variables with these names (without ``?``).

    Raises:
        BadParameter: the query has no such variable, gives it a value itself, or a literal would be the
            subject or the property of a triple.
    """
    return _filled(_with_all(query, terms), terms) if terms else query


def bound(query: str, bindings: Sequence[tuple[str, str]]) -> str:
    """*query* with the terms that the texts of *bindings* write in place of their variables.

    Raises:
        BadParameter: a variable is bound twice, a text is no term, the query is too long, or as
            :func:`bind`.
    """
    if not bindings:
        return query
    if len(query) > _LONGEST:
        raise BadParameter(
            f"The query has {len(query)} characters. Variables are bound in queries of up to "
            f"{_LONGEST}; write the terms into it, or bind them with VALUES.",
            parameter=f"${bindings[0][0]}",
        )
    texts: dict[str, str] = {}
    for name, text in bindings:
        if name in texts:
            raise BadParameter(f"The variable ?{name} is bound twice.", parameter=f"${name}")
        texts[name] = text
    parts = _with_all(query, texts)
    return _filled(parts, {name: term(name, text) for name, text in texts.items()})


def _with_all(query: str, names: Iterable[str]) -> tuple[Piece, ...]:
    """The pieces of *query*, in which the variables with all these *names* stand."""
    scan = _Scan(query, frozenset(names))
    parts = _joined(scan)
    there = {part.name for part in parts if isinstance(part, Slot) and part.place != "end"}
    for name in names:
        if name not in there:
            raise _no_such_variable(name, scan.variables)
    return parts


def _filled(parts: Iterable[Piece], terms: Mapping[str, ox.NamedNode | ox.Literal]) -> str:
    return render(parts, {name: [str(value)] for name, value in terms.items()})


def _no_such_variable(name: str, has: Sequence[str]) -> BadParameter:
    there = f"It has: {', '.join(has)}." if has else "It has none."
    return BadParameter(f"The query has no variable ?{name}. {there}", parameter=name)


@dataclass(slots=True)
class _Select:
    """A SELECT query or subquery: where its columns stand, and the keys of its groups."""

    columns: list[tuple[int, str]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    has_star: bool = False


@dataclass(slots=True)
class _Group:
    """What is between braces, or the query itself: its SELECT, and the clause that is being read."""

    select: _Select | None = None
    clause: str = ""
    depth: int = 0
    """How many parentheses were open where the clause began."""


class _Scan:
    """One reading of a query, which finds where each of the *wanted* variables stands."""

    def __init__(self, query: str, wanted: frozenset[str]) -> None:
        self._all = [token for token in tokens(query) if token.kind != "comment"]
        self._words = [token for token in self._all if token.kind != "space"]
        self._wanted = wanted
        self._groups = [_Group()]
        self._selects: list[_Select] = []
        self._openers: list[str] = []
        """For each open parenthesis, the word before it."""
        self._places: dict[int, Place] = {}
        self._end: int | None = None
        """Where the brace stands that ends the pattern of ``SELECT *``."""

    @property
    def variables(self) -> list[str]:
        """The names of all variables, in order."""
        return list(dict.fromkeys(t.text[1:] for t in self._words if t.kind == "variable"))

    def parts(self) -> Iterator[Piece]:
        """Texts and slots, in order."""
        for index, token in enumerate(self._words):
            self._read(index, token)
        columns = {start: self._column(s, name) for s in self._selects for start, name in s.columns}
        shown = {name for select in self._selects for _, name in select.columns}
        around_bound = set(self._around_bound())
        for token in self._all:
            if token.start == self._end:
                yield from (Slot(name, "end", "") for name in sorted(self._wanted - shown))
            place = columns.get(token.start) or self._places.get(token.start)
            if place is not None:
                name = token.text[1:]
                yield Slot(name, place, f"BOUND(?{name})" if place == "bound" else f"?{name}")
            elif token.start not in around_bound:
                yield f"?{token.text[1:]}" if token.kind == "variable" else token.text

    @staticmethod
    def _column(select: _Select, name: str) -> Place:
        return "grouped" if name in select.keys else "column"

    def _around_bound(self) -> Iterator[int]:
        """Where the word and the parentheses around each argument of BOUND stand."""
        for index, token in enumerate(self._words):
            if self._places.get(token.start) == "bound":
                yield from (self._words[index + step].start for step in (-2, -1, 1))

    def _text(self, index: int) -> str:
        return self._words[index].text.upper() if 0 <= index < len(self._words) else ""

    def _read(self, index: int, token: Token) -> None:
        group = self._groups[-1]
        if token.kind == "word":
            self._word(group, token.text.upper())
        elif token.text == "(":
            self._openers.append(self._text(index - 1))
        elif token.text == ")":
            self._openers[-1:] = []
        elif token.text == "{":
            self._open(group)
        elif token.text == "}":
            self._close(token)
        elif (
            token.text == "*"
            and group.clause == "SELECT"
            and group.select
            and self._is_outside(group)
        ):
            group.select.has_star = True
        elif token.kind == "variable" and token.text[1:] in self._wanted:
            self._variable(group, index, token)

    def _word(self, group: _Group, word: str) -> None:
        if word in _CLAUSES:
            group.clause, group.depth = word, len(self._openers)
            if word == "SELECT":
                group.select = _Select()
                self._selects.append(group.select)
        elif word in _NOT_IN_SELECT:
            group.clause = ""

    def _is_outside(self, group: _Group) -> bool:
        """Whether no parenthesis is open that was not open where the clause began."""
        return len(self._openers) == group.depth

    def _open(self, group: _Group) -> None:
        if self._is_outside(group):
            group.clause = ""
        self._groups.append(_Group(depth=len(self._openers)))

    def _close(self, token: Token) -> None:
        if len(self._groups) > 1:
            self._groups.pop()
        whole = self._groups[0].select
        if len(self._groups) == 1 and whole is not None and whole.has_star:
            self._end = token.start

    def _variable(self, group: _Group, index: int, token: Token) -> None:
        name, place = token.text[1:], self._place(group, index)
        self._places[token.start] = place
        if group.select is not None and place == "column":
            group.select.columns.append((token.start, name))
        elif group.select is not None and place == "key":
            group.select.keys.add(name)

    def _place(self, group: _Group, index: int) -> Place:
        before, after = self._text(index - 1), self._text(index + 1)
        opener = self._openers[-1] if self._openers else ""
        if before == "AS" or group.clause == "VALUES":
            return "assigned"
        if opener == "BOUND":
            return "bound"
        if opener == "IN" and before in ("(", ",") and after in (")", ","):
            return "list"
        if group.clause and self._is_outside(group):
            return _OF_CLAUSES.get(group.clause, "term")
        return self._of_triple(index) if not group.clause else "term"

    def _of_triple(self, index: int) -> Place:
        before = self._text(index - 1)
        if before in _BETWEEN_TRIPLES:
            return "subject"
        if before in _BEFORE_GROUPS:
            return "term"
        is_second = self._text(index - 2) in _BETWEEN_TRIPLES
        return "property" if before == ";" or is_second else "term"
