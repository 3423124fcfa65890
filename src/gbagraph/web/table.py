"""The address of an answer: the question, the part that the page shows, and links that change either."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from gbagraph.errors import BadParameter
from gbagraph.rdf.namespaces import DESCRIBING
from gbagraph.rdf.results import Value, turtle_term, value_of
from gbagraph.settings import MAX_TARGET
from gbagraph.sparql import protocol
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.sources import Source, remark
from gbagraph.sparql.terms import from_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    _Term = Mapping[str, Any]
    _Row = Mapping[str, _Term]


_LAST: Final = 1_000_000
"""The last page that can be requested."""
_DIGITS: Final = 9
"""Of the longest number that is read."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address with the parameters of a question (*asked*), and those by which a page *shows* it.

    *server* is what comes before *path*. *own* are the names of parameters that a canned query has
    itself: the server's parameters of such a name have a dollar sign before it.
    """

    server: str
    path: str
    asked: tuple[tuple[str, str], ...]
    shows: tuple[tuple[str, str], ...] = ()
    own: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        server: str,
        path: str,
        pairs: Iterable[tuple[str, str]],
        own: frozenset[str] = frozenset(),
    ) -> Address:
        """Return the address of a request with these parameters, of which a format is left out."""
        asked, shows = [], []
        for name, value in pairs:
            plain = _plain(name, own)
            if value and plain in protocol.PAGE:
                shows.append((plain, value))
            elif value and plain not in protocol.FORMATS:
                asked.append((name, value))
        return cls(server, path, tuple(asked), tuple(shows), own)

    @property
    def view(self) -> str:
        """What the answer is shown as; a table if nothing else is requested."""
        return dict(self.shows).get(protocol.VIEW, "table")

    @property
    def order(self) -> str:
        """The column by which rows are sorted, with a minus sign before it for the reverse."""
        return dict(self.shows).get(protocol.ORDER, "")

    @property
    def find(self) -> str:
        """The text that rows contain."""
        return dict(self.shows).get(protocol.FIND, "")

    @property
    def page(self) -> int:
        """The number of the page, from 1.

        Raises:
            BadParameter: it is no number.
        """
        text = dict(self.shows).get(protocol.PAGE_NUMBER, "1")
        if not text.isdecimal() or len(text) > _DIGITS or not 1 <= int(text) <= _LAST:
            raise BadParameter(
                f"The parameter page has the value {text[:100]!r}. Give a number from 1.",
                parameter="page",
            )
        return int(text)

    @property
    def is_linkable(self) -> bool:
        """Whether a link can hold the question: the server refuses longer targets; forms post them."""
        return sum(len(value) for _, value in self.asked) < MAX_TARGET

    def named(self, name: str) -> str:
        """Return how a parameter of the server is written here."""
        return f"${name}" if name in self.own else name

    def link(self, **changes: str | int | None) -> str:
        """Return the address with other values for these parameters of the server; None leaves one out.

        Whatever is changed but the page itself leads to the first page.
        """
        changes = {protocol.PAGE_NUMBER: None} | changes
        kept = {self.named(name) for name in changes}
        shown = [(self.named(name), value) for name, value in self.shows if name not in changes]
        pairs = [pair for pair in self.asked if pair[0] not in kept] + shown
        new = [(self.named(name), str(value)) for name, value in changes.items() if value]
        return self._written([*pairs, *new])

    def download(self, name: str) -> str:
        """Return the address of the whole answer in the format of this name, without its evidence."""
        return self._written([*self.for_programs(), (self.named("format"), name)])

    @property
    def with_evidence(self) -> str:
        """The address of the whole answer with what each row rests on; one format has room for it."""
        evidence = (self.named(protocol.EVIDENCE), "true")
        return self._written([*self.for_programs(), evidence, (self.named("format"), "srj")])

    def for_programs(self) -> list[tuple[str, str]]:
        """Return the parameters of the question without those for pages only."""
        left_out = {self.named(name) for name in (protocol.EVIDENCE, protocol.LABELS)}
        return [pair for pair in self.asked if pair[0] not in left_out]

    @property
    def plain(self) -> str:
        """The address for programs, which say by a header field what they accept."""
        return self._written(self.for_programs())

    def hidden(self, *without: str) -> list[tuple[str, str]]:
        """Return the parameters that a form keeps which sets those of the server named *without*."""
        left_out = {self.named(name) for name in (*without, protocol.PAGE_NUMBER)}
        shown = [(self.named(name), value) for name, value in self.shows]
        return [pair for pair in [*self.asked, *shown] if pair[0] not in left_out]

    def _written(self, pairs: list[tuple[str, str]]) -> str:
        parameters = f"?{urlencode(pairs, quote_via=quote)}" if pairs else ""
        return f"{self.server}{self.path}{parameters}"


def _plain(name: str, own: frozenset[str]) -> str:
    """Return the name of a parameter of the server; that of the query's own is empty here."""
    if name[:1] == "$" and name[1:] in own:
        return name[1:]
    return "" if name in own else name


def of_proof(subject: dict[str, Any], predicate: dict[str, Any], value: dict[str, Any]) -> str:
    """Return the query string of ``/why`` for a triple; empty for one with terms that have no name."""
    terms = [from_json(term) for term in (subject, predicate, value)]
    if any(term is None for term in terms):
        return ""
    return urlencode(
        {name: turtle_term(term) for name, term in zip("spo", terms, strict=True) if term}
    )


_STAR: Final = re.compile(r"(?:\A|\s)SELECT\s+(?:DISTINCT\s+|REDUCED\s+)?\*", re.IGNORECASE)
_LONGEST: Final = 1000
"""Characters of a text that a cell shows."""
_LINKED: Final = 500_000
"""Characters of queries in the links of all columns; a page with more has none to sort by."""
_SAID: Final = ("stated", "inferred")
"""Of a fact that passages say; another follows from facts, or is of our own words."""
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
    have, which is not repeated beside each. *title* is what people call it, if that is not its name.
    """

    name: str
    sorted: str
    link: str
    is_number: bool = False
    note: str = ""
    title: str = ""


class Place(NamedTuple):
    """A passage or another source, the sentences of it that carry something, and their words.

    *is_inferred*: what links the things of a row is concluded from it, not said in it.
    """

    source: Value
    sentences: Sequence[int] = ()
    words: Sequence[str] = ()
    is_inferred: bool = False


@dataclass(frozen=True, slots=True)
class Rests:
    """On what a row rests: sources, endpoints, a sentence on what else, and whether that is all.

    *sources* say what links its things, *more* only what kinds these are of and what follows. *marks*
    say what is uncertain of it, *more_marks* what is so because of *more* alone.
    """

    sources: tuple[Place, ...]
    more: tuple[Place, ...] = ()
    note: str = ""
    is_all: bool = True
    services: tuple[Source, ...] = ()
    marks: tuple[str, ...] = ()
    more_marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; ``evidence`` has for each row what it rests on, or nothing at all."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    evidence: tuple[Rests, ...] = ()

    @property
    def has_names(self) -> bool:
        """Whether something in it has a name beside its label."""
        return any(value.name for row in self.rows for cell in row for value in cell.values)


def in_order(names: Sequence[str], query: str) -> Sequence[str]:
    """Return the columns of ``SELECT *`` as the query mentions them; the engine sorts them by name."""
    if not _STAR.search(query):
        return names
    places = {name: place for place, name in enumerate(ParsedQuery(query).variables)}
    return sorted(names, key=lambda name: places.get(name, len(places)))


def table(read: Mapping[str, Any], query: str, address: Address) -> Table:
    """Return the table of a page of an answer to *query*, as :mod:`gbagraph.engine.paging` writes it.

    A column ``xLabel`` with the labels of what is in the column ``x`` is shown in that.
    """
    bindings: Sequence[_Row] = read["results"]["bindings"]
    names = in_order(read["head"]["vars"], query)
    label_columns = labelling(names, bindings)
    shown_names = [name for name in names if name not in label_columns.values()]
    labels, titles = read["labels"], read.get("titles", {})
    rows = tuple(
        tuple(_cell(row, name, labels, label_columns.get(name, "")) for name in shown_names)
        for row in bindings
    )
    can_sort = address.is_linkable and len(names) * len(query) <= _LINKED
    columns = tuple(
        _column(
            name, titles.get(name, ""), [row[place] for row in rows], address, can_sort=can_sort
        )
        for place, name in enumerate(shown_names)
    )
    rows = tuple(tuple(map(_without_note, row, columns)) for row in rows)
    evidence = tuple(_rests(row, labels) for row in read["results"].get("evidence", ()))
    return Table(columns, rows, evidence)


def labelling(names: Sequence[str], bindings: Sequence[_Row]) -> dict[str, str]:
    """Return for columns of IRIs the column with their labels, where the query has one."""
    labels = {name: f"{name}Label" for name in names if f"{name}Label" in names}
    for row in bindings:
        for name, label in [pair for pair in labels.items() if pair[1] in row]:
            if (row.get(name, {}).get("type"), row[label]["type"]) != ("uri", "literal"):
                del labels[name]
    return labels


def _column(
    name: str, title: str, cells: Sequence[Cell], address: Address, *, can_sort: bool
) -> Column:
    filled = [cell for cell in cells if cell.values]
    is_number = bool(filled) and all(cell.is_number for cell in filled)
    how = {name: "ascending", f"-{name}": "descending"}.get(address.order, "")
    after = {"": name, "ascending": f"-{name}", "descending": None}[how]
    notes = {value.note for cell in filled for value in cell.values}
    note = notes.pop() if len(notes) == 1 else ""
    link = address.link(order=after) if can_sort else ""
    return Column(name, how, link, is_number, note, title)


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
    """Return a term, with its label if it is an IRI that has one; a long text is cut."""
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
    numbers, words = row.get("sentences", {}), row.get("words", {})
    links = [each for each in row.get("triples", ()) if _links(each)]
    concluded = {iri for each in links if each["basis"] == "inferred" for iri in each["paragraphs"]}

    def places(chosen: Iterable[str]) -> tuple[Place, ...]:
        terms = ((iri, shown({"type": "uri", "value": iri}, labels)) for iri in chosen)
        return tuple(
            Place(t, numbers.get(iri, ()), words.get(iri, ()), iri in concluded) for iri, t in terms
        )

    said = {iri for each in links for iri in each["paragraphs"]}
    first = [iri for iri in row["paragraphs"] if not said or iri in said]
    services = tuple(Source(**each) for each in row.get("services", ()))
    note = row.get("note", "")
    for each in services:
        note = note.replace(remark(each.endpoint), "")  # that is shown by a link
    more = places(iri for iri in row["paragraphs"] if iri not in first)
    marks = tuple(row.get("marks", ()))
    placed = tuple(mark for mark in marks if mark == "inferred" and (concluded or more))
    return Rests(
        places(first),
        more,
        note.strip(),
        row["complete"],
        services,
        tuple(mark for mark in marks if mark not in placed),
        () if concluded else placed,
    )


def _links(triple: Mapping[str, Any]) -> bool:
    """Whether a passage says of a triple of a row what links things; all do, if that only follows."""
    return triple["basis"] in _SAID and triple["predicate"]["value"] not in DESCRIBING
