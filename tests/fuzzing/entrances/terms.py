"""Terms as people write them, values of parameters, names that are searched, triples in all formats."""

import csv
import io
import json
from functools import cache

import pyoxigraph as ox

from fuzzing.entrances.inputs import texts
from gbagraph.api.conversion import native
from gbagraph.errors import NotAcceptable
from gbagraph.features.reconcile import candidates
from gbagraph.features.reconcile.identifiers import variants
from gbagraph.names import texts as words
from gbagraph.names.matching import Entry, Finder, Name
from gbagraph.queries.types import type_named
from gbagraph.rdf.dataset import canonical_lines
from gbagraph.rdf.namespaces import compact, document_path, in_full, local_path
from gbagraph.rdf.result_formats import SOLUTIONS
from gbagraph.rdf.results import as_json, from_json, turtle_term
from gbagraph.sparql.terms import fact_of, read, sentence, triple_of
from gbagraph.web import jobs


def terms(data: bytes) -> str:
    """A triple as people write it: what is read is shown so that it reads the same."""
    subject, predicate, value, language, datatype = texts(data, 5)
    for each in (subject, value):
        assert each not in variants(each)
        in_full(each)
    triple = read(subject, predicate, value, language=language, datatype=datatype)
    assert triple_of(fact_of(triple)) == triple
    assert sentence(triple)
    for node in (triple.subject, triple.predicate, triple.object):
        if isinstance(node, ox.NamedNode):
            assert in_full(compact(node.value)) == node.value
            local_path(node.value)
            document_path(node.value)
    assert read(*map(turtle_term, triple)) == triple, list(map(turtle_term, triple))
    return type(triple.object).__name__


def values(data: bytes) -> str:
    """The value of a parameter: a term that the engine reads as the same."""
    name, value = texts(data, 2)
    kind = type_named(name)
    if kind is None:
        return "no type"
    try:
        found = kind.term(value)
    except (ValueError, OverflowError):
        return f"no {kind.name[:4]}"
    (quad,) = ox.parse(f"<urn:s> <urn:p> {found} .", format=ox.RdfFormat.N_TRIPLES)
    assert quad.object == found, (quad.object, found)
    return kind.name[:4]


@cache
def _finder() -> Finder:
    names = ["Nansha", "Guangzhou Knowledge City", "广州", "R&D centre", "a", "Straße 12", "GBA-1"]
    return Finder(
        (Entry("thing", f"urn:{number}", name), (Name(str(number)), Name(name, "en")))
        for number, name in enumerate(names)
    )


def names(data: bytes) -> str:
    """A text that is searched, and two that are compared."""
    one, other = texts(data, 2)
    found = _finder().find(one)
    _finder().nearest(one)
    assert 0 <= candidates.fits(one, other) <= 1
    assert candidates.fits(one, one) == 1
    assert 0 <= words.likeness(one[:200], other[:200]) <= 1
    words.spaced(one)
    return f"{min(len(found.hits), 3)} found, {len(found.slips)} slips"


_PREFIXES = {"label": "http://www.w3.org/2000/01/rdf-schema#label", "part": "http://e.org/part"}
_TERMS = jobs.Context(
    {iri: name for name, iri in _PREFIXES.items()},
    {
        "label": {"@id": _PREFIXES["label"], "@container": "@language"},
        "part": {"@id": _PREFIXES["part"], "@type": "@id"},
    },
)


def written(data: bytes) -> str:
    """Triples in all formats that are written here: what is read again is the same."""
    try:
        found = list(ox.parse(data, format=ox.RdfFormat.TURTLE, base_iri="http://e.org/"))
    except SyntaxError:
        return "no triples"
    triples = [quad.triple for quad in found]
    if len(triples) < 5:
        canonical_lines(found)
    for each in (term for triple in triples for term in triple):
        native(each)
        assert from_json(as_json(each)) == each
    _as_rows(triples)
    return _as_json_ld(triples)


def _as_rows(triples: list[ox.Triple]) -> None:
    names = ["s", "p", "o"]
    rows = [tuple(triple) for triple in triples]
    for offer in SOLUTIONS:
        body = offer.written(names, rows)
        if offer.extension in ("json", "ndjson"):
            lines = body.splitlines() if offer.extension == "ndjson" else [body]
            assert all(json.loads(line) is not None for line in lines)
        if offer.extension == "csv":
            again = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
            assert len(again) == len(rows) + 1


def _as_json_ld(triples: list[ox.Triple]) -> str:
    if not triples or not isinstance(triples[0].subject, ox.NamedNode):
        return "about no IRI"
    try:
        body = jobs.document(triples[0].subject.value, triples, _TERMS)
    except NotAcceptable:
        return "of RDF 1.2"
    again = [quad.triple for quad in ox.parse(body, format=ox.RdfFormat.JSON_LD)]
    assert len(set(again)) == len(set(triples)), body
    assert _ground(again) == _ground(triples), body
    return "triples"


def _ground(triples: list[ox.Triple]) -> set[ox.Triple]:
    """The triples without blank nodes, which have other labels in each document."""
    return {triple for triple in triples if "_:" not in str(triple)}
