"""Linked data: one of our IRIs names a thing, and leads to the document about it.

A document is the symmetric concise bounded description: the triples that have the thing as subject or
object, with the claims about these triples and what the things at their other ends rest on.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlencode

from gbagraph import publication
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import JsonLdDocument, Query
from gbagraph.errors import MalformedRequest, UnknownResource
from gbagraph.explain.names import LABELS
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import DOCUMENTS, HTML
from gbagraph.rdf.namespaces import DATASET, ONTOLOGY, PREFIXES, declarations
from gbagraph.rdf.results import Value, value_of
from gbagraph.sparql import protocol
from gbagraph.web import proof_page, schema_org, signposting, templating
from gbagraph.web.context import Context, choose, format_for_path, redirect
from gbagraph.web.own_queries import about

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.rdf.formats import Format

_ROWS: Final = 1000
"""Rows of statements on one page."""

_STATED: Final = PREFIXES["gba"] + "statedIn"
_DERIVED: Final = "follows by the ontology"


async def thing(context: Context, request: Request, path: str) -> Response:
    """Redirect from the IRI of a thing to the document about it (303, See Other)."""
    await must_exist(context, path)
    return redirect(request, f"/doc/{path}")


def _page_elsewhere(path: str) -> str:
    """Where the page about a thing is, if it has one of its own kind; the browser keeps the fragment."""
    if namespaces.base() + path == ONTOLOGY:
        return "/ontology"
    return f"/queries/{path.removeprefix('query/')}" if path.startswith("query/") else ""


async def must_exist(context: Context, path: str) -> None:
    """Raise UnknownResource for a path that names nothing in the graph."""
    missing = context.what_is_not_kept() if path.startswith("dataset") else ""
    await _must_be_said_of(context, (namespaces.base() or "/") + path, missing)


async def _must_be_said_of(context: Context, iri: str, missing: str = "") -> None:
    """Raise UnknownResource for an IRI of which nothing is said; *missing* says what may be why."""
    try:
        query = about("entity-exists", iri)
    except ValueError:
        is_known = False  # it has characters that no IRI can contain
    else:
        is_known = templating.boolean(await context.query(query))
    if not is_known:
        raise UnknownResource(
            f"{iri} is not the name of anything in this graph. Start at /, or list what "
            f"there is with: SELECT DISTINCT ?thing {{ ?thing a ?class }}{missing}"
        )


async def document(context: Context, request: Request, path: str) -> Evaluation | Response:
    """The document about a thing, as RDF or as a page; a suffix such as .ttl chooses the format."""
    path, chosen = format_for_path(request, path)
    await must_exist(context, path)
    elsewhere = _page_elsewhere(path) if chosen is HTML else ""
    if elsewhere:
        return redirect(request, elsewhere)
    return await _document(
        context, request, _Address(namespaces.base() + path, f"/doc/{path}"), chosen
    )


async def of_any_iri(context: Context, request: Request) -> Evaluation | Response:
    """The document about the thing with any IRI: ``/doc?iri=IRI``."""
    pairs = dict(protocol.parameters(request.query_string, "query string"))
    if "iri" not in pairs:
        raise MalformedRequest("Say of what: /doc?iri=IRI.")
    iri = pairs["iri"]
    await _must_be_said_of(context, iri)
    chosen = choose(request, (*DOCUMENTS, HTML), "a document")
    return await _document(
        context, request, _Address(iri, f"/doc?{urlencode({'iri': iri})}"), chosen
    )


class _Address(NamedTuple):
    """The IRI of a thing, and the path of the document about it."""

    iri: str
    path: str

    def of_format(self, extension: str) -> str:
        """The path of the document in the format of a file extension."""
        return f"{self.path}&format={extension}" if "?" in self.path else f"{self.path}.{extension}"

    def of_page(self, number: int) -> str:
        """The path of a further page of the document."""
        return f"{self.path}{'&' if '?' in self.path else '?'}page={number}"


async def _document(
    context: Context, request: Request, address: _Address, chosen: Format
) -> Evaluation | Response:
    iri = address.iri
    if chosen is HTML:
        return await _page(context, request, address)
    # With all prefixes, whether the query needs them or not: the document is written with them.
    text = declarations() + about("entity-description", iri)
    job = (
        JsonLdDocument(text, iri)
        if chosen.extension == "jsonld"
        else Query(text, {"graph": chosen.media_type})
    )
    return Evaluation(job, links=_links(context, request, address))


async def _page(context: Context, request: Request, address: _Address) -> Response:
    iri = address.iri
    number = _page_number(request)
    result = await context.query(statements_query(iri, number))
    found, more = statements(result.body)
    about = await context.query(schema_org.thing_query(iri))
    page = context.page(
        request,
        "entity.html",
        iri=iri,
        address=address,
        markup=schema_org.markup(iri, about.body),
        label=_label(iri, found),
        groups=_grouped(found),
        number=number,
        more=more,
        offers=DOCUMENTS,
    )
    page.add("link", _links(context, request, address))
    return page


def _page_number(request: Request) -> int:
    pairs = protocol.parameters(request.query_string, "query string")
    text = dict(pairs).get("page", "1")
    if not re.fullmatch("[1-9][0-9]{0,5}", text):
        raise MalformedRequest(
            f"The parameter page has the value {text!r}. Give a number from 1 on."
        )
    return int(text)


def _links(context: Context, request: Request, address: _Address) -> str:
    """A Link header (RFC 8288) from a document to its thing, its other formats, and the dataset."""
    links = [
        f'<{address.iri}>; rel="canonical"',
        f'<{address.iri}>; rel="describes"',
        *(
            f'<{request.prefix}{address.of_format(form.extension)}>; rel="alternate"; '
            f'type="{form.media_type}"'
            for form in (*DOCUMENTS, HTML)
        ),
    ]
    if publication.current().is_own:
        links.append(f'<{ONTOLOGY}>; rel="describedby"')
    of = signposting.of_dataset if address.iri == DATASET else signposting.of_thing
    found = of(publication.current(), context.dataset, request.prefix)
    return ", ".join([*links, signposting.value(found)])


# --- The statements of a page ------------------------------------------------------------------


def statements_query(iri: str, page: int) -> str:
    """A SELECT query for a page about *iri*, from page 1 on: each statement with its evidence.

    It selects one row more than a page shows, which tells whether there is another page.
    """
    return f"{about('entity-statements', iri)}\nLIMIT {_ROWS + 1} OFFSET {(page - 1) * _ROWS}"


@dataclass(slots=True)
class Statement:
    """A property and one of its values, with the evidence for it; derived statements have none."""

    property: Value
    value: Value
    forward: bool
    evidence: list[tuple[str, Value]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    derived: bool = False
    terms: tuple[dict[str, Any], dict[str, Any]] = ({}, {})

    def why(self, iri: str) -> str:
        """The query string of ``/why`` for this statement about *iri*; empty if there is none."""
        this, (predicate, value) = {"type": "uri", "value": iri}, self.terms
        ends = (this, value) if self.forward else (value, this)
        return proof_page.address(ends[0], predicate, ends[1])


def statements(results: bytes) -> tuple[list[Statement], bool]:
    """The statements of a page, in order, from its query's JSON results; and whether more follow."""
    found: dict[tuple[str, ...], Statement] = {}
    rows = json.loads(results)["results"]["bindings"]
    for row in rows[:_ROWS]:
        key = tuple(json.dumps(row[name]) for name in ("forward", "property", "value"))
        statement = found.setdefault(key, _statement(row))
        _add_evidence(statement, row)
    return list(found.values()), len(rows) > _ROWS


def _statement(row: dict[str, Any]) -> Statement:
    return Statement(
        value_of(row["property"], row.get("propertyLabel")),
        value_of(row["value"], row.get("valueLabel")),
        row["forward"]["value"] == "1",
        notes=[_DERIVED] if "derived" in row else [],
        derived="derived" in row,
        terms=(row["property"], row["value"]),
    )


def _add_evidence(statement: Statement, row: dict[str, Any]) -> None:
    if "source" in row:
        basis = "stated" if row["basis"]["value"] == _STATED else "inferred"
        entry = basis, value_of(row["source"])
        if entry not in statement.evidence:
            statement.evidence.append(entry)
    for name, form in (("note", "{}"), ("words", "from the words “{}”")):
        text = form.format(row[name]["value"]) if name in row else ""
        if text and text not in statement.notes:
            statement.notes.append(text)


def _grouped(found: Iterable[Statement]) -> dict[tuple[str, bool], list[Statement]]:
    """Statements by property and direction, in the order of their first appearance."""
    groups: dict[tuple[str, bool], list[Statement]] = defaultdict(list)
    for statement in found:
        groups[statement.property.iri or "", statement.forward].append(statement)
    return groups


def _label(iri: str, found: Iterable[Statement]) -> str:
    """The label of *iri* among its statements, in our language if there is one, else its last part."""
    labels = {
        statement.value.note: statement.value.text
        for statement in found
        if statement.forward and statement.property.iri in LABELS
    }
    language = publication.current().language
    if labels:
        return labels.get(language) or labels.get("") or next(iter(labels.values()))
    return re.split("[/#]", iri.removeprefix(namespaces.base()).rstrip("/#"))[-1] or iri
