"""Which things identifiers of elsewhere are: as JSON, CSV or RDF, and as a page."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import pyoxigraph as ox
from msgspec import Struct

from gbagraph import publication
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine.results import rdf_format
from gbagraph.errors import BadParameter, RequestTooLarge
from gbagraph.explain.reconciliation_jobs import Lookup
from gbagraph.rdf.formats import DOCUMENTS, HTML, JSON, TABLES
from gbagraph.rdf.namespaces import prefixes
from gbagraph.sparql import negotiation, protocol
from gbagraph.web import bodies, languages
from gbagraph.web.context import Context, choose, formatted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.rdf.formats import Format

    _Result = dict[str, Any]

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


async def answer(context: Context, request: Request) -> Evaluation | Response:
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
    found = await context.whole(job)
    # In a thread: what many IRIs have would delay other requests.
    return formatted(await asyncio.to_thread(_written, found, chosen), chosen)


def _iris(request: Request) -> tuple[str, ...]:
    """The IRIs in their order; a value of several lines, as of a form, is one for each line."""
    posted: list[str] = []
    if bodies.is_json(request):
        posted = bodies.decoded(request.body, _Body, "iris").iris
    values = (value for name, value in bodies.parameters(request) if name == "iri")
    lines = (line.strip() for value in values for line in value.splitlines())
    return (*filter(None, lines), *posted)


def _languages(request: Request) -> tuple[str, ...]:
    """The languages of labels: those asked for, then that of the dataset, then English."""
    asked = dict(protocol.parameters(request.query_string, "query string")).get(protocol.LABELS, "")
    found = (*negotiation.languages(asked), publication.current().language, "en")
    return tuple(dict.fromkeys(found))


def _written(body: bytes, chosen: Format) -> str | bytes:
    found = _results(body)
    return _csv(found) if chosen is _CSV else _rdf(found, chosen)


def _results(body: bytes) -> list[_Result]:
    found: list[_Result] = json.loads(body)["results"]
    return found


def _csv(results: Iterable[_Result]) -> str:
    """A row for each link of each match; a row without them for an IRI that is not known."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow((*_COLUMNS, *_LINK))
    for result in results:
        writer.writerows(_rows(result))
    return file.getvalue()


def _rows(result: _Result) -> Iterator[list[str]]:
    if not result["matches"]:
        yield [result["iri"], *[""] * (len(_COLUMNS) + len(_LINK) - 1)]
    for match in result["matches"]:
        told = [result["iri"], match["iri"], match["label"], match["relation"]]
        told.append("true" if match["described"] else "false")
        for link in match["links"] or [{}]:
            yield [*told, *(link.get(name, "") for name in _LINK)]


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
    ox.serialize(triples, file, rdf_format(chosen), prefixes=used)
    return file.getvalue()


async def _page(context: Context, request: Request, iris: tuple[str, ...]) -> Response:
    job = Lookup(iris, languages.labels_of(request))
    found = await context.whole(job) if iris else b""
    page = await asyncio.to_thread(
        context.page,
        request,
        "lookup.html",
        service=f"{request.base}/reconcile",
        results=_results(found) if found else [],
        iris=iris,
        batch=BATCH,
        offers=[(offer.label.split()[-1], _address(iris, offer)) for offer in _SHOWN],
    )
    if not request.addresses.public_url:
        # The response contains the address that was requested: shared caches must not keep it.
        page.add("cache-control", "private, no-cache")
    return page


def _address(iris: tuple[str, ...], offer: Format) -> str:
    """The parameters that ask for the same as data."""
    return urlencode([*(("iri", iri) for iri in iris), ("format", offer.name)])
