"""On what each row of a SELECT query rests: the triples, and the paragraphs on which these rest.

The rules are told in docs/evidence.md. In short: a row rests on the triples that match the patterns of
one solution that gives it, and a row of a group on those of all solutions in the group.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyoxigraph as ox

from gbagraph.api.explanations import Basis, RowEvidence, RowTriple
from gbagraph.errors import RequestError
from gbagraph.features.why.proof import EvidenceReader, proofs_of
from gbagraph.features.why.witnesses import Witnesses
from gbagraph.rdf.formats import QUERY_FORMS, Kind
from gbagraph.rdf.results import Term, as_json
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.restated import NamedSelect
from gbagraph.sparql.terms import triple_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gbagraph.dataset.view import View
    from gbagraph.features.why.paths import Grounds
    from gbagraph.rdf.dataset import Dataset
    from gbagraph.sparql.parsed import ParsedQuery
    from gbagraph.sparql.restated import Row as Bound
    from gbagraph.sparql.sources import Source


MOST_ROWS: Final = 1000
"""Rows of an answer that are explained."""


NOT_GIVEN: Final = RowEvidence(
    complete=False,
    note=f"Evidence is given for the first {MOST_ROWS:,} rows. Ask for this one with LIMIT and OFFSET.",
)
"""The evidence of a row after the last that is explained."""


def evidence(
    store: Dataset,
    view: View,
    query: ParsedQuery,
    rows: Sequence[ox.QuerySolution],
    names: Sequence[str],
) -> list[RowEvidence]:
    """The evidence of each of *rows*, which are solutions of *query*.

    Args:
        store: where evidence is looked up.
        view: what the query was asked of.
        query: it, as the engine took it.
        rows: solutions, at most ``MOST_ROWS``; those after them are not explained.
        names: the variables of the solutions, in order.
    """
    try:
        select = NamedSelect(query)
    except NotRead as why:
        return [RowEvidence(complete=False, note=f"Not analysed: {why}.") for _ in rows]
    bound = [_row(names, row) for row in rows]
    grounds = Witnesses(view, select).of_rows(select.query, bound)
    known = _Known(store)
    known.read_ahead(grounds)
    return [known.evidence(each) for each in grounds]


def page_evidence(
    store: Dataset,
    view: View,
    query: ParsedQuery,
    names: Sequence[str],
    rows: Sequence[ox.QuerySolution],
) -> list[dict[str, Any]]:
    """Return the evidence of *rows* as ``results.evidence`` has it; arguments as of :func:`evidence`."""
    return list(map(evidence_json, evidence(store, view, query, rows, names)))


def _row(names: Sequence[str], solution: Iterable[Term | None]) -> Bound:
    pairs = zip(names, solution, strict=True)
    return {f"?{name}": term for name, term in pairs if term is not None}


class _Known:
    """How triples are known, each looked up once."""

    def __init__(self, store: Dataset) -> None:
        self._asserted, self._proofs = EvidenceReader(store), proofs_of(store)
        self._of = cache(self._known)

    def read_ahead(self, found: Iterable[Grounds]) -> None:
        """Read at once what is looked up for the triples of *found*."""
        self._asserted.read_ahead({triple for each in found for triple, _ in each.triples})

    def evidence(self, found: Grounds) -> RowEvidence:
        """What was found for a row, with how each triple is known."""
        rows = tuple(RowTriple(triple, *self._of(triple), graph) for triple, graph in found.triples)
        note = " ".join((*found.lacks, *found.remarks))
        return RowEvidence(rows, not found.lacks, note, tuple(found.sources))

    def _known(self, triple: ox.Triple) -> tuple[Basis, tuple[str, ...]]:
        if said := self._asserted.of(triple):
            return said.basis, said.paragraphs
        return "derived", self._proofs.paragraphs([triple])[triple]


@dataclass(frozen=True, slots=True)
class Row:
    """A solution with its evidence: values by name, by place and in order, as pyoxigraph gives them."""

    solution: ox.QuerySolution
    evidence: RowEvidence

    def __getitem__(self, key: str | int | ox.Variable) -> Term | None:
        term: Term | None = self.solution[key]
        return term

    def __iter__(self) -> Iterator[Term | None]:
        return iter(self.solution)

    def __len__(self) -> int:
        return len(self.solution)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a SELECT query with evidence, and its variables."""

    variables: tuple[ox.Variable, ...]
    rows: tuple[Row, ...]

    def __getitem__(self, place: int) -> Row:
        return self.rows[place]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def rows_with_evidence(store: Dataset, view: View, query: ParsedQuery) -> Rows:
    """The answer to a SELECT query, each row with its evidence; arguments as of :func:`evidence`.

    Raises:
        RequestError: the query is of another form.
    """
    answer = view.query(query.text)
    if not isinstance(answer, ox.QuerySolutions):
        raise no_rows("boolean" if isinstance(answer, ox.QueryBoolean) else "graph")
    names = [variable.value for variable in answer.variables]
    solutions = list(answer)
    explained = evidence(store, view, query, solutions[:MOST_ROWS], names)
    rows = zip_longest(solutions, explained, fillvalue=NOT_GIVEN)
    return Rows(tuple(answer.variables), tuple(Row(*row) for row in rows))  # type: ignore[arg-type]


def no_rows(kind: Kind) -> RequestError:
    """The error that a result of this kind has no rows with evidence."""
    return RequestError(
        f"Evidence is given for the rows of a SELECT query, and this one is of the form "
        f"{QUERY_FORMS[kind]}. Ask without evidence, or select the variables of its pattern."
    )


def results_json(
    store: Dataset,
    view: View,
    query: ParsedQuery,
    names: Sequence[str],
    solutions: Iterable[ox.QuerySolution],
) -> Iterator[bytes]:
    """SPARQL results JSON with ``results.evidence``, an array parallel to ``results.bindings``.

    *solutions* are the rows of the answer, with the columns *names*; the rest as for :func:`evidence`.
    """
    yield b'{"head":' + _json({"vars": names}) + b',"results":{"bindings":['
    explained: list[ox.QuerySolution] = []
    count = 0
    for count, solution in enumerate(solutions, start=1):
        if count <= MOST_ROWS:
            explained.append(solution)
        pairs = zip(names, solution, strict=True)
        yield _after(count) + _json({name: as_json(term) for name, term in pairs if term})
    yield b'],"evidence":['
    by_row = evidence(store, view, query, explained, names)
    for number in range(count):
        row = by_row[number] if number < len(by_row) else NOT_GIVEN
        yield _after(number + 1) + _json(evidence_json(row))
    yield b"]}}"


_json: Final = msgspec.json.encode


def _after(number: int) -> bytes:
    """What stands before the member of an array with this number."""
    return b"," if number > 1 else b""


def evidence_json(row: RowEvidence) -> dict[str, Any]:
    """The evidence of a row as ``results.evidence`` has it.

    There is no ``note`` where there is nothing to note, and no ``services`` where none was called.
    """
    document: dict[str, Any] = {
        "triples": list(map(_triple_json, row.triples)),
        "paragraphs": row.paragraphs,
        "complete": row.complete,
    }
    if row.services:
        document["services"] = [_service_json(each) for each in row.services]
    return document | ({"note": row.note} if row.note else {})


def _service_json(source: Source) -> dict[str, str]:
    name = {"name": source.name} if source.name else {}
    return {"endpoint": source.endpoint, **name, "retrieved": source.retrieved}


def _triple_json(row: RowTriple) -> dict[str, Any]:
    graph = {"graph": as_json(row.graph)} if row.graph is not None else {}
    return triple_json(row.triple) | graph | {"basis": row.basis, "paragraphs": row.paragraphs}
