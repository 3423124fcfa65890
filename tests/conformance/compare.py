"""Are two results the same? Blank nodes are matched one to one, everything else by term.

A solution sequence and a graph are both a multiset of rows of terms, so one algorithm serves both:
rows without blank nodes are counted; blank nodes get colours by the rows they stand in, refined until
they settle; what is left is tried row by row.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import pyoxigraph as ox

from conformance.rdf import Term
from conformance.results import Boolean, Result, Row, Solutions, Triples

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_INTEGERS: Final = frozenset(
    {
        *("integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger"),
        *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
        *("nonPositiveInteger", "negativeInteger"),
    }
)

Colours = dict[ox.BlankNode, int]
Bijection = dict[ox.BlankNode, ox.BlankNode]


def difference(expected: Result, actual: Result, *, lax: bool = False) -> str | None:
    """What is different in one sentence; None if nothing is.

    With *lax*, solutions may be repeated more or less often (REDUCED).
    """
    if type(expected) is not type(actual):
        return f"expected {_kind(expected)}, got {_kind(actual)}"
    if isinstance(expected, Boolean) or isinstance(actual, Boolean):
        return None if expected == actual else f"expected {expected}, got {actual}"
    ordered = False
    if isinstance(expected, Solutions) and isinstance(actual, Solutions):
        if expected.variables != actual.variables:
            return f"expected the variables {expected.variables}, got {actual.variables}"
        ordered = expected.ordered
    first, second = expected.rows, actual.rows
    if lax:
        first, second = list(dict.fromkeys(first)), list(dict.fromkeys(second))
    same = _same_sequence(first, second) if ordered else _same_multiset(first, second)
    return None if same else _account(first, second, ordered=ordered)


def by_value(result: Result) -> Result:
    """The result with each number in one lexical form of its value; datatypes stay.

    The suites' results are in the forms that their authors' engines wrote. SPARQL does not say which
    form a computed number has, and a test that needs the form of a stored one says so.
    """
    if isinstance(result, Boolean):
        return result
    return replace(result, rows=[tuple(map(_normalized, row)) for row in result.rows])


def _normalized(term: Any) -> Any:
    if isinstance(term, ox.Triple):
        return ox.Triple(*map(_normalized, term))
    if not isinstance(term, ox.Literal):
        return term
    kind = term.datatype.value.removeprefix(_XSD)
    try:
        if kind in ("float", "double"):
            return ox.Literal(repr(float(term.value)), datatype=term.datatype)
        if kind == "decimal" or kind in _INTEGERS:
            return ox.Literal(str(Decimal(term.value).normalize()), datatype=term.datatype)
    except (ValueError, ArithmeticError):
        pass  # no number after all: the term stands for itself
    return term


def _kind(result: Result) -> str:
    return {Solutions: "solutions", Boolean: "a boolean", Triples: "a graph"}[type(result)]


def _account(expected: Sequence[Row], actual: Sequence[Row], *, ordered: bool) -> str:
    missing = Counter(map(_shown, expected))
    surplus = Counter(map(_shown, actual))
    missing, surplus = missing - surplus, surplus - missing
    if not missing and not surplus:
        return "the rows are in another order" if ordered else "the blank nodes do not match"
    found = [f"missing: {row}" for row in sorted(missing.elements())[:3]]
    found += [f"too many: {row}" for row in sorted(surplus.elements())[:3]]
    return f"{len(expected)} rows expected, {len(actual)} found; " + "; ".join(found)


def _shown(row: Row) -> str:
    return " ".join("_:" if isinstance(term, ox.BlankNode) else str(term or "-") for term in row)


def _same_sequence(first: Sequence[Row], second: Sequence[Row]) -> bool:
    if len(first) != len(second):
        return False
    bijection: Bijection | None = {}
    for left, right in zip(first, second, strict=True):
        bijection = _unify(left, right, bijection) if bijection is not None else None
    return bijection is not None


def _same_multiset(first: Sequence[Row], second: Sequence[Row]) -> bool:
    left, right = _coloured(first), _coloured(second)
    if _sizes(left) != _sizes(right):
        return False
    # Rows of a rare look first: they leave the least to try.
    looks = sorted(left, key=lambda look: len(left[look]))
    unmatched = [
        (first[position], right[look])
        for look in looks
        for position in left[look]
        if any(_blank_nodes(first[position]))
    ]
    return _match(unmatched, second, frozenset(), {})


def _sizes(grouped: dict[int, list[int]]) -> dict[int, int]:
    return {look: len(positions) for look, positions in grouped.items()}


def _match(
    unmatched: list[tuple[Row, list[int]]],
    rows: Sequence[Row],
    used: frozenset[int],
    bijection: Bijection,
) -> bool:
    if not unmatched:
        return True
    (row, candidates), *others = unmatched
    for position in candidates:
        found = None if position in used else _unify(row, rows[position], bijection)
        if found is not None and _match(others, rows, used | {position}, found):
            return True
    return False


def _coloured(rows: Sequence[Row]) -> dict[int, list[int]]:
    """Positions of the rows, by what the rows look like with colours for blank nodes."""
    colours: Colours = {node: 0 for row in rows for node in _blank_nodes(row)}
    count = 0
    while len(set(colours.values())) > count:
        count = len(set(colours.values()))
        colours = _refined(rows, colours)
    grouped: dict[int, list[int]] = defaultdict(list)
    for position, row in enumerate(rows):
        grouped[hash(_signature(row, colours, None))].append(position)
    return grouped


def _refined(rows: Sequence[Row], colours: Colours) -> Colours:
    seen: dict[ox.BlankNode, list[int]] = defaultdict(list)
    for row in rows:
        for node in set(_blank_nodes(row)):
            seen[node].append(hash(_signature(row, colours, node)))
    return {node: hash((colours[node], *sorted(found))) for node, found in seen.items()}


def _signature(term: Any, colours: Colours, marked: ox.BlankNode | None) -> Any:
    """A term or row with colours in the place of blank nodes; the marked one is told apart."""
    if isinstance(term, ox.BlankNode):
        return ("marked", 0) if term == marked else ("blank", colours[term])
    if isinstance(term, tuple | ox.Triple):
        return tuple(_signature(part, colours, marked) for part in term)
    return term


def _blank_nodes(term: Any) -> Iterator[ox.BlankNode]:
    if isinstance(term, ox.BlankNode):
        yield term
    elif isinstance(term, tuple | ox.Triple):
        for part in term:
            yield from _blank_nodes(part)


def _unify(
    left: Row | Term | None, right: Row | Term | None, bijection: Bijection
) -> Bijection | None:
    """The bijection extended so that both are the same; None if it cannot be."""
    if isinstance(left, ox.BlankNode) and isinstance(right, ox.BlankNode):
        if left in bijection:
            return bijection if bijection[left] == right else None
        return None if right in bijection.values() else {**bijection, left: right}
    if isinstance(left, tuple | ox.Triple) and isinstance(right, tuple | ox.Triple):
        found: Bijection | None = bijection
        for one, other in zip(left, right, strict=True):
            found = _unify(one, other, found) if found is not None else None
        return found
    return bijection if left == right else None
