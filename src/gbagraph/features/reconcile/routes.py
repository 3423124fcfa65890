"""The service of reconciliation, and which things identifiers of elsewhere are."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec
import pyoxigraph as ox
from msgspec import Struct

from gbagraph import publication
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import Job, JobOptions
from gbagraph.errors import BadParameter, RequestTooLarge, UnknownResource
from gbagraph.features.reconcile import reconciliation
from gbagraph.features.reconcile.jobs import EntityKind, Extend, Lookup, NameQuery, Reconcile
from gbagraph.names.texts import local_name
from gbagraph.paths import own_query
from gbagraph.rdf.formats import DOCUMENTS, HTML, JSON, Format, GraphFormat, narrowed
from gbagraph.rdf.namespaces import in_full, prefixes
from gbagraph.rdf.result_formats import TABLES
from gbagraph.rdf.results import rows as rows_of
from gbagraph.sparql import negotiation, protocol
from gbagraph.web.context import (
    CHOOSE_LANGUAGE,
    Context,
    choose,
    content,
    formatted,
    label_languages,
    labels_of,
    of_this_host,
)
from gbagraph.web.kinds import about, of_dataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response

    _Result = dict[str, Any]


_KINDS: Final[dict[str, EntityKind]] = {"entity": "thing", "type": "class", "property": "property"}
_SUGGESTED: Final = 10
_PROPOSED: Final = 50
_LAST: Final = 1000


async def service(context: Context, request: Request) -> Response:
    """Candidates for a batch of `queries`, or values to `extend` them by; else the manifest."""
    given = _given(request)
    if "queries" in given:
        asked = reconciliation.queries(given["queries"])
        answers = await _answer(context, request, Reconcile(tuple(asked.values())))
        return _json(request, reconciliation.batch(asked, answers))
    if "extend" in given:
        values = await _answer(context, request, Extend(*reconciliation.extension(given["extend"])))
        return _json(request, msgspec.Raw(values))
    if request.body:
        raise BadParameter(
            "The parameter queries is missing: a JSON object of queries by their keys, such as "
            '{"q0": {"query": "NAME"}}.',
            parameter="queries",
        )
    return await _manifest(context, request)


async def suggest(context: Context, request: Request, kind: str) -> Response:
    """Entities, types or properties whose names begin with `?prefix=` or are like it."""
    if kind not in _KINDS:
        raise UnknownResource(f"There are suggestions of {', '.join(_KINDS)}.")
    pairs = dict(request.parameters)
    text = pairs.get("prefix", "").strip()
    if not text:
        return _json(request, {"result": []})
    query = NameQuery(
        text,
        _KINDS[kind],
        types=tuple(filter(None, [pairs.get("type")])) if kind == "entity" else (),
        limit=_number(pairs, "limit", _SUGGESTED),
        offset=_number(pairs, "cursor", 0),
    )
    (rows,) = json.loads(await _answer(context, request, Reconcile((query,))))
    return _json(request, {"result": [reconciliation.suggestion(kind, row) for row in rows]})


async def properties(context: Context, request: Request) -> Response:
    """The properties that things of the class `?type=` have, at most `limit`: the own, the most used."""
    pairs = dict(request.parameters)
    named, limit = pairs.get("type", "").strip(), _number(pairs, "limit", _PROPOSED)
    try:
        of_class = about("features/reconcile", "properties", in_full(named)) if named else None
    except ValueError:
        raise BadParameter(
            f"The parameter type has the value {named[:100]!r}. Give the IRI of a class.",
            parameter="type",
        ) from None
    text = of_class or of_dataset("features/reconcile", "properties-of-all")
    answer = await context.query(text, label_languages("en"))
    proposed = [_proposed(row) for row in json.loads(answer.body)["results"]["bindings"]]
    proposed.sort(key=lambda each: not reconciliation.is_own(each["id"]))
    asked = {"type": named} if named else {}
    return _json(request, {"properties": proposed[:limit], "limit": limit} | asked)


async def preview(context: Context, request: Request) -> Response:
    """A small page on the entity, type or property `?id=`, to be shown in a frame."""
    pairs = dict(request.parameters)
    iri = in_full(pairs.get("id", ""))
    asked = tuple(NameQuery(iri, kind, limit=1) for kind in _KINDS.values() if ":" in iri)
    answers = json.loads(await _answer(context, request, Reconcile(asked))) if asked else []
    row = next((row for rows in answers for row in rows if row["id"] == iri), None)
    return context.page(
        request, "reconcile-preview.html", 200 if row else 404, framed=True, entity=row, iri=iri
    )


def _given(request: Request) -> dict[str, str | bytes]:
    """What the request gives: parameters, fields of a form, or members of a JSON object."""
    if not reconciliation.is_json(request):
        return dict(reconciliation.parameters(request))
    members = reconciliation.decoded(request.body, dict[str, msgspec.Raw], "the body")
    return {name: bytes(value) for name, value in members.items()}


async def _answer(context: Context, request: Request, job: Job) -> bytes:
    """The answer to a job that a client gives, which waits its turn among those of others."""
    return await context.whole(job, JobOptions(request.who))


async def _manifest(context: Context, request: Request) -> Response:
    kinds = await context.kinds(request)
    said = reconciliation.manifest(request.base, context.dataset.title, kinds)
    response = _json(request, said)
    response.vary = CHOOSE_LANGUAGE
    return of_this_host(request, response)


def _proposed(row: dict[str, Any]) -> dict[str, str]:
    iri = row["property"]["value"]
    label = row.get("propertyLabel", {}).get("value", "")
    return {"id": iri, "name": label or local_name(iri) or iri}


def _number(pairs: dict[str, str], name: str, default: int) -> int:
    text = pairs.get(name) or str(default)
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) > _LAST:
        raise BadParameter(
            f"The parameter {name} has the value {text[:50]!r}. Give a number from 0 to {_LAST}.",
            parameter=name,
        )
    return int(text)


def _json(request: Request, value: object) -> Response:
    """*value* as JSON; as a script that calls a function with it, where the address names one."""
    if callback := dict(request.parameters).get("callback"):
        text = reconciliation.called_back(callback, value)
        return content(text, "text/javascript; charset=utf-8")
    return content(msgspec.json.encode(value), "application/json")


BATCH: Final = 500
"""IRIs that are looked up at once at most."""

_CSV: Final = next(offer for offer in TABLES if offer.extension == "csv")
# Without JSON-LD: the name json would mean that, too.
_RDF: Final = tuple(offer for offer in DOCUMENTS if offer.extension != "jsonld")
_SHOWN: Final = (JSON, _CSV, _RDF[0])
_OFFERS: Final = (JSON, HTML, _CSV, *_RDF)
_COLUMNS: Final = ("iri", "match", "label", "relation", "described")
_LINK: Final = ("subject", "predicate", "object")


class _Body(Struct, frozen=True):
    """The body of a request in JSON."""

    iris: list[str]


async def lookup(context: Context, request: Request) -> Evaluation | Response:
    """Which things each `?iri=` is or is linked to, also for many at once; or a page."""
    iris = _iris(request)
    if len(iris) > BATCH:
        raise RequestTooLarge(
            f"These are {len(iris)} IRIs. Look up at most {BATCH} at once.", limit=BATCH
        )
    chosen = choose(request, _OFFERS, "a look-up")
    if chosen is HTML:
        return await _page(context, request, iris)
    if not iris:
        raise BadParameter(
            "The parameter iri is missing. Ask like this: "
            "/lookup?iri=http://www.wikidata.org/entity/Q42",
            parameter="iri",
        )
    job = Lookup(iris, _languages(request))
    if chosen is JSON:
        return Evaluation(job, "lookup")
    body = await context.whole(job)
    # In a thread: what many IRIs have would delay other requests.
    return formatted(await asyncio.to_thread(_written, body, chosen), chosen)


def _iris(request: Request) -> tuple[str, ...]:
    """The IRIs in their order; a value of several lines, as of a form, is one for each line."""
    is_json = reconciliation.is_json(request)
    posted = reconciliation.decoded(request.body, _Body, "iris").iris if is_json else ()
    values = (value for name, value in reconciliation.parameters(request) if name == "iri")
    lines = (line.strip() for value in values for line in value.splitlines())
    return (*filter(None, lines), *posted)


def _languages(request: Request) -> tuple[str, ...]:
    """The languages of labels: those asked for, then that of the dataset, then English."""
    asked = negotiation.languages(dict(request.parameters).get(protocol.LABELS, ""))
    return tuple(dict.fromkeys((*asked, publication.current().language, "en")))


def _written(body: bytes, chosen: Format) -> str | bytes:
    return _csv(_results(body)) if chosen is _CSV else _rdf(_results(body), chosen)


def _results(body: bytes) -> list[_Result]:
    return msgspec.json.decode(body, type=dict[str, list[dict[str, Any]]])["results"]


def _csv(results: Iterable[_Result]) -> str:
    """A row for each link of each match; a row without them for an IRI that is not known."""
    file = io.StringIO()
    rows = (row for result in results for row in _rows(result))
    csv.writer(file).writerows(((*_COLUMNS, *_LINK), *rows))
    return file.getvalue()


def _rows(result: _Result) -> Iterator[list[str]]:
    if not result["matches"]:
        yield [result["iri"], *[""] * (len(_COLUMNS) + len(_LINK) - 1)]
    for match in result["matches"]:
        cells = [result["iri"], *(match[name] for name in ("iri", "label", "relation"))]
        cells += ["true" if match["described"] else "false"]
        for link in match["links"] or [{}]:
            yield [*cells, *(link.get(name, "") for name in _LINK)]


def _rdf(results: Iterable[_Result], chosen: Format) -> bytes:
    """The links, as the data have them."""
    links = (link for each in results for match in each["matches"] for link in match["links"])
    rows = dict.fromkeys(tuple(link[name] for name in _LINK) for link in links)
    used = {
        name: iri
        for name, iri in prefixes().items()
        if any(term.startswith(iri) for row in rows for term in row)
    }
    triples = (ox.Triple(*map(ox.NamedNode, row)) for row in rows)
    file = io.BytesIO()
    ox.serialize(triples, file, narrowed(chosen, GraphFormat).rdf_format, prefixes=used)
    return file.getvalue()


_EXAMPLE: Final = own_query("features/reconcile", "example")


async def _page(context: Context, request: Request, iris: tuple[str, ...]) -> Response:
    asked = [("iri", iri) for iri in iris]
    body = await context.whole(Lookup(iris, labels_of(request))) if iris else b""
    examples = [] if iris else rows_of((await context.query(_EXAMPLE)).body)
    page = await asyncio.to_thread(
        context.page,
        request,
        "lookup.html",
        service=f"{request.base}/reconcile",
        results=_results(body) if body else [],
        iris=iris,
        examples=[row["iri"]["value"] for row in examples],
        batch=BATCH,
        # With the parameters that ask for the same as data.
        offers=[
            (each.label.split()[-1], urlencode([*asked, ("format", each.name)])) for each in _SHOWN
        ],
    )
    return of_this_host(request, page, "private, no-cache")
