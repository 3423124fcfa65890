"""Our vocabularies: the IRI of each names a document, so it answers 200; the terms are its fragments."""

from __future__ import annotations

import asyncio
import difflib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gbagraph import publication
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import Dump, Query
from gbagraph.errors import UnknownResource
from gbagraph.features.ontology import documentation
from gbagraph.features.things.routes import must_exist, thing
from gbagraph.paths import own_query
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import GRAPH, GRAPHS, HTML, by_extension
from gbagraph.rdf.namespaces import BASE, EVIDENCE, ONTOLOGY, declarations, graph_iri
from gbagraph.rdf.results import Value, named, rows, value_of
from gbagraph.web import templating
from gbagraph.web.context import Context, choose, html, labels_of, language_of, redirect
from gbagraph.web.kinds import about, of_dataset

if TYPE_CHECKING:
    from gbagraph.dataset.identity import Description
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.features.ontology.documentation import Documentation, Term
    from gbagraph.rdf.formats import Format
    from gbagraph.web.kinds import Family


_LINKS: Final = {"above": "Below", "domain": "Of", "range": "To"}
"""The columns that link to other terms, with what the page calls them."""


@dataclass(slots=True)
class UsedTerm:
    """A class or property: what is said of it, and how often it is used."""

    value: Value
    kind: str
    label: str = ""
    definition: str = ""
    number: int = 0
    links: dict[str, list[Value]] = field(default_factory=dict)


def terms(declared: bytes, used: bytes) -> dict[str, list[UsedTerm]]:
    """Return the terms by kind (``class``, ``property``), the most used first, from two answers."""
    known: dict[tuple[str, str], UsedTerm] = {}
    for row in rows(used):
        _term(known, row).number = int(row["number"]["value"])
    for row in rows(declared):
        term = _term(known, row)
        term.label = term.label or _text(row, "label")
        term.definition = term.definition or _text(row, "definition")
        for column, name in _LINKS.items():
            if column in row:
                linked = term.links.setdefault(name, [])
                linked += [value for value in [value_of(row[column])] if value not in linked]
    ordered = sorted(known.values(), key=lambda term: (-term.number, term.value.text))
    return {kind: [t for t in ordered if t.kind == kind] for kind in ("class", "property")}


def _term(known: dict[tuple[str, str], UsedTerm], row: dict[str, Any]) -> UsedTerm:
    kind = row["kind"]["value"]
    return known.setdefault((row["term"]["value"], kind), UsedTerm(value_of(row["term"]), kind))


def _text(row: dict[str, Any], column: str) -> str:
    return str(row[column]["value"]) if column in row else ""


_USES: Final = {"owl:Class": "things", "owl:NamedIndividual": "valued"}
"""The queries for the uses of terms of these kinds."""

_SHOWN: Final = 200
"""Uses of a term that its page shows."""


async def document(context: Context, request: Request) -> Evaluation | Response:
    """A vocabulary as RDF, or its documentation; of data of others, the terms that they declare."""
    chosen = choose(request, (*GRAPH, HTML), "the ontology")
    if chosen is HTML:
        return await (_page if _has_ours() else _vocabulary)(context, request)
    return await _as_rdf(context, request, chosen)


async def evidence(context: Context, request: Request) -> Evaluation | Response:
    """The vocabulary of evidence; of data of others, the thing of that name."""
    return await (
        document(context, request) if _has_ours() else thing(context, request, "evidence")
    )


def _asked(request: Request) -> str:
    """Return the IRI of the vocabulary at the address of a request."""
    return EVIDENCE if request.path.startswith("/evidence") else ONTOLOGY


def _has_ours() -> bool:
    """Whether our ontology is served: that of the built-in dataset, or a copy of it or of its terms."""
    return publication.current().is_own or namespaces.base() == namespaces.BASE


async def _as_rdf(context: Context, request: Request, chosen: Format) -> Evaluation:
    if _asked(request) == EVIDENCE:
        await must_exist(context, request, "evidence")
        query = "evidence-triples"
    elif _has_ours():
        return Evaluation(Dump(graph_iri("ontology"), chosen.media_type))
    elif await context.holds(own_query("features/ontology", "vocabulary-exists")):
        query = "vocabulary-triples"
    else:
        raise UnknownResource("The data that is served here declares no classes and no properties.")
    text = declarations() + own_query("features/ontology", query)
    return Evaluation(Query(text, {"graph": chosen.media_type}), name="ontology")


async def _vocabulary(context: Context, request: Request) -> Response:
    queries = (
        of_dataset("features/ontology", "vocabulary-declared"),
        of_dataset("features/ontology", "vocabulary-used"),
    )
    declared, used = [(await context.query(query)).body for query in queries]
    kinds = await context.kinds(request)
    listed = terms(declared, used)
    return context.page(request, "vocabulary.html", terms=listed, kinds=kinds)


async def version(context: Context, request: Request, version: str) -> Evaluation | Response:
    """A version of a vocabulary: the current one is the vocabulary itself, others have documents."""
    path = f"{_asked(request).removeprefix(BASE)}/{version}"
    await must_exist(context, request, path)
    if version != context.dataset.version:
        return redirect(request, f"/doc/{path}")
    return await document(context, request)


async def file(context: Context, request: Request, extension: str) -> Evaluation:
    """A vocabulary in the format of a suffix."""
    chosen = by_extension(GRAPH, extension)
    if chosen is None:
        raise UnknownResource(f"The ontology is not available as .{extension}.")
    return await _as_rdf(context, request, chosen)


async def _page(context: Context, request: Request) -> Response:
    answers = tuple((await _answers(context)).items())
    address = request.prefix, request.path, request.query_string, language_of(request)
    # In a thread: rendering the page the first time would delay other requests.
    kinds = await context.kinds(request)
    text = await asyncio.to_thread(
        _rendered,
        _asked(request),
        answers,
        address,
        context.dataset,
        tuple((each, kinds.family(each)) for each in sorted({*kinds.above, *kinds.families})),
    )
    return html(text)


@lru_cache(maxsize=8)
def _rendered(
    iri: str,
    answers: tuple[tuple[str, bytes], ...],
    address: tuple[str, str, bytes, str],
    dataset: Description,
    families: tuple[tuple[str, Family], ...],
) -> str:
    """Return the page, which is cached: rendering takes about a tenth of a second."""
    by_name = dict(answers)
    root, path, query, language = address
    examples = {
        row.name: (row, _table(by_name[row.name]))
        for row in documentation.examples()
        if row.name in by_name
    }
    return templating.render(
        "ontology.html",
        language,
        root=root,
        here=path,
        here_query=query.decode("ascii", "replace"),
        dataset=dataset,
        iri=iri,
        is_main=iri == ONTOLOGY,
        docs=documentation.documentation(answers, iri),
        families=dict(families),
        examples=examples,
        offers=GRAPHS,
        kinds_of_terms=documentation.KINDS,
    )


class _Table(NamedTuple):
    """Solutions as a page shows them."""

    columns: list[str]
    rows: list[list[Value | None]]


def _table(body: bytes) -> _Table:
    """Read solutions in SPARQL results JSON."""
    columns = json.loads(body)["head"]["vars"]
    cells = ([row.get(column) for column in columns] for row in rows(body))
    return _Table(columns, [[value_of(cell) if cell else None for cell in row] for row in cells])


async def _answers(context: Context) -> dict[str, bytes]:
    """Return the answers that the documentation is made of, by the name of the query."""
    queries = documentation.queries(built_in=context.dataset.built_in)
    results = await asyncio.gather(*map(context.query, queries.values()))
    return {name: result.body for name, result in zip(queries, results, strict=True)}


async def term(context: Context, request: Request, name: str) -> Evaluation | Response:
    """The page about one term of a vocabulary, with all that is said of it; or what is said, as RDF."""
    if not _has_ours():
        raise UnknownResource("The data that is served here does not hold the gbagraph ontology.")
    answers = await _answers(context)
    vocabulary = _asked(request)
    docs = await asyncio.to_thread(documentation.documentation, tuple(answers.items()), vocabulary)
    iri = f"{vocabulary}#{name}"
    row = docs.by_iri.get(iri)
    if row is None:
        near = difflib.get_close_matches(name, [each.fragment for each in docs.terms])
        raise UnknownResource(
            f"The ontology has no term {name[:80]}.",
            suggestions=[
                {"label": each, "address": f"/{vocabulary.removeprefix(BASE)}/terms/{each}"}
                for each in near
            ],
        )
    chosen = choose(request, (*GRAPH, HTML), "the description of a term")
    if chosen is HTML:
        return await _term_page(context, request, docs, row)
    text = declarations() + about("features/things", "entity-description", iri)
    return Evaluation(Query(text, {"graph": chosen.media_type}))


async def _term_page(
    context: Context, request: Request, docs: Documentation, row: Term
) -> Response:
    query = about("features/ontology", _USES.get(row.kind, "pairs"), row.iri)
    uses: list[list[Value]] = []
    if row.number or row.kind == "owl:NamedIndividual":
        labels = labels_of(request)
        uses = _values((await context.query(query, labels)).body)
    return context.page(
        request,
        "ontology-term.html",
        docs=docs,
        row=row,
        lineage=docs.lineage(row),
        family=(await context.kinds(request)).family(row.iri),
        uses=uses[:_SHOWN],
        more=len(uses) > _SHOWN,
        all_of_them=query.partition("LIMIT")[0].strip(),
        kinds_of_terms=documentation.KINDS,
    )


def _values(body: bytes) -> list[list[Value]]:
    """Return the rows of an answer with labels, each IRI with its label."""
    columns = ("thing", "value")
    return [[named(row, name) for name in columns if name in row] for row in rows(body)]
