"""A proof as JSON and as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.explain.proof import proofs_of
from gbagraph.explain.rules import RULES
from gbagraph.explain.terms import sentence, triple_json, triple_of
from gbagraph.rdf.formats import TEXT
from gbagraph.rdf.results import turtle_term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.engine.worker import Work
    from gbagraph.explain.explanations import Proof
    from gbagraph.explain.proof_jobs import Why

_KNOWN: Final = {
    "stated": "stated in",
    "inferred": "inferred from",
    "ontology": "part of the ontology",
    "asserted": "asserted",
}


def run(job: Why, work: Work) -> None:
    """Send the proof of a triple."""
    proof = proofs_of(work.store).why(triple_of((job.subject, job.predicate, job.value)))
    write = text if job.format("graph") == TEXT else json_text
    work.send(job, write(proof).encode())


def as_json(proof: Proof) -> dict[str, Any]:
    """A proof with what it proves at the top, as an object for JSON."""
    found = _tree(proof)
    return {**{name: found[name] for name in ("triple", "basis", "paragraphs")}, "proof": found}


def json_text(proof: Proof) -> str:
    """A proof as JSON."""
    return json.dumps(as_json(proof), ensure_ascii=False)


def _tree(proof: Proof) -> dict[str, Any]:
    return {
        "triple": triple_json(proof.triple),
        "rule": proof.rule,
        "basis": proof.basis,
        "paragraphs": list(proof.paragraphs),
        "claim": proof.claim,
        "note": proof.note,
        "graphs": list(proof.graphs),
        "premises": [_tree(premise) for premise in proof.premises],
    }


def text(proof: Proof) -> str:
    """A proof as lines of a tree: each triple with how it is known, below it what it follows from."""
    rests = f"Rests on {_passages(proof)}.\n" if proof.paragraphs else ""
    return "\n".join(_lines(proof, "", "")) + "\n" + rests


def _lines(proof: Proof, first: str, others: str) -> Iterator[str]:
    yield f"{first}{sentence(proof.triple)}  [{_known(proof)}]"
    last = len(proof.premises) - 1
    for number, premise in enumerate(proof.premises):
        branch, below = ("└── ", "    ") if number == last else ("├── ", "│   ")
        yield from _lines(premise, others + branch, others + below)


def _known(proof: Proof) -> str:
    if proof.basis == "derived":
        return f"{proof.rule}: {RULES[proof.rule]}"
    known = f"{_KNOWN[proof.basis]} {_passages(proof)}".strip()
    return f"{known}: {proof.note}" if proof.note else known


def _passages(proof: Proof) -> str:
    return ", ".join(turtle_term(ox.NamedNode(iri)) for iri in proof.paragraphs)
