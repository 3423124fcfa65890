"""The canned queries of what is published: all files of their folder, read once."""

from __future__ import annotations

import difflib
import json
import re
import zipfile
from collections import defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec

from gbagraph import feature, publication
from gbagraph.errors import BadParameter, QueryFileError, UnknownResource
from gbagraph.queries import texts
from gbagraph.queries.parse import fault, parse
from gbagraph.rdf.namespaces import TERMS
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gbagraph.queries.canned import CannedQuery
    from gbagraph.queries.parameters import Parameter


_NAME: Final = re.compile(r"[\w.-]+")


def is_name(query: str) -> bool:
    """Return whether *query* can be the name of a canned query; no query has such a text."""
    return _NAME.fullmatch(query) is not None


def all_queries(folder: str | None = None) -> dict[str, CannedQuery]:
    """Return all canned queries of *folder*, by name, in the order of their names.

    It may be the archive of a release. By default it is that of what is published; an empty text is no
    folder, and has none. There are none if they are left out.

    Raises:
        QueryFileError: a file has a fault; the message has a line for each such file.
    """
    if "canned" not in feature.present():
        return {}
    return _read(publication.current().queries if folder is None else folder)


def told_queries(language: str) -> dict[str, CannedQuery]:
    """Return :func:`all_queries` of what is published as readers of *language* see them.

    Raises:
        QueryFileError: a file has a fault.
    """
    return {name: texts.told(query, language) for name, query in all_queries().items()}


def local_queries(folder: str | None = None) -> dict[str, CannedQuery]:
    """Return those of :func:`all_queries` that the data alone answer: they call no other endpoint.

    Raises:
        QueryFileError: a file has a fault.
    """
    return {name: query for name, query in all_queries(folder).items() if not query.is_federated}


@cache
def _read(folder: str) -> dict[str, CannedQuery]:
    """Return the queries of a folder; none of no folder."""
    queries, faults = {}, []
    for path, content in _files(Path(folder)) if folder else ():
        try:
            queries[path.stem] = parse(path, content)
        except QueryFileError as problem:
            faults.append(problem)
    _raise(faults)
    if folder:
        _raise([fault(path, 0, what) for path, what in texts.faults(Path(folder), queries)])
    return {name: _with_values(query, queries) for name, query in queries.items()}


def _files(folder: Path) -> Iterator[tuple[Path, bytes | None]]:
    """The query files of a folder, or of an archive, there with what is in them, by name."""
    if folder.suffix != ".zip":
        yield from ((path, None) for path in sorted(folder.glob("*.rq")))
        return
    with zipfile.ZipFile(folder) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".rq"))
        yield from ((folder / name, archive.read(name)) for name in names)


def _with_values(query: CannedQuery, others: dict[str, CannedQuery]) -> CannedQuery:
    """Return *query* with the text of the queries that find the values of its parameters."""
    if all(row.drawn is None or row.drawn.text for row in query.parameters):
        return query
    return replace(query, parameters=tuple(_drawn(query, row, others) for row in query.parameters))


def _drawn(query: CannedQuery, row: Parameter, others: dict[str, CannedQuery]) -> Parameter:
    drawn = row.drawn
    if drawn is None or drawn.text:
        return row
    said = f"the values of {row.name} are those of the query {drawn.query}"
    other = others.get(drawn.query)
    if other is None or other.name == query.name:
        raise fault(
            query.path, 0, f"{said}, which there is not" if other is None else f"{said} itself"
        )
    try:
        text = other.bind(drawn.given)
    except BadParameter as problem:
        raise fault(query.path, 0, f"{said}: {problem.message.rstrip('.')}") from None
    for column in filter(None, (drawn.value, drawn.label)):
        if column not in ParsedQuery(text).variables:
            raise fault(query.path, 0, f"{said}, which has no column {column}")
    return replace(row, drawn=drawn._replace(text=text))


def _raise(faults: list[QueryFileError]) -> None:
    """Raise one error for all *faults*, if there are any; they are in its detail ``faults``."""
    if faults:
        raise QueryFileError("\n".join(fault.message for fault in faults), faults=faults)


def require_valid(faults: Iterable[tuple[str, int] | None]) -> None:
    """Raise QueryFileError if a query is not valid SPARQL.

    *faults* has an entry for each query, in the order of names: what is wrong and in which line, or
    None.
    """
    _raise(
        [
            fault(query.path, problem[1], problem[0].rstrip("."))
            for query, problem in zip(all_queries().values(), faults, strict=True)
            if problem is not None
        ]
    )


def queries_by_iri() -> dict[str, tuple[CannedQuery, ...]]:
    """Return the canned queries that contain an IRI, by the IRI, in the order of names.

    "A query uses a term" means everywhere that the text of the query contains the term. Reaching a term
    through a property path or as a value does not count.
    """
    return _by_iri(publication.current().queries)


@cache
def _by_iri(folder: str) -> dict[str, tuple[CannedQuery, ...]]:
    named: dict[str, list[CannedQuery]] = defaultdict(list)
    for query in _read(folder).values():
        for iri in query.iris:
            named[iri].append(query)
    return {iri: tuple(queries) for iri, queries in named.items()}


def find(
    name: str, folder: str | None = None, *, listing: str = " `gbagraph queries` lists all."
) -> CannedQuery:
    """Return the query of this name, in *folder* or of what is published.

    *listing* is the sentence of an error that says what lists all.

    Raises:
        UnknownResource: there is none; the error names the most similar.
    """
    queries = all_queries(folder)
    if not queries:
        raise UnknownResource(
            f"There is no canned query named {name!r}: none come with this dataset.", near=[]
        )
    if name not in queries:
        near = _near(name, queries)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise UnknownResource(
            f"There is no canned query named {name!r}.{hint}{listing}",
            near=near,
            suggestions=[
                {"label": f"{each}: {queries[each].summary}", "address": f"/queries/{each}"}
                for each in near
            ],
        )
    return queries[name]


def _near(name: str, queries: Iterable[str]) -> list[str]:
    """Return the names that are written like *name*, else those that have a word of it."""
    words = set(name.split("-"))
    sharing = [each for each in queries if not words.isdisjoint(each.split("-"))]
    return difflib.get_close_matches(name, queries, n=3) or sharing[:3]


def queries_json(queries: Iterable[CannedQuery], allowed: Collection[str] | None = None) -> str:
    """The list of canned queries as JSON.

    Each says which other endpoints it calls, and whether these are *allowed*; None: no server says so.
    """
    rows = [
        {
            "name": query.name,
            "summary": query.summary,
            "description": query.description,
            "texts": msgspec.to_builtins(texts.said_of(query)),
            "tags": query.tags,
            "terms": sorted(iri for iri in query.iris if iri.startswith(TERMS)),
            "path": f"/queries/{query.name}",
            "parameters": list(map(_parameter_json, query.parameters)),
            "columns": query.variables,
            "services": [
                {"endpoint": iri} | ({} if allowed is None else {"allowed": iri in allowed})
                for iri in query.services
            ],
        }
        for query in queries
    ]
    return json.dumps({"queries": rows}, ensure_ascii=False, indent=1)


def _parameter_json(row: Parameter) -> dict[str, Any]:
    parameter: dict[str, Any] = {
        "name": row.name,
        "type": row.type.name,
        "required": row.required and row.default is None,
        "list": row.is_list,
        "description": row.description,
        "expects": row.expects,
        "default": row.default,
        "example": row.default if row.example is None else row.example,
    }
    if row.choices:
        parameter["choices"] = [
            {name: text for name, text in each._asdict().items() if text} for each in row.choices
        ]
    if row.drawn is not None and row.drawn.query:
        given = f"?{urlencode(row.drawn.given)}" if row.drawn.given else ""
        parameter["choicesFrom"] = {
            "path": f"/queries/{row.drawn.query}{given}",
            "value": row.drawn.value,
            "label": row.drawn.label,
        }
    return parameter
