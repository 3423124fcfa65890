"""Why a triple is in the dataset: its proof, as JSON, as text or as a page."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final

from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.errors import BadParameter
from gbagraph.explain.proof_jobs import Why
from gbagraph.explain.terms import fact_of, read
from gbagraph.rdf.formats import HTML, JSON, TEXT
from gbagraph.sparql import protocol
from gbagraph.web import languages, proof_page
from gbagraph.web.context import Context, choose

if TYPE_CHECKING:
    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response

_TRIPLE: Final = {"s": "subject", "p": "predicate", "o": "object"}
_OF_LITERAL: Final = ("lang", "datatype")


async def triple(context: Context, request: Request) -> Evaluation | Response:
    """The proof of the triple ``?s=&p=&o=``; a browser that names none gets a form."""
    chosen = choose(request, (JSON, TEXT, HTML), "a proof")
    values = _values(request)
    if chosen is HTML:
        return await _page(context, request, values)
    return Evaluation(_job(values, chosen.media_type), name="why")


def _values(request: Request) -> dict[str, str]:
    """What the request says of the triple; parameters that are unknown do not matter."""
    pairs = protocol.parameters(request.query_string, "query string")
    found = [(name, value) for name, value in pairs if name in (*_TRIPLE, *_OF_LITERAL)]
    for name, count in Counter(name for name, _ in found).items():
        if count > 1:
            raise BadParameter(
                f"The parameter {name} is given {count} times. Give it once.", parameter=name
            )
    return dict(found)


def _job(values: dict[str, str], media_type: str) -> Why:
    for name, what in _TRIPLE.items():
        if name not in values:
            raise BadParameter(
                f"The parameter {name}, the {what} of the triple, is missing. Ask like this: "
                "/why?s=IRI&p=IRI&o=IRI, or a literal as o.",
                parameter=name,
            )
    language, datatype = (values.get(name, "") for name in _OF_LITERAL)
    triple = read(values["s"], values["p"], values["o"], language=language, datatype=datatype)
    return Why(*fact_of(triple), media_type)


async def _page(context: Context, request: Request, values: dict[str, str]) -> Response:
    proof = None
    if values:
        result = await context.result(_job(values, JSON.media_type))
        found = json.loads(result.body)
        labels = await context.query(proof_page.things_query(found), languages.labels_of(request))
        proof = proof_page.read(found, labels.body)
    return context.page(request, "why.html", proof=proof, values=values)
