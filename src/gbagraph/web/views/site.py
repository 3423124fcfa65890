"""Small documents, most of them for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from gbagraph import publication
from gbagraph.dataset.description import limits
from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.errors import BadParameter, UnknownResource
from gbagraph.rdf import namespaces
from gbagraph.rdf.formats import GRAPH, HTML, JSON, TEXT
from gbagraph.rdf.namespaces import declarations
from gbagraph.web import addresses, templating
from gbagraph.web.languages import language_cookie
from gbagraph.web.context import Context, choose, formatted, redirect
from gbagraph.web.json_ld_jobs import JsonLdContext
from gbagraph.web.problems import describe

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response

_OF_ADDRESSES: Final = "/?&=%:@!$'()*+,;#~"
"""Characters of an address that are no part of a name or value, or are written in it as they are."""


async def void(context: Context, request: Request) -> Response:
    """The well-known address of the description of the dataset (VoID, section 7.2).

    That of others' data is a part of the description of the service.
    """
    return redirect(
        request,
        "/graph/meta"
        if publication.current().is_own and addresses.serves("/graph/meta")
        else "/sparql",
    )


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
    values = dict(request.parameters)
    chosen, back = values.get("to", ""), values.get("back", "/")
    if chosen not in templating.LANGUAGES:
        raise BadParameter(
            f"There are no pages in {chosen[:50]!r}. The parameter to can be "
            f"{' or '.join(templating.LANGUAGES)}.",
            parameter="to",
        )
    # One slash: with two, it would be the address of another server.
    found = redirect(request, quote("/" + back.lstrip("/\\"), safe=_OF_ADDRESSES))
    found.add("set-cookie", language_cookie(chosen, request.prefix))
    found.add("cache-control", "no-store")
    return found


async def service(context: Context, request: Request) -> Response:
    """The vocabulary in which services say their limits, as RDF; as a page, the manual on them."""
    offers = (*GRAPH, HTML) if addresses.serves("/docs/federation") else GRAPH
    chosen = choose(request, offers, "the vocabulary")
    if chosen is HTML:
        return redirect(request, "/docs/federation#limits")
    return formatted(limits.serialize(chosen), chosen)


async def problem(context: Context, request: Request, name: str) -> Response:
    """The explanation at the type IRI of a problem."""
    found = describe(context, request, name)
    if found is None:
        raise UnknownResource("There is no such type of problem.")
    return found
