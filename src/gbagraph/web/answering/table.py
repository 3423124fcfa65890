"""The rows of an answer as a page shows them: values with labels, columns, what each row rests on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gbagraph.rdf.results import Value, value_of
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.sources import Source, remark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gbagraph.web.answering.address import Address

    _Term = Mapping[str, Any]
    _Row = Mapping[str, _Term]

_STAR: Final = re.compile(r"(?:\A|\s)SELECT\s+(?:DISTINCT\s+|REDUCED\s+)?\*", re.IGNORECASE)
_LONGEST: Final = 1000
"""Characters of a text that a cell shows."""
_LINKED: Final = 500_000
"""Characters of queries in the links of all columns; a page with more has none to sort by."""
_NUMBERS: Final = ("integer", "decimal", "double", "float", "long", "int", "short", "byte")


@dataclass(frozen=True, slots=True)
class Cell:
    """The values in one place of a table: one, or the three of a triple; none where nothing is bound."""

    values: tuple[Value, ...] = ()
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, how it is sorted (``ascending``, ``descending`` or not), and a link to do so.

    The link is empty in very wide answers. *note* is the datatype or the language that all its texts
    have, which is not repeated beside each.
    """

    name: str
    sorted: str
    link: str
    is_number: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rests:
    """On what a row rests: sources, endpoints, a sentence on what else, and whether that is all."""

    sources: tuple[Value, ...]
    note: str = ""
    is_all: bool = True
    services: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; ``evidence`` has for each row what it rests on, or nothing at all."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    evidence: tuple[Rests, ...] = ()


def in_order(names: Sequence[str], query: str) -> Sequence[str]:
    """The columns of ``SELECT *`` as the query mentions them; the engine sorts them by name."""
    if not _STAR.search(query):
        return names
    places = {name: place for place, name in enumerate(ParsedQuery(query).variables)}
    return sorted(names, key=lambda name: places.get(name, len(places)))


def table(read: Mapping[str, Any], query: str, address: Address) -> Table:
    """The table of a page of an answer to *query*, as :mod:`gbagraph.engine.paging` writes it.

    A column ``xLabel`` with the labels of what is in the column ``x`` is shown in that.
    """
    bindings: Sequence[_Row] = read["results"]["bindings"]
    names = in_order(read["head"]["vars"], query)
    labelling = _labelling(names, bindings)
    shown_names = [name for name in names if name not in labelling.values()]
    labels = read["labels"]
    rows = tuple(
        tuple(_cell(row, name, labels, labelling.get(name, "")) for name in shown_names)
        for row in bindings
    )
    can_sort = address.is_linkable and len(names) * len(query) <= _LINKED
    columns = tuple(
        _column(name, [row[place] for row in rows], address, can_sort=can_sort)
        for place, name in enumerate(shown_names)
    )
    rows = tuple(tuple(map(_without_note, row, columns)) for row in rows)
    evidence = tuple(_rests(row, labels) for row in read["results"].get("evidence", ()))
    return Table(columns, rows, evidence)


def _labelling(names: Sequence[str], bindings: Sequence[_Row]) -> dict[str, str]:
    """For columns of IRIs the column with their labels, where the query has one."""
    pairs = ((name, f"{name}Label") for name in names if f"{name}Label" in names)
    return {
        name: label
        for name, label in pairs
        if all(
            (name not in row or row[name]["type"] == "uri")
            and (label not in row or (name in row and row[label]["type"] == "literal"))
            for row in bindings
        )
    }


def _column(name: str, cells: Sequence[Cell], address: Address, *, can_sort: bool) -> Column:
    filled = [cell for cell in cells if cell.values]
    is_number = bool(filled) and all(cell.is_number for cell in filled)
    how = {name: "ascending", f"-{name}": "descending"}.get(address.order, "")
    after = {"": name, "ascending": f"-{name}", "descending": None}[how]
    notes = {value.note for cell in filled for value in cell.values}
    note = notes.pop() if len(notes) == 1 else ""
    link = address.link(order=after) if can_sort else ""
    return Column(name, how, link, is_number, note)


def _without_note(cell: Cell, column: Column) -> Cell:
    """*cell* without what the head of its column says."""
    if not column.note or len(cell.values) != 1:
        return cell
    return replace(cell, values=(replace(cell.values[0], note=""),))


def _cell(row: _Row, name: str, labels: Mapping[str, _Term], label_column: str) -> Cell:
    term = row.get(name)
    if term is None:
        return Cell()
    if term["type"] == "triple":
        parts = (term["value"][part] for part in ("subject", "predicate", "object"))
        return Cell(tuple(shown(part, labels) for part in parts))
    own = row.get(label_column)
    if own is not None:
        return Cell((value_of(dict(term), dict(own)),))
    value = shown(term, labels)
    return Cell((value,), value.note.partition(":")[0] in _NUMBERS and not value.language)


def shown(term: _Term, labels: Mapping[str, _Term]) -> Value:
    """A term, with its label if it is an IRI that has one; a long text is cut."""
    if term["type"] == "bnode":
        return Value(f"_:{term['value']}")
    if term["type"] == "triple":
        parts = (term["value"][part] for part in ("subject", "predicate", "object"))
        return Value(" ".join(shown(part, labels).text for part in parts))
    label = labels.get(term["value"]) if term["type"] == "uri" else None
    value = value_of(dict(term), dict(label) if label else None)
    return (
        value if len(value.text) <= _LONGEST else replace(value, text=value.text[:_LONGEST] + "…")
    )


def _rests(row: Mapping[str, Any], labels: Mapping[str, _Term]) -> Rests:
    sources = (shown({"type": "uri", "value": iri}, labels) for iri in row["paragraphs"])
    services = tuple(Source(**each) for each in row.get("services", ()))
    note = row.get("note", "")
    for each in services:
        note = note.replace(remark(each.endpoint), "")  # that is shown by a link
    return Rests(tuple(sources), note.strip(), row["complete"], services)
