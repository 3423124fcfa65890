"""Answers, proofs and diagnostics, read from what a worker or a server sends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.answers import Boolean, ExplainedSolutions, Solutions, Triples
from gbagraph.answers.sources import Source
from gbagraph.answers.terms import from_json, triple_from_json
from gbagraph.explain.diagnostics import Diagnostic
from gbagraph.explain.proof import Proof
from gbagraph.explain.rows import RowEvidence, RowTriple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.answers import Answer
    from gbagraph.rdf.formats import Kind

RESULTS: Final = "application/sparql-results+json"
TRIPLES: Final = "application/n-triples"
FORMATS: Final[dict[Kind, str]] = {"solutions": RESULTS, "boolean": RESULTS, "graph": TRIPLES}
"""The media types that :func:`answer` reads, by the kind of the answer."""


def answer(body: bytes, media_type: str, sources: Sequence[Source] = ()) -> Answer:
    """The answer from its bytes, in one of ``FORMATS``, for which *sources* were called."""
    if media_type == TRIPLES:
        quads = ox.parse(body, format=ox.RdfFormat.N_TRIPLES)
        return Triples((quad.triple for quad in quads), sources)
    found = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    if isinstance(found, ox.QueryBoolean):
        return Boolean(bool(found), sources)
    return Solutions([variable.value for variable in found.variables], found, sources)


def explained(body: bytes, sources: Sequence[Source] = ()) -> ExplainedSolutions:
    """Rows with evidence, from SPARQL results JSON that has it; *sources* were called for them."""
    content = json.loads(body)
    names, results = content["head"]["vars"], content["results"]
    rows = [
        tuple(from_json(row[name]) if name in row else None for name in names)
        for row in results["bindings"]
    ]
    return ExplainedSolutions(names, rows, map(_evidence, results["evidence"]), sources)


def _evidence(found: dict[str, Any]) -> RowEvidence:
    triples = tuple(map(_row_triple, found["triples"]))
    services = tuple(Source(**each) for each in found.get("services", ()))
    return RowEvidence(triples, found["complete"], found.get("note", ""), services)


def _row_triple(found: dict[str, Any]) -> RowTriple:
    graph = from_json(found["graph"]) if "graph" in found else None
    paragraphs = tuple(found["paragraphs"])
    return RowTriple(triple_from_json(found), found["basis"], paragraphs, graph)


def proof(body: bytes) -> Proof:
    """A proof from its JSON."""
    return _proof(json.loads(body)["proof"])


def _proof(found: dict[str, Any]) -> Proof:
    return Proof(
        triple=triple_from_json(found["triple"]),
        rule=found["rule"],
        basis=found["basis"],
        paragraphs=tuple(found["paragraphs"]),
        premises=tuple(map(_proof, found["premises"])),
        claim=found["claim"],
        note=found["note"],
        graphs=tuple(found["graphs"]),
    )


def diagnostics(body: bytes) -> list[Diagnostic]:
    """Diagnostics from their JSON."""
    return [Diagnostic(**each) for each in json.loads(body)["diagnostics"]]
