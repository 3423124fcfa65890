"""Small documents, most of them for programs."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from gbagraph import publication
from gbagraph.dataset.description import limits
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.engine import JsonLdContext
from gbagraph.engine.outbound import Tally
from gbagraph.errors import BadParameter, UnknownResource
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import GRAPH, HTML, JSON, TEXT
from gbagraph.rdf.namespaces import declarations
from gbagraph.sparql import protocol
from gbagraph.web import languages
from gbagraph.web.context import Context, choose, content, formatted, redirect
from gbagraph.web.problems import describe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response
    from gbagraph.engine.outbound import Outbound
    from gbagraph.engine.replicas import Replica

_OF_ADDRESSES: Final = "/?&=%:@!$'()*+,;#~"
"""Characters of an address that are no part of a name or value, or are written in it as they are."""


async def void(context: Context, request: Request) -> Response:
    """The well-known address of the description of the dataset (VoID, section 7.2).

    That of others' data is a part of the description of the service.
    """
    return redirect(request, "/graph/meta" if publication.current().is_own else "/sparql")


async def json_ld_context(context: Context, request: Request) -> Evaluation:
    """The JSON-LD context: what the names in JSON-LD documents mean."""
    return Evaluation(JsonLdContext())


async def prefixes(context: Context, request: Request) -> Response:
    """The prefixes in use, as a page, as JSON or as the PREFIX declarations of a query."""
    chosen = choose(request, (JSON, TEXT, HTML), "the list of prefixes")
    if chosen is HTML:
        return context.page(request, "prefixes.html", prefixes=namespaces.prefixes())
    if chosen is TEXT:
        return formatted(declarations(), chosen)
    return formatted(json.dumps(dict(namespaces.prefixes()), indent=1), chosen)


async def language(context: Context, request: Request) -> Response:
    """Remember the language of the pages that a reader chose, and go back to the page: ``?to=&back=``.

    Raises:
        BadParameter: there are no pages in that language.
    """
    values = dict(protocol.parameters(request.query_string, "query string"))
    chosen, back = values.get("to", ""), values.get("back", "/")
    if chosen not in languages.LANGUAGES:
        raise BadParameter(
            f"There are no pages in {chosen[:50]!r}. The parameter to can be "
            f"{' or '.join(languages.LANGUAGES)}.",
            parameter="to",
        )
    # One slash: with two, it would be the address of another server.
    found = redirect(request, quote("/" + back.lstrip("/\\"), safe=_OF_ADDRESSES))
    found.add("set-cookie", languages.cookie(chosen, request.prefix))
    found.add("cache-control", "no-store")
    return found


async def service(context: Context, request: Request) -> Response:
    """The vocabulary in which services say their limits, as RDF; as a page, the manual on them."""
    chosen = choose(request, (*GRAPH, HTML), "the vocabulary")
    if chosen is HTML:
        return redirect(request, "/docs/federation#limits")
    return formatted(limits.serialize(chosen), chosen)


async def problem(context: Context, request: Request, name: str) -> Response:
    """The explanation at the type IRI of a problem."""
    found = describe(context, request, name)
    if found is None:
        raise UnknownResource("There is no such type of problem.")
    return found


def _of_endpoints(outbound: Outbound) -> Iterator[str]:
    """The counters of the endpoints that queries call."""
    names = [(each.name or each.iri, outbound.tallies[each.iri]) for each in outbound.services]
    for field in fields(Tally) if names else ():
        yield f"# TYPE gbagraph_endpoint_{field.name}_total counter\n"
        for name, tally in names:
            value = getattr(tally, field.name)
            yield f'gbagraph_endpoint_{field.name}_total{{endpoint="{_label(name)}"}} {value:.10g}\n'


def _of_replicas(replicas: Sequence[Replica]) -> Iterator[str]:
    """The gauges and counters of each endpoint that holds the data."""
    rows = (
        ("up", "gauge", lambda each: int(each.is_up)),
        ("running", "gauge", lambda each: each.running),
        ("asked_total", "counter", lambda each: each.asked),
        ("failures_total", "counter", lambda each: each.failures),
    )
    for name, kind, value in rows:
        yield f"# TYPE gbagraph_engine_{name} {kind}\n"
        for each in replicas:
            yield f'gbagraph_engine_{name}{{engine="{each.url}"}} {value(each)}\n'


def _of_what_is_served(context: Context) -> Iterator[str]:
    """The generation of the server process, and which version of the data it serves."""
    yield f"# TYPE gbagraph_generation gauge\ngbagraph_generation {context.generation}\n"
    store = context.settings.store.name if context.settings.store else ""
    labels = f'version="{_label(context.dataset.version)}",store="{_label(store)}"'
    yield f"# TYPE gbagraph_dataset_info gauge\ngbagraph_dataset_info{{{labels}}} 1\n"


def _label(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


async def metrics(context: Context, request: Request) -> Response:
    """Counters and gauges of the engine, in the Prometheus text format."""
    lines = [
        f"# TYPE gbagraph_{name}_total counter\ngbagraph_{name}_total {count}\n"
        for name, count in sorted(context.engine.counts.items())
    ]
    lines += _of_what_is_served(context)
    lines += _of_endpoints(context.engine.outbound)
    if context.engine.replicas is not None:
        lines += _of_replicas(context.engine.replicas.replicas)
    lines.append("# TYPE gbagraph_slots_taken gauge\n")
    lines += [
        f'gbagraph_slots_taken{{class="{name}"}} {count}\n'
        for name, count in context.engine.admission.in_use().items()
    ]
    return content("".join(lines), "text/plain; version=0.0.4; charset=utf-8")
