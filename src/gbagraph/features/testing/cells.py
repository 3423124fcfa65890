"""Cells: terms as the engine has them, or texts as people write them; tables of them, and their keys."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.rdf import namespaces
from gbagraph.rdf.namespaces import PREFIXES, expand
from gbagraph.rdf.results import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.rdf.formats import Kind


@dataclass(frozen=True, slots=True)
class Loose:
    """A value as a person writes it, in a CSV file or as a Python text.

    It stands for an IRI in full, with a prefix or by its short name, and for any literal with this
    lexical form; if it *may_be_number*, also for every number of this value.
    """

    text: str
    may_be_number: bool = False


Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Cell = Term | Loose | None
"""What stands in a cell; None where a variable is unbound."""

Prefixes = Mapping[str, str]
Close = Callable[[float, float], bool]
"""Whether one number is taken for another."""
OURS: Final[Prefixes] = MappingProxyType(dict(PREFIXES))

_XSD: Final = PREFIXES["xsd"]
_STRING: Final = f"{_XSD}string"
_EXACT: Final = frozenset(_XSD + name for name in (*INTEGERS, "decimal"))
_FLOATING: Final = frozenset(_XSD + name for name in ("double", "float"))
NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_SPECIAL: Final = {"INF": "INF", "+INF": "INF", "-INF": "-INF", "NaN": "NaN"}
_SHORT_NAME: Final = re.compile(r"[^\s:/?#<>\"{}|^`\\]+\Z")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|^`\\]*\Z")


def number(literal: ox.Literal) -> str | None:
    """The value of a numeric literal, the same text for the same value; None for what is no number.

    The value of a double is the shortest decimal that reads as it: 0.1e0 is 0.1, as XPath compares them.
    """
    kind = literal.datatype.value
    if kind in _FLOATING:
        return _SPECIAL.get(literal.value) or _value(literal.value, is_double=True)
    return _value(literal.value, is_double=False) if kind in _EXACT else None


def _value(text: str, *, is_double: bool) -> str | None:
    if not NUMBER.match(text):
        return None
    try:
        return str(Fraction(Decimal(repr(float(text)) if is_double else text)))
    except (InvalidOperation, ValueError, OverflowError):
        return "INF"


def as_float(cell: Cell) -> float | None:
    """Return the number that a cell is; None for NaN, and for what is no number."""
    if isinstance(cell, Loose):
        return float(cell.text) if cell.may_be_number and NUMBER.match(cell.text.strip()) else None
    if isinstance(cell, ox.Literal) and number(cell) not in (None, "NaN"):
        return float(cell.value)
    return None


def exact_key(term: ox.NamedNode | ox.Literal, *, by_value: bool) -> str:
    """A text that two terms have in common if they are equal; *by_value*, numbers of one value are.

    Otherwise their datatype counts too, but not how they are written: engines keep the value.
    """
    if isinstance(term, ox.Literal) and (value := number(term)) is not None:
        return f"number {value}" if by_value else f"number {value} {term.datatype.value}"
    if isinstance(term, ox.Literal) and term.language:  # tags are compared without case
        return f"{ox.Literal(term.value)}@{term.language.lower()}--{term.direction}"
    return str(term)


def loose_keys(cell: Term | Loose | None, prefixes: Prefixes) -> frozenset[str]:
    """What a cell may be taken for; a text written by a person stands for each cell that shares one."""
    if cell is None:
        return frozenset(["text "])
    if isinstance(cell, Loose):
        return frozenset(_readings(cell, prefixes))
    if isinstance(cell, ox.NamedNode):
        return frozenset([f"iri {cell.value}"])
    if not isinstance(cell, ox.Literal):
        return frozenset([str(cell)])
    value = number(cell)
    return frozenset([f"text {cell.value}", *([f"number {value}"] if value is not None else [])])


def _readings(loose: Loose, prefixes: Prefixes) -> list[str]:
    text = loose.text
    readings = [f"text {text}"]
    if loose.may_be_number and (value := _value(text.strip(), is_double=False)) is not None:
        readings.append(f"number {value}")
    prefix, colon, local = text.partition(":")
    if colon and prefix in prefixes:
        readings.append(f"iri {prefixes[prefix]}{local}")
    if _ABSOLUTE.match(text):
        readings.append(f"iri {text}")
    if _SHORT_NAME.match(text):
        readings += [f"iri {prefixes[name]}{text}" for name in ("id", "") if name in prefixes]
    return readings


def written(cell: Cell, prefixes: Prefixes) -> str:
    """Return a cell as Turtle writes it; a dash for what is unbound, a person's text as it stands.

    A text is quoted if it begins or ends with a space, or has several together, so that they show.
    """
    if cell is None:
        return "—"
    if isinstance(cell, Loose):
        is_plain = cell.text and cell.text == " ".join(cell.text.split())
        return cell.text if is_plain else f'"{cell.text}"'
    if isinstance(cell, ox.NamedNode):
        return namespaces.written(cell.value, prefixes)
    if isinstance(cell, ox.Triple):
        parts = " ".join(written(part, prefixes) for part in cell)
        return f"<<( {parts} )>>"
    return _literal(cell, prefixes) if isinstance(cell, ox.Literal) else str(cell)


_BARE: Final = {
    f"{_XSD}integer": re.compile(r"[+-]?\d+\Z"),
    f"{_XSD}decimal": re.compile(r"[+-]?\d*\.\d+\Z"),
    f"{_XSD}double": re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)[eE][+-]?\d+\Z"),
    f"{_XSD}boolean": re.compile(r"(?:true|false)\Z"),
}
"""Literals that Turtle writes without quotes (RDF 1.1 Turtle, sections 2.5.2 and 2.5.3)."""


def _literal(literal: ox.Literal, prefixes: Prefixes) -> str:
    kind = literal.datatype.value
    if kind in _BARE and _BARE[kind].match(literal.value):
        return literal.value
    if literal.language or kind == _STRING:
        return str(literal)
    quoted = str(ox.Literal(literal.value))
    return f"{quoted}^^{namespaces.written(kind, prefixes)}"


GRAPH_COLUMNS: Final = ("subject", "predicate", "object")
_BOOLEAN: Final = ox.NamedNode(expand("xsd:boolean"))


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of an answer; *rows* have a cell for each of the *columns*.

    If it *is_open*, columns that it does not have are unbound in all of its rows. A table from CSV has
    the text of each cell as it was *written*, quotes included.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kind: Kind = "solutions"
    is_open: bool = False
    written: tuple[tuple[str, ...], ...] | None = None


def boolean_table(value: bool) -> Table:
    """Return the answer to ASK."""
    literal = ox.Literal("true" if value else "false", datatype=_BOOLEAN)
    return Table(("boolean",), ((literal,),), "boolean")


def graph_table(triples: Iterable[ox.Triple | ox.Quad]) -> Table:
    """Return the answer to CONSTRUCT or DESCRIBE, each triple once."""
    rows = dict.fromkeys((row.subject, row.predicate, row.object) for row in triples)
    return Table(GRAPH_COLUMNS, tuple(rows), "graph")


class Blank(NamedTuple):
    """A blank node of one of the two tables."""

    side: int
    name: str


Key = tuple["str | Blank", ...]
"""A term has one part, a triple term one for each term in it."""
RowKey = tuple[Key, ...]


def row_keys(
    sides: tuple[Sequence[Sequence[Cell]], Sequence[Sequence[Cell]]],
    *,
    by_value: bool,
    prefixes: Prefixes,
    close: Close | None = None,
) -> tuple[list[RowKey], list[RowKey]]:
    """Return the keys of the rows of two tables with the same columns.

    Of numbers that are *close*, each to the next one, all have one key.
    """
    width = max((len(row) for rows in sides for row in rows), default=0)
    columns = [
        _Column(
            ([row[place] for row in sides[0]], [row[place] for row in sides[1]]),
            by_value,
            prefixes,
            close,
        )
        for place in range(width)
    ]
    first, second = (
        [
            tuple(column.key(cell, side) for column, cell in zip(columns, row, strict=True))
            for row in rows
        ]
        for side, rows in enumerate(sides)
    )
    return first, second


class _Column:
    """One column of two tables. A person's text is one class with all that it may stand for."""

    def __init__(
        self,
        sides: tuple[list[Cell], list[Cell]],
        by_value: bool,
        prefixes: Prefixes,
        close: Close | None,
    ) -> None:
        self._by_value, self._prefixes = by_value, prefixes
        self._above: dict[Key, Key] = {}
        for side, other in ((0, 1), (1, 0)):
            loose = {cell for cell in sides[side] if isinstance(cell, Loose)}
            if loose:
                self._join(loose, sides[other], other)
        if close and any(isinstance(cell, ox.Literal) and number(cell) for cell in sides[1]):
            self._join_close(sides, close)

    def _join_close(self, sides: tuple[list[Cell], list[Cell]], close: Close) -> None:
        numbers = {
            (value, self._own(cell, side))
            for side, column in enumerate(sides)
            for cell in column
            if (value := as_float(cell)) is not None
        }
        for (one, key), (other, following) in pairwise(sorted(numbers)):
            if close(one, other):
                self._unite(key, following)

    def _join(self, loose: set[Loose], cells: Iterable[Cell], side: int) -> None:
        by_reading: dict[str, set[Key]] = defaultdict(set)
        for cell in cells:
            for reading in loose_keys(cell, self._prefixes):
                by_reading[reading].add(self._own(cell, side))
        for text in loose:
            for reading in loose_keys(text, self._prefixes):
                for key in by_reading.get(reading, ()):
                    self._unite(self._own(text, side), key)

    def _unite(self, one: Key, other: Key) -> None:
        first, second = sorted((self._class(one), self._class(other)), key=repr)
        if first != second:
            self._above[second] = first

    def _class(self, key: Key) -> Key:
        while key in self._above:
            key = self._above[key]
        return key

    def key(self, cell: Cell, side: int) -> Key:
        return self._class(self._own(cell, side))

    def _own(self, cell: Cell, side: int) -> Key:
        if cell is None:
            return ("unbound",)
        if isinstance(cell, Loose):
            return (f"loose {cell.text}",)
        if isinstance(cell, ox.BlankNode):
            return (Blank(side, cell.value),)
        if isinstance(cell, ox.Triple):
            parts = [part for term in cell for part in self._own(term, side)]
            return ("<<", *parts, ">>")
        return (exact_key(cell, by_value=self._by_value),)


def blanks(row: RowKey) -> set[Blank]:
    """Return the blank nodes in a row."""
    return {part for key in row for part in key if isinstance(part, Blank)}


def with_blanks(row: RowKey, name: Callable[[Blank], object]) -> RowKey:
    """Return a row in which blank nodes are named so."""
    return tuple(
        tuple(f"_{name(part)}" if isinstance(part, Blank) else part for part in key) for key in row
    )


def without_blanks(row: RowKey) -> RowKey:
    """Return a row in which all blank nodes are alike."""
    return with_blanks(row, lambda _: "")
