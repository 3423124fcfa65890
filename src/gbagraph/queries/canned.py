"""A canned query: what it asks, its parameters, and the query with values bound."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gbagraph.errors import BadParameter
from gbagraph.queries import modifiers
from gbagraph.sparql.binding import render
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from gbagraph.queries.parameters import Parameter
    from gbagraph.rdf.formats import Kind
    from gbagraph.sparql.binding import Piece
    from gbagraph.sparql.terms import Reference


EXPECTED_FOLDER: Final = "expected"


@dataclass(frozen=True, slots=True)
class CannedQuery:
    """A query file: its name, what it answers, its parameters, and the text as it stands."""

    name: str
    path: Path
    text: str
    kind: Kind
    summary: str
    description: str = ""
    tags: tuple[str, ...] = ()
    """The first is the group in which it is listed."""
    order: int | None = None
    """Where it is listed; those without a place come last."""
    parameters: tuple[Parameter, ...] = ()
    page_size: int | None = None
    """How many rows there are at most if the parameter limit is not given."""
    pieces: tuple[Piece, ...] = field(default=(), repr=False)
    """The text without its comments, split where the parameters are."""
    language: str = ""
    """That of what is said of it, where it is another one than that of the file."""

    @property
    def examples(self) -> dict[str, str]:
        """Values of parameters with which the expected answer holds: their examples and defaults."""
        values = ((row.name, row.default or row.example) for row in self.parameters)
        return {name: value for name, value in values if value is not None}

    @property
    def defaults(self) -> dict[str, str]:
        """What parameters are bound to that are not given."""
        return {row.name: row.default for row in self.parameters if row.default is not None}

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that it selects."""
        return _selected(self.text)

    @property
    def columns(self) -> tuple[str, ...]:
        """The variables that it selects, those left out that are the label of another."""
        names = self.variables
        return tuple(n for n in names if n.removesuffix("Label") not in names or n[-5:] != "Label")

    @property
    def expected(self) -> Path:
        """The file with the expected answer: SPARQL results JSON, or a graph in Turtle."""
        extension = "ttl" if self.kind == "graph" else "srj"
        return self.path.parent / EXPECTED_FOLDER / f"{self.name}.{extension}"

    @property
    def body(self) -> str:
        """The text without the header."""
        lines = self.text.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("#+")).strip()

    @property
    def iris(self) -> frozenset[str]:
        """All IRIs in the query."""
        return ParsedQuery(self.text).iris

    @property
    def is_federated(self) -> bool:
        """Whether it calls other endpoints with SERVICE, so that the data alone do not answer it."""
        return ParsedQuery(self.text).calls_services

    @property
    def services(self) -> tuple[str, ...]:
        """The IRIs of the endpoints that it names in SERVICE, each once, in the order of the text."""
        calls = ParsedQuery(self.text).service_calls()
        return tuple(dict.fromkeys(call.endpoint for call in calls if call.endpoint))

    def refused_services(self, allowed: Collection[str]) -> tuple[str, ...]:
        """The endpoints without which it has no answer, and that are not among those *allowed*."""
        needed = (
            call.endpoint for call in ParsedQuery(self.text).service_calls() if call.is_needed
        )
        return tuple(dict.fromkeys(iri for iri in needed if iri and iri not in allowed))

    @property
    def names(self) -> frozenset[str]:
        """The names of the parameters."""
        return frozenset(row.name for row in self.parameters)

    def bind(self, values: Iterable[tuple[str, object]]) -> str:
        """Return the query with the given (parameter, value) pairs bound as terms.

        A value is a text, a Python value or a term; several pairs give a list its values. An optional
        parameter with an empty text as its value stays free. Beside its own parameters a query has
        those of :mod:`gbagraph.queries.modifiers`.

        Raises:
            BadParameter: a parameter is unknown, repeated, missing, or not of its type.
        """
        return self._bound(self._given(values))

    def bind_references(
        self, values: Iterable[tuple[str, object]]
    ) -> tuple[str, tuple[Reference, ...]]:
        """Return the query with its parameters bound, and the values that only the data can check.

        Raises:
            BadParameter: as :meth:`bind`, but for what only the data can say.
        """
        given = self._given(values)
        needed: list[Reference] = []
        for row in self.parameters:
            if row.is_reference and row.name in given:
                references = [row.reference(value) for value in given[row.name]]
                needed += references
                given[row.name] = [_Term(reference.term) for reference in references]
        return self._bound(given), tuple(needed)

    def _bound(self, given: dict[str, list[object]]) -> str:
        own = {name: values for name, values in given.items() if name in self.names}
        changes = [(name, value) for name in given.keys() - own.keys() for value in given[name]]
        text = render(self.pieces, {row.variable: self._terms(row, own) for row in self._used(own)})
        return modifiers.apply(self.name, text, changes, self.page_size)

    def _used(self, given: dict[str, list[object]]) -> Iterable[Parameter]:
        """Return the parameters that are bound; those that must be, and are not, are an error."""
        for row in self.parameters:
            if given.get(row.name) or (row.default is not None and row.name not in given):
                yield row
            elif row.required:
                example = f" For example {row.name}={row.example}." if row.example else ""
                raise BadParameter(
                    f"The query {self.name} needs the parameter {row.name}: {row.expects}.{example}",
                    parameter=row.name,
                    expected=row.expects,
                )

    def _terms(self, row: Parameter, given: dict[str, list[object]]) -> list[str]:
        return [
            value.term if isinstance(value, _Term) else row.term(value)
            for value in given.get(row.name, [row.default])
        ]

    def _given(self, values: Iterable[tuple[str, object]]) -> dict[str, list[object]]:
        """The values by parameter; an empty list for an optional one that is given as an empty text."""
        given: dict[str, list[object]] = {}
        known = {row.name: row for row in self.parameters}
        for name, value in values:
            row = known.get(name)
            if row is None and name not in modifiers.NAMES:
                raise self._unknown(name)
            if name in given and not (row.is_list if row else name in modifiers.REPEATED):
                raise BadParameter(f"The parameter {name} is given twice.", parameter=name)
            is_empty = value == "" and (row is None or row.is_list or not row.required)
            given.setdefault(name, []).extend([] if is_empty else [value])
        return given

    def _unknown(self, name: str) -> BadParameter:
        names = [row.name for row in self.parameters]
        takes = f"It takes: {', '.join(names)}." if names else "It takes none of its own."
        return BadParameter(
            f"The query {self.name} has no parameter {name}. {takes} Any query takes "
            f"{', '.join(modifiers.NAMES)}.",
            parameter=name,
        )


@lru_cache(maxsize=256)
def _selected(text: str) -> tuple[str, ...]:
    """Return the variables that a query selects by name."""
    try:
        items = ParsedQuery(text).tree.items or ()
    except NotRead:
        return ()
    return tuple(item.variable.value for item in items if item.variable is not None)


@dataclass(frozen=True, slots=True)
class _Term:
    """A value that is a term already, in SPARQL syntax."""

    term: str


HOW_TO_ALLOW: Final = "gbagraph serve --allow-service"
"""The command that starts a server with the IRI of an endpoint behind it."""


def sentences(query: CannedQuery, allowed: Collection[str]) -> str:
    """Return what to know before *query* is asked of a server that calls the endpoints *allowed*.

    It is empty for a query that calls none.
    """
    refused = query.refused_services(allowed)
    return " ".join(_permission(iri, iri in allowed, iri in refused) for iri in query.services)


def _permission(iri: str, is_allowed: bool, is_refused: bool) -> str:
    said = f"It calls <{iri}> with SERVICE, which this server"
    if is_allowed:
        return f"{said} allows."
    if is_refused:
        return (
            f"{said} does not allow, so the answer is 403. Who runs it can allow it: "
            f"{HOW_TO_ALLOW} {iri}."
        )
    return f"{said} does not allow; the rest is answered."


def without_server(query: CannedQuery) -> str:
    """Return the same where there is no server: the command line calls no endpoint."""
    return " ".join(
        f"It calls <{iri}> with SERVICE, which only a server does: {HOW_TO_ALLOW} {iri}."
        for iri in query.services
    )


def left_out(queries: Iterable[CannedQuery]) -> str:
    """Return which of *queries* are left out where all are asked of the data alone; empty if none is."""
    names = [query.name for query in queries if query.is_federated]
    if not names:
        return ""
    return f"Left out, since they call other endpoints with SERVICE: {', '.join(names)}."
