"""Answers as bytes: by pyoxigraph in the formats of SPARQL, in others by those formats themselves.

pyoxigraph writes only the results that it has made or read itself. So rows are given to it as SPARQL
results JSON, and what it writes is the same to the byte as what it would have written at first.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, TypeVar

import msgspec
import pyoxigraph as ox

from gbagraph.errors import NotAcceptable
from gbagraph.rdf.format import AskFormat, Format, RowsFormat, narrowed
from gbagraph.rdf.formats import ALL, GRAPH, QUERY_FORMS, Kind
from gbagraph.rdf.result_formats import results_json
from gbagraph.sparql.negotiation import by_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gbagraph.rdf.terms import Terms

    Output = IO[bytes] | str | PathLike[str]
    ResultsFormat = ox.QueryResultsFormat | str
    GraphFormat = ox.RdfFormat | str


_Wanted = TypeVar("_Wanted")
_Form = TypeVar("_Form", bound=Format)
_json: Final = msgspec.json.encode


def solutions(
    names: Sequence[str],
    rows: Sequence[Terms],
    output: Output | None,
    wanted: ResultsFormat | None,
) -> bytes | None:
    """Write rows, to *output* if there is one; otherwise the bytes are returned."""
    chosen = _results_format("solutions", RowsFormat, output, wanted)
    if isinstance(chosen, RowsFormat):
        return _given(chosen.written(names, map(tuple, rows)), output)
    return _parsed(b"".join(results_json(names, map(tuple, rows)))).serialize(output, chosen)


def boolean(value: bool, output: Output | None, wanted: ResultsFormat | None) -> bytes | None:
    """Write a boolean; arguments as of :func:`solutions`."""
    chosen = _results_format("boolean", AskFormat, output, wanted)
    if isinstance(chosen, AskFormat):
        return _given(chosen.boolean(value), output)
    return _parsed(_json({"head": {}, "boolean": value})).serialize(output, chosen)


def triples(
    found: Iterable[ox.Triple],
    output: Output | None,
    wanted: GraphFormat | None,
    prefixes: dict[str, str] | None,
) -> bytes | None:
    """Write triples; *prefixes* are declared where the format has a place for them."""
    chosen: GraphFormat = _named(output, wanted)
    if isinstance(chosen, str):
        row = by_name(chosen, GRAPH)
        if row is None:
            raise _no_format("graph", chosen, GRAPH)
        chosen = row.rdf_format
    return ox.serialize(found, output, chosen, prefixes=prefixes)


def _parsed(content: bytes) -> ox.QuerySolutions | ox.QueryBoolean:
    return ox.parse_query_results(content, format=ox.QueryResultsFormat.JSON)


def _results_format(
    kind: Kind, form: type[_Form], output: Output | None, wanted: ResultsFormat | None
) -> ox.QueryResultsFormat | _Form:
    """Pyoxigraph's format where it knows the name, else a row of ours."""
    name: ResultsFormat = _named(output, wanted)
    if not isinstance(name, str):
        return name
    known = ox.QueryResultsFormat
    if (found := known.from_extension(name) or known.from_media_type(name)) is not None:
        return found
    row = by_name(name, ALL[kind])
    if row is None:
        raise _no_format(kind, name, ALL[kind])
    return narrowed(row, form)


def _named(output: Output | None, wanted: _Wanted | None) -> _Wanted | str:
    """The format that is wanted: the one given, or the extension of the file's name.

    Raises:
        NotAcceptable: neither tells.
    """
    extension = Path(output).suffix[1:] if isinstance(output, str | PathLike) else ""
    if wanted is None and not extension:
        raise NotAcceptable(
            "The format is missing. Name one, such as format='json', or write to a file whose name "
            "has its extension."
        )
    return extension if wanted is None else wanted


def _no_format(kind: Kind, wanted: str, offers: Iterable[Format]) -> NotAcceptable:
    names = list(dict.fromkeys(offer.name for offer in offers if offer.standard))
    return NotAcceptable(
        f"The result of a {QUERY_FORMS[kind]} query cannot be written as {wanted!r}. "
        f"Formats are: {', '.join(names)}.",
        available=names,
    )


def _given(content: bytes, output: Output | None) -> bytes | None:
    """*content*, written to *output* if there is one."""
    if output is None:
        return content
    if isinstance(output, str | PathLike):
        Path(output).write_bytes(content)
    else:
        output.write(content)
    return None
