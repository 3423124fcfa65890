"""Read what a test hands over as an answer, or as the expected one."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.errors import GbaGraphError, QueryFileError
from gbagraph.features.testing.cells import Loose, Table, boolean_table, graph_table
from gbagraph.paths import display
from gbagraph.queries.types import as_term, is_rdflib_term
from gbagraph.rdf.namespaces import PREFIXES, expand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gbagraph.features.testing.cells import Cell


_RS: Final = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_TYPE: Final = ox.NamedNode(expand("rdf:type"))

_RESULT_SET: Final = ox.NamedNode(f"{_RS}ResultSet")


def result_set(triples: Sequence[ox.Triple]) -> Table | None:
    """Return the result set that *triples* describe; None if they describe none."""
    nodes = [row.subject for row in triples if (row.predicate, row.object) == (_TYPE, _RESULT_SET)]
    if len(nodes) != 1:
        return None
    objects: dict[tuple[Any, str], list[Any]] = defaultdict(list)
    for row in triples:
        objects[row.subject, row.predicate.value.removeprefix(_RS)].append(row.object)
    for is_true in objects[nodes[0], "boolean"]:
        return boolean_table(is_true.value in ("true", "1"))
    names = tuple(sorted(name.value for name in objects[nodes[0], "resultVariable"]))
    solutions = sorted(
        objects[nodes[0], "solution"],
        key=lambda node: [int(index.value) for index in objects[node, "index"]],
    )
    return Table(names, tuple(_row(objects, node, names) for node in solutions))


def _row(
    objects: Mapping[tuple[Any, str], list[Any]],
    solution: Any,  # noqa: ANN401  a term
    names: Sequence[str],
) -> tuple[Cell, ...]:
    cells = {
        variable.value: value
        for binding in objects[solution, "binding"]
        for variable in objects[binding, "variable"]
        for value in objects[binding, "value"]
    }
    return tuple(cells.get(name) for name in names)


_TERMS: Final = (ox.NamedNode, ox.BlankNode, ox.Literal, ox.Triple)
_QUOTED: Final = re.compile(r"<[^<>\s]*>\Z|\"(?:[^\"\\]|\\.)*\"(?:@[A-Za-z0-9\-]+|\^\^\S+)?\Z")
_DATATYPES: Final[tuple[tuple[type, str, Callable[[Any], str]], ...]] = (
    (bool, "xsd:boolean", lambda value: "true" if value else "false"),
    (int, "xsd:integer", str),
    (float, "xsd:double", lambda value: repr(value).replace("inf", "INF").replace("nan", "NaN")),
    (Decimal, "xsd:decimal", lambda value: format(value, "f")),
    (datetime, "xsd:dateTime", lambda value: value.isoformat().replace("+00:00", "Z")),
    (date, "xsd:date", lambda value: value.isoformat()),
)
"""The datatype of each Python type and its lexical form; a narrower type stands before a wider one."""


def read(value: object, columns: Sequence[str] = ()) -> Table:
    """Return *value* as a table.

    It may be an answer of gbagraph, pyoxigraph or rdflib; SPARQL results JSON as a dict, text, bytes or
    Path; CSV, TSV, SPARQL results XML or Turtle as text or Path; rows as dicts or tuples; or a boolean.
    Tuples, which have no names, are rows of *columns*.

    Raises:
        QueryFileError: a file is missing, or is not what its extension says.
        GbaGraphError: *value* is nothing of these.
    """
    if isinstance(value, Table):
        return value
    if isinstance(value, Path):
        return read_file(value)
    if isinstance(value, str | bytes):
        return _text(value.decode() if isinstance(value, bytes) else value)
    if isinstance(value, bool | ox.QueryBoolean):
        return boolean_table(bool(value))
    if isinstance(value, Mapping) and "head" in value:
        return _parsed(json.dumps(value), ox.QueryResultsFormat.JSON)
    return _answer(value, columns)


def _answer(value: Any, columns: Sequence[str]) -> Table:  # noqa: ANN401  any answer
    if getattr(value, "variables", None) is not None:
        return _solutions(value)
    if type(value).__module__.partition(".")[0] == "rdflib":
        return _rdflib(value)
    if isinstance(value, Iterable) and not isinstance(value, Mapping):
        return _rows(list(value), columns)
    if type(value).__module__ != "builtins" and hasattr(value, "__bool__"):
        return boolean_table(bool(value))
    advice = (
        "Write await before it"
        if hasattr(value, "__await__")
        else "Give an answer of gbagraph, pyoxigraph or rdflib, SPARQL results JSON, CSV, Turtle, rows "
        "or a boolean"
    )
    raise GbaGraphError(
        f"A value of the type {type(value).__name__} is no answer that can be compared. {advice}."
    )


def _solutions(answer: Any) -> Table:  # noqa: ANN401  any answer
    names = tuple(getattr(name, "value", str(name)) for name in answer.variables)
    return Table(names, tuple(tuple(cell(row[name]) for name in names) for row in answer))


def _rdflib(answer: Any) -> Table:  # noqa: ANN401  rdflib's types are not ours to import
    kind = getattr(answer, "type", "CONSTRUCT")
    if kind == "ASK":
        return boolean_table(bool(answer.askAnswer))
    if kind == "SELECT":
        names = tuple(map(str, answer.vars or ()))
        rows = (tuple(cell(row.get(name)) for name in names) for row in answer)
        return Table(names, tuple(rows))
    triples = getattr(answer, "graph", None)
    graph = answer if triples is None or not hasattr(answer, "type") else triples
    return graph_table(ox.Triple(*map(cell, triple)) for triple in graph)  # type: ignore[arg-type]


def _rows(rows: list[Any], columns: Sequence[str]) -> Table:
    if rows and all(isinstance(row, ox.Triple | ox.Quad) for row in rows):
        return graph_table(rows)
    if all(isinstance(row, Mapping) for row in rows):
        names = tuple(dict.fromkeys(str(name) for row in rows for name in row))
        values = tuple(tuple(cell(row.get(name)) for name in names) for row in rows)
        return Table(names, values, is_open=True)
    members = (row if isinstance(row, tuple | list) else [row] for row in rows)
    values = tuple(tuple(map(cell, row)) for row in members)
    width = max(map(len, values))
    names = tuple(columns) or tuple(f"column{number}" for number in range(1, width + 1))
    for number, row in enumerate(values, start=1):
        if len(row) != len(names):
            raise GbaGraphError(
                f"Row {number} has {len(row)} values for {len(names)} columns ({', '.join(names)})."
            )
    return Table(names, values)


def cell(value: object) -> Cell:
    """Return a term of pyoxigraph or rdflib, or a Python value, as a cell."""
    if value is None or isinstance(value, (*_TERMS, Loose)):
        return value
    if is_rdflib_term(value):
        return as_term(value) or ox.BlankNode(str(value))
    for kind, datatype, lexical in _DATATYPES:
        if isinstance(value, kind):
            return ox.Literal(lexical(value), datatype=ox.NamedNode(expand(datatype)))
    return Loose(str(value))


def _parsed(text: str, form: ox.QueryResultsFormat) -> Table:
    try:
        return read(ox.parse_query_results(text, form))
    except (SyntaxError, ValueError) as problem:
        raise GbaGraphError(f"It is not {form.name}: {problem}") from None


def _text(text: str) -> Table:
    """Return a text whose format shows in how it begins."""
    start = text.lstrip()
    if start.startswith("{"):
        return _parsed(text, ox.QueryResultsFormat.JSON)
    if re.match(r"<\?xml|<sparql\b", start):
        return _parsed(text, ox.QueryResultsFormat.XML)
    if re.match(r"@prefix|@base|PREFIX\b|BASE\b|<[^<>\s]*>\s|_:|\[", start, re.IGNORECASE):
        return _turtle(text, ox.RdfFormat.TURTLE)
    return _csv(text)


TERM: Final = r'"(?:[^"\\\r\n]|\\.)*"(?:@[\w-]+|\^\^(?:<[^<>\s]*>|[^\s,]+))'
"""A literal as Turtle writes it, which may be a cell of CSV as it stands."""
_CELL: Final = re.compile(rf'(?:({TERM})|"((?:[^"]|"")*)"|([^",\r\n][^,\r\n]*|))(,|\r\n?|\n|\Z)')
"""A cell of CSV (a term as Turtle writes it, a text in quotes, or one without) and what ends it."""
_DECLARED: Final = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())


def _csv(text: str) -> Table:
    """CSV (SPARQL 1.1 Query Results CSV, section 3), and what subject experts write into it."""
    lines = list(_lines(text.removeprefix("\ufeff")))
    if lines and (len(lines[0][1]) != 1 or lines[0][1] == [""]):
        lines = [line for line in lines if line[1] != [""]]
    if not lines:
        return Table((), (), written=())
    names = tuple(name.strip().lstrip("?") for name in lines[0][1])
    if len(lines) == 1 and len(names) == 1 and names[0].lower() in ("true", "false"):
        return boolean_table(names[0].lower() == "true")
    return Table(
        names,
        tuple(_csv_row(cells, names, number) for number, cells, _ in lines[1:]),
        written=tuple(tuple(texts) for _, _, texts in lines[1:]),
    )


def _lines(text: str) -> Iterator[tuple[int, list[str], list[str]]]:
    """Yield the number of each line, its cells, and these as they are written."""
    place, number, end, cells, written = 0, 1, "", list[str](), list[str]()
    while place < len(text) or end == ",":
        match = _CELL.match(text, place)
        if match is None:
            line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
            raise GbaGraphError(
                f"Line {line}, column {column}: the cell begins with a double quote, so it must "
                'end with one. Write double quotes within it twice, as in "a ""short"" name", and a '
                'term as in "bridge"@en.'
            )
        term, quoted, plain, end = match.groups()
        cells.append(term or plain or (quoted or "").replace('""', '"'))
        written.append(text[place : match.start(4)])
        place = match.end()
        if end != ",":
            yield number, cells, written
            number, cells, written = number + match[0].count("\n"), [], []


def _csv_row(cells: list[str], names: tuple[str, ...], number: int) -> tuple[Cell, ...]:
    if len(cells) != len(names):
        raise GbaGraphError(
            f"Line {number} has {len(cells)} cells for {len(names)} columns ({', '.join(names)}) of "
            "CSV. Put a text with commas into double quotes."
        )
    return tuple(
        _csv_cell(text, f"Line {number}, {name}") for name, text in zip(names, cells, strict=True)
    )


def _csv_cell(text: str, place: str) -> Cell:
    """Return a cell of CSV: a blank node, a term as Turtle writes it in full, or a person's text."""
    if re.match(r"_:\w+\Z", text):
        return ox.BlankNode(text[2:])
    if not _QUOTED.match(text):
        return Loose(text, may_be_number=True)
    try:
        term: Cell = next(
            ox.parse(f"{_DECLARED}<urn:x> <urn:x> {text} .", ox.RdfFormat.TURTLE)
        ).object
    except SyntaxError:
        raise GbaGraphError(
            f'{place}: {text} is not a term of Turtle. Write one as in "bridge"@en, '
            '"5"^^xsd:integer or <http://example.org/a>.'
        ) from None
    return term


def _turtle(text: str | bytes, form: ox.RdfFormat, base: str | None = None) -> Table:
    try:
        triples = [quad.triple for quad in ox.parse(text, form, base_iri=base)]
    except SyntaxError as problem:
        raise GbaGraphError(f"It is not {form.name}: {problem}") from None
    return result_set(triples) or graph_table(triples)


_RESULTS: Final = {
    ".srj": ox.QueryResultsFormat.JSON,
    ".json": ox.QueryResultsFormat.JSON,
    ".srx": ox.QueryResultsFormat.XML,
    ".xml": ox.QueryResultsFormat.XML,
    ".tsv": ox.QueryResultsFormat.TSV,
}
_GRAPHS: Final = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.TURTLE,
    ".rdf": ox.RdfFormat.RDF_XML,
}
EXTENSIONS: Final = (".srj", ".json", ".csv", ".tsv", ".ttl", ".nt", ".rdf", ".srx", ".xml")
"""The extensions of files with answers."""


def read_file(path: Path) -> Table:
    """Return the answer in a file, by its extension.

    Raises:
        QueryFileError: it is missing, or is not what its extension says.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return _by_extension(path, text)
    except FileNotFoundError:
        what = "there is no such file. Run pytest with --update-answers to have it written"
    except (OSError, UnicodeDecodeError, GbaGraphError) as problem:
        what = (
            f"{str(problem).rstrip('.')}. Correct it, or delete it and have it written with "
            "--update-answers"
        )
    raise QueryFileError(f"{display(path)}: {what}.", file=display(path), line=0)


def _by_extension(path: Path, text: str) -> Table:
    extension = path.suffix.lower()
    if extension in _RESULTS:
        return _parsed(text, _RESULTS[extension])
    if extension == ".csv":
        return _csv(text)
    if extension in _GRAPHS:
        return _turtle(text, _GRAPHS[extension], path.resolve().as_uri())
    raise GbaGraphError(f"its extension is none of {', '.join(EXTENSIONS)}")
