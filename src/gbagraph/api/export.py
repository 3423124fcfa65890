"""Answers as bytes in a format, and as values of rdflib."""

from __future__ import annotations

from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import pyoxigraph as ox

from gbagraph.errors import GbaGraphError, NotAcceptable
from gbagraph.rdf.formats import GRAPH, QUERY_FORMS, AskFormat, Format, Kind, RowsFormat, narrowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import rdflib.query

    from gbagraph.rdf.results import Term, Terms

    Output = IO[bytes] | str | PathLike[str]
    ResultsFormat = ox.QueryResultsFormat | str
    GraphFormat = ox.RdfFormat | str


_Wanted = TypeVar("_Wanted")
_Form = TypeVar("_Form", bound=Format)


def solutions(
    names: Sequence[str],
    rows: Sequence[Terms],
    output: Output | None,
    wanted: ResultsFormat | None,
) -> bytes | None:
    """Write rows, to *output* if there is one; otherwise the bytes are returned."""
    chosen = _results_format("solutions", RowsFormat, output, wanted)
    return _given(chosen.written(names, map(tuple, rows)), output)


def boolean(value: bool, output: Output | None, wanted: ResultsFormat | None) -> bytes | None:
    """Write a boolean; arguments as of :func:`solutions`."""
    return _given(_results_format("boolean", AskFormat, output, wanted).boolean(value), output)


def triples(
    answer: Iterable[ox.Triple],
    output: Output | None,
    wanted: GraphFormat | None,
    prefixes: dict[str, str] | None,
) -> bytes | None:
    """Write triples; *prefixes* are declared where the format has a place for them."""
    chosen: GraphFormat = _named(output, wanted)
    if isinstance(chosen, str):
        chosen = _offered("graph", chosen, GRAPH).rdf_format
    return ox.serialize(answer, output, chosen, prefixes=prefixes)


def _results_format(
    kind: Kind, form: type[_Form], output: Output | None, wanted: ResultsFormat | None
) -> _Form:
    """Our row of the format; what pyoxigraph knows by a name is meant by it."""
    named: ResultsFormat = _named(output, wanted)
    known = ox.QueryResultsFormat
    if isinstance(named, str):
        named = known.from_extension(named) or known.from_media_type(named) or named
    name = named if isinstance(named, str) else named.media_type
    formats = import_module("gbagraph.rdf.result_formats").ALL
    return narrowed(_offered(kind, name, formats[kind]), form)


def _named(output: Output | None, wanted: _Wanted | None) -> _Wanted | str:
    """Return the format that is wanted: the one given, or the extension of the file's name.

    Raises:
        NotAcceptable: neither is there.
    """
    extension = Path(output).suffix[1:] if isinstance(output, str | PathLike) else ""
    if wanted is None and not extension:
        raise NotAcceptable(
            "The format is missing. Name one, such as format='json', or write to a file whose name "
            "has its extension."
        )
    return extension if wanted is None else wanted


def _offered(kind: Kind, wanted: str, offers: Sequence[_Form]) -> _Form:
    """Return the offer of this name; raises NotAcceptable if there is none."""
    # Only what is written needs the formats of all answers.
    by_name = import_module("gbagraph.sparql.negotiation").by_name
    found: _Form | None = by_name(wanted, offers)
    if found is not None:
        return found
    names = list(dict.fromkeys(offer.name for offer in offers if offer.standard))
    raise NotAcceptable(
        f"The result of {QUERY_FORMS[kind]} cannot be written as {wanted!r}. "
        f"Formats are: {', '.join(names)}.",
        available=names,
    )


def _given(content: bytes, output: Output | None) -> bytes | None:
    """Return *content*, written to *output* if there is one."""
    if output is None:
        return content
    if isinstance(output, str | PathLike):
        Path(output).write_bytes(content)
    else:
        output.write(content)
    return None


class MissingPackage(GbaGraphError, name="missing-package", title="A package is not installed"):
    """A package of others is needed that is not installed."""


def needed(module: str, what: str, install: str) -> Any:  # noqa: ANN401  a module
    """Return the module of this name, which *what* needs; *install* is what to give to pip.

    Raises:
        MissingPackage: it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as problem:
        if problem.name != module.partition(".")[0]:
            raise
        raise MissingPackage(
            f"{what} needs the package {module}, which is not installed. "
            f"Install it by: pip install '{install}'"
        ) from None


def rdflib_result(
    value: bool | None, names: Sequence[str] = (), rows: Iterable[Iterable[Term | None]] = ()
) -> rdflib.query.Result:
    """Return rdflib's result of an ASK query, or of a SELECT query where *value* is None.

    Raises:
        NotAcceptable: a term is of RDF 1.2, which rdflib does not have.
    """
    library = _rdflib()
    result: rdflib.query.Result = library.query.Result("SELECT" if value is None else "ASK")
    result.askAnswer = value
    if value is None:
        result.vars = list(map(library.Variable, names))
        result.bindings = [
            {
                name: _term(term)
                for name, term in zip(result.vars, row, strict=True)
                if term is not None
            }
            for row in rows
        ]
    return result


def rdflib_graph(triples: Iterable[ox.Triple]) -> rdflib.Graph:
    """Return the triples as a graph of rdflib; raises as :func:`rdflib_result`."""
    graph: rdflib.Graph = _rdflib().Graph()
    for triple in triples:
        graph.add(tuple(map(_term, triple)))  # type: ignore[arg-type]  # three of them
    return graph


def _rdflib() -> Any:  # noqa: ANN401  a module; it takes longer to import than all of this package
    return needed("rdflib", "to_rdflib()", "rdflib")


def _term(term: Term) -> rdflib.term.Identifier:
    """Return *term* with the same text, whether or not it is the one rdflib would write."""
    library = _rdflib()
    if isinstance(term, ox.NamedNode):
        made = library.URIRef(term.value)
    elif isinstance(term, ox.BlankNode):
        made = library.BNode(term.value)
    elif isinstance(term, ox.Triple) or term.direction is not None:
        raise NotAcceptable(
            f"rdflib has no such term as {term}, which is of RDF 1.2. Read it from the answer itself."
        )
    else:
        datatype = None if term.language else library.URIRef(term.datatype.value)
        made = library.Literal(
            term.value,
            lang=term.language,
            datatype=None if datatype == library.XSD.string else datatype,
            normalize=False,
        )
    identifier: rdflib.term.Identifier = made
    return identifier
