"""Why a triple is in the dataset: its proof, as JSON, as text or as a page."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from gbagraph.endpoint.evaluation import Evaluation
from gbagraph.errors import BadParameter
from gbagraph.features.why.jobs import Why
from gbagraph.features.why.rules import RULES
from gbagraph.paths import own_query
from gbagraph.rdf.formats import HTML, JSON, TEXT
from gbagraph.rdf.results import Value, rows, value_of
from gbagraph.sparql.terms import fact_of, read
from gbagraph.web.context import Context, choose, labels_of
from gbagraph.web.kinds import of_terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gbagraph.endpoint.request import Request
    from gbagraph.endpoint.response import Response


def _things_query(proof: Mapping[str, Any], language: str) -> str:
    """A SELECT query that lists, as ``?thing``, all that is named in a proof, given as JSON.

    Of claims it gives what they note in *language*.
    """
    things = dict.fromkeys(f"<{iri}>" for iri in _iris(proof))
    return of_terms("features/why", "things", things).replace('= "en"', f'= "{language}"')


def _iris(step: Mapping[str, Any]) -> Iterator[str]:
    yield from (term["value"] for term in step["triple"].values() if term["type"] == "uri")
    if step["claim"]:
        yield step["claim"]
    yield from step["paragraphs"]
    for premise in step["premises"]:
        yield from _iris(premise)


Term = dict[str, Any]
"""A term as SPARQL results JSON has it."""

_EXAMPLES: Final = own_query("features/why", "examples")
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
    pairs = request.parameters
    given = [(name, value) for name, value in pairs if name in (*_TRIPLE, *_OF_LITERAL)]
    for name, count in Counter(name for name, _ in given).items():
        if count > 1:
            raise BadParameter(
                f"The parameter {name} is given {count} times. Give it once.", parameter=name
            )
    return dict(given)


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
    if not values:
        examples = rows((await context.query(_EXAMPLES, labels_of(request))).body)
        return context.page(request, "why.html", proof=None, values={}, examples=examples[:2])
    result = await context.result(_job(values, JSON.media_type))
    proof = json.loads(result.body)["proof"]
    languages = labels_of(request)
    named = rows((await context.query(_things_query(proof, languages[0]), languages)).body)
    labels = {row["thing"]["value"]: row["thingLabel"] for row in named if "thingLabel" in row}
    noted = {row["thing"]["value"]: _noted(row) for row in named if {"note", "words"} & {*row}}

    def shown(term: Term) -> Value:
        """A term of the proof with its label."""
        return value_of(term, labels.get(term["value"]) if term["type"] == "uri" else None)

    return context.page(
        request,
        "why.html",
        proof=proof,
        values=values,
        shown=shown,
        rules=RULES,
        facts=list(_facts(proof)),
        told=noted,
    )


def _noted(row: Mapping[str, Any]) -> dict[str, str]:
    """What a claim notes."""
    return {name: row[name]["value"] if name in row else "" for name in ("note", "words")}


def _facts(proof: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The facts from which a proof begins, each once; those of the ontology if there are no others."""
    steps = _first_steps(proof)
    facts = [step for step in steps if step["basis"] != "ontology"] or steps
    yield from {json.dumps(step["triple"], sort_keys=True): step for step in facts}.values()


def _first_steps(step: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [first for premise in step["premises"] for first in _first_steps(premise)] or [step]
