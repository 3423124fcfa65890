"""Nodes without a name: what is said of them stands in their place."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from gbagraph.features.things import meanings
from gbagraph.rdf.namespaces import PREFIXES
from gbagraph.rdf.results import Value, named, rows
from gbagraph.web.templating import called

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FIRST, _REST, _NIL = (PREFIXES["rdf"] + name for name in ("first", "rest", "nil"))
_DEPTH: Final = 3
"""Nodes within nodes that are shown."""
_ITEMS: Final = 40
"""Items of a list that are shown."""


class Part(NamedTuple):
    """A value, and what is said of it if it has no name."""

    value: Value
    nested: Nested | None = None

    @property
    def text(self) -> str:
        """The value in words."""
        return self.nested.text if self.nested else called(self.value)


class Nested(NamedTuple):
    """The *kinds* of a node, what else is *said* of it, the *items* of a list, and in what it stands."""

    kinds: tuple[Value, ...] = ()
    said: tuple[tuple[Value, tuple[Part, ...]], ...] = ()
    items: tuple[Part, ...] = ()
    inside: tuple[Value, ...] = ()

    @property
    def text(self) -> str:
        """All of it in words."""
        said = [f"{called(name)} {', '.join(p.text for p in parts)}" for name, parts in self.said]
        texts = [*map(called, self.kinds), *said, *(part.text for part in self.items)]
        return ", ".join(texts) or "…"


_Said = dict[str, list[tuple[Value, dict[str, str], Value]]]
"""By node the properties, with the terms of their values and how these are shown."""


def read(results: bytes, nodes: Iterable[str]) -> dict[str, Nested]:
    """Return what is said of *nodes* without a name, from the answer to ``thing-nested`` with labels."""
    said, inside = _read(results)
    return {
        node: _nested(node, said, _DEPTH)._replace(inside=tuple(inside[node])) for node in nodes
    }


def _read(results: bytes) -> tuple[_Said, dict[str, dict[Value, None]]]:
    said: _Said = defaultdict(list)
    inside: dict[str, dict[Value, None]] = defaultdict(dict)
    for row in rows(results):
        node, value = row["node"]["value"], named(row, "value")
        if "inside" not in row:
            said[node].append((named(row, "property"), row["value"], value))
        elif value.iri:
            inside[node][value] = None
    return said, inside


def _nested(node: str, said: _Said, depth: int) -> Nested:
    kinds = tuple(value for name, _, value in said[node] if name.iri == meanings.TYPE)
    by_name: dict[Value, list[Part]] = defaultdict(list)
    for name, term, value in said[node]:
        if name.iri not in (meanings.TYPE, _FIRST, _REST):
            by_name[name].append(_part(term, value, said, depth))
    rest = tuple((name, tuple(parts)) for name, parts in sorted(by_name.items(), key=_order))
    return Nested(kinds, rest, tuple(_items(node, said, depth)))


def _order(entry: tuple[Value, list[Part]]) -> tuple[bool, str]:
    return any(part.nested for part in entry[1]), entry[0].text


def _part(term: Mapping[str, str], value: Value, said: _Said, depth: int) -> Part:
    if term["type"] != "bnode":
        return Part(value)
    return Part(Value("…"), _nested(term["value"], said, depth - 1) if depth else Nested())


def _items(cell: str, said: _Said, depth: int) -> Iterable[Part]:
    for _ in range(_ITEMS):
        of_cell = {name.iri: (term, value) for name, term, value in said[cell]}
        if _FIRST not in of_cell:
            return
        yield _part(*of_cell[_FIRST], said, depth)
        cell = of_cell.get(_REST, ({"value": _NIL},))[0]["value"]
