"""One page of an answer: found, sorted and counted in the worker, so that the rest is never sent.

Pages show a hundred rows of an answer that may have a million. The rows stay as the query gives them,
in its own order, unless the page asks for another.
"""

from __future__ import annotations

import time
from heapq import nlargest, nsmallest
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import msgspec
import pyoxigraph as ox

from gbagraph.engine.worker import Tally
from gbagraph.errors import BadParameter
from gbagraph.rdf.namespaces import PREFIXES, compact
from gbagraph.rdf.results import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gbagraph.engine.jobs import Page
    from gbagraph.rdf.dataset import Triples
    from gbagraph.rdf.labels import LabelFinder
    from gbagraph.rdf.results import Term

    _Row = Sequence[Term | None]
    _Key = tuple[int, float, str]

COUNTED: Final = 100_000
"""Rows up to which an answer is counted."""
_SECONDS: Final = 1.0
"""Of the processor, for which rows are counted after those of the page are found."""
_NUMBERS: Final = frozenset(
    PREFIXES["xsd"] + name
    for name in (
        *("integer", "decimal", "double", "float", "long", "int", "short", "byte"),
        *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
        *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    )
)
TRIPLE: Final = ("subject", "predicate", "object")
"""The columns of a graph."""

_json: Final = msgspec.json.encode


class _Cut(NamedTuple):
    rows: list[_Row]
    total: int
    is_all: bool
    """Whether *total* counts all rows, and not only the first."""


def written(
    result: ox.QuerySolutions | Triples,
    page: Page,
    label: LabelFinder,
    explained: Callable[[Sequence[ox.QuerySolution]], list[dict[str, Any]]] | None = None,
) -> Iterator[bytes]:
    """The page as SPARQL results JSON.

    Beside ``head`` and ``results`` it has ``labels``, those of the IRIs in it, and ``page`` with the
    number of all rows, whether that is ``exact``, and the ``form`` of the answer. What the same query
    gives of the same data is the same, byte for byte, so that pages of it have the same entity tag.

    Args:
        result: the answer, of which nothing has been read.
        page: which rows to write.
        label: gives the label of an IRI, as :func:`gbagraph.rdf.labels.LabelFinder` does.
        explained: gives the evidence of rows, as results JSON has it; None if none is asked for.

    Raises:
        BadParameter: there is no column by which the rows are to be sorted.
    """
    is_graph = not isinstance(result, ox.QuerySolutions)
    names = list(TRIPLE) if is_graph else [each.value for each in cast("Any", result).variables]
    rows = cast("Iterable[_Row]", result)
    cut = _cut(_fitting(rows, page.find, label), names, page, label)
    evidence = None if explained is None else explained(cut.rows)  # type: ignore[arg-type]
    yield b'{"head":' + _json({"vars": names}) + b',"results":'
    bindings = [
        {name: as_json(term) for name, term in zip(names, row, strict=True) if term is not None}
        for row in cut.rows
    ]
    yield _json({"bindings": bindings} | ({} if evidence is None else {"evidence": evidence}))
    sources = {ox.NamedNode(iri) for row in evidence or () for iri in row["paragraphs"]}
    yield b',"labels":' + _json(_labels(chain(*cut.rows, sources), label))
    about = {"total": cut.total, "exact": cut.is_all, "form": "graph" if is_graph else "solutions"}
    yield b',"page":' + _json(about) + b"}"


def _labels(terms: Iterable[Term | None], label: LabelFinder) -> dict[str, dict[str, Any]]:
    labels, all_terms = {}, list(terms)
    label.read_ahead(all_terms)
    for term in all_terms:
        for part in term if isinstance(term, ox.Triple) else (term,):
            text = label(part)
            if isinstance(part, ox.NamedNode) and text is not None:
                labels[part.value] = as_json(text)
    return labels


def _fitting(rows: Iterable[_Row], text: str, label: LabelFinder) -> Iterable[_Row]:
    """The rows in which some cell, or its label, contains *text*."""
    wanted = text.casefold().strip()
    if not wanted:
        return rows
    return (
        row
        for row in rows
        if any(wanted in said.casefold() for term in row for said in _said(term, label))
    )


def _said(term: Term | None, label: LabelFinder) -> Iterator[str]:
    """What a page shows of a term."""
    if isinstance(term, ox.NamedNode):
        text = label(term)
        yield compact(term.value)
        if text is not None:
            yield text.value
    elif term is not None:
        yield term.value if isinstance(term, ox.Literal) else str(term)


def _cut(rows: Iterable[_Row], names: Sequence[str], page: Page, label: LabelFinder) -> _Cut:
    if page.order:
        return _sorted(rows, names, page, label)
    kept: list[_Row] = []
    end, count, deadline = page.offset + page.size, 0, 0.0
    for count, row in enumerate(rows, start=1):
        if page.offset < count <= end:
            kept.append(row)
            deadline = time.process_time() + _SECONDS
        elif count > end and (not page.counts or count > COUNTED or time.process_time() > deadline):
            return _Cut(kept, count - 1, is_all=False)
    return _Cut(kept, count, is_all=True)


def _sorted(rows: Iterable[_Row], names: Sequence[str], page: Page, label: LabelFinder) -> _Cut:
    """The page of the whole answer sorted; only the rows up to it are held."""
    name, is_reversed = page.order.removeprefix("-"), page.order.startswith("-")
    if name not in names:
        raise BadParameter(
            f"The parameter order has the value {page.order[:100]!r}. The columns are "
            f"{', '.join(names)}; a minus sign before one reverses the order.",
            parameter="order",
        )
    place, tally = names.index(name), Tally(scans=False)

    def key(row: _Row) -> _Key:
        return _key(row[place], label, rank_of_none=-1 if is_reversed else 9)

    take = nlargest if is_reversed else nsmallest
    kept = take(page.offset + page.size, tally.of(rows), key=key)
    return _Cut(kept[page.offset :], tally.rows or 0, is_all=True)


def _key(term: Term | None, label: LabelFinder, rank_of_none: int) -> _Key:
    """Numbers by their value, before all else by what a page shows; no value is always the last."""
    if term is None:
        return rank_of_none, 0, ""
    if isinstance(term, ox.Literal) and term.datatype.value in _NUMBERS:
        try:
            number = float(term.value)
        except ValueError:
            number = float("nan")
        if number == number:  # noqa: PLR0124  NaN is of no order
            return 0, number, ""
    *_, text = _said(term, label)
    return 1, 0, text.casefold()
