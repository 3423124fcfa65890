"""On what facts rest, as a page tells it beside each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from gbagraph.api.explanations import by_passage
from gbagraph.features.why.evidence import EvidenceReader
from gbagraph.rdf.labels import LabelFinder
from gbagraph.rdf.results import as_json
from gbagraph.sparql.terms import triple_of

if TYPE_CHECKING:
    from gbagraph.engine.worker import Work
    from gbagraph.features.why.evidence import Evidence
    from gbagraph.features.why.jobs import EvidenceOfFacts


def run(job: EvidenceOfFacts, work: Work) -> None:
    """Send it for each fact: false for one that is itself a statement on what something rests."""
    reader = EvidenceReader(work.store, job.languages)
    label = LabelFinder(work.store, job.languages)
    triples = list(map(triple_of, job.facts))
    reader.read_ahead(triples)
    found = [reader.of(triple) for triple in triples]
    label.read_ahead(ox.NamedNode(name) for each in found if each for name in each.paragraphs)
    told: list[Any] = [_told(each, label) if each else None for each in found]
    for place, triple in enumerate(triples):
        if reader.is_evidence(triple):
            told[place] = False
    work.send(job, json.dumps(told).encode())


def _told(found: Evidence, label: LabelFinder) -> dict[str, Any]:
    sentences, words = by_passage(found.sentences), by_passage(found.words)
    places = []
    for name in found.paragraphs:
        node = ox.NamedNode(name)
        text = label(node)
        told = {"sentences": sentences.get(name, []), "words": words.get(name, [])}
        places.append({"source": as_json(node), "label": text and as_json(text), **told})
    return {"basis": found.basis, "claim": found.claim or "", "note": found.note, "places": places}
