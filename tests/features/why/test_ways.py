"""The ways in which data say on what a fact rests: read alike from a store, an engine and on pages."""

import re
from io import BytesIO

import pyoxigraph as ox
import pytest

from gbagraph.features.remote.dataset import Elsewhere
from gbagraph.features.why import evidence
from gbagraph.features.why.evidence import EvidenceReader
from support import store_with
from support.serving import serving

DATA = """
PREFIX t: <http://trams.example/>
PREFIX ev: <https://w3id.org/gbagraph/evidence#>
PREFIX nif: <http://persistence.uni-leipzig.org/nlp2rdf/ontologies/nif-core#>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
t:told rdfs:subPropertyOf t:said . t:said rdfs:subPropertyOf ev:statedIn .
t:page rdfs:label "Page 1" ; nif:isString "The line to the docks opened in 1904." .
t:plain t:to t:docks .
t:derived t:to t:docks ; prov:wasDerivedFrom t:page .
t:vague t:to t:docks ; ev:restsOn t:page .
t:subject t:to t:docks ; ev:statedIn t:page .
t:told-subject t:to t:docks ; t:told t:page .
t:claimed t:to t:docks . t:c1 rdf:subject t:claimed ; rdf:predicate t:to ; rdf:object t:docks ;
    ev:statedIn t:page .
t:sourced t:to t:docks . t:c2 rdf:subject t:sourced ; rdf:predicate t:to ; rdf:object t:docks ;
    prov:hadPrimarySource t:page .
t:annotated t:to t:docks {| ev:inferredFrom t:page ; ev:note "by the map" |} .
t:named t:to t:docks ~ t:r1 {| prov:wasQuotedFrom t:page ; oa:exact "to the docks" |} .
t:loose t:to t:docks {| prov:wasDerivedFrom t:page |} .
t:since t:to t:docks {| t:since 1904 |} .
t:own t:to t:docks {| ev:statedIn t:page |} ; ev:inferredFrom t:other .
t:mixed t:to t:docks ; t:from t:market ; ev:statedIn t:page .
t:c3 rdf:subject t:mixed ; rdf:predicate t:to ; rdf:object t:docks ; ev:statedIn t:other .
t:g1 t:told t:page . t:g1 { t:graphed t:to t:docks }
"""
T = "http://trams.example/"
KNOWN = {
    "plain": "asserted",
    "derived": "asserted",
    "vague": "asserted page",
    "subject": "stated page",
    "told-subject": "stated page",
    "claimed": "stated page c1",
    "sourced": "stated page c2",
    "annotated": "inferred page",
    "named": "stated page r1",
    "loose": "asserted page",
    "since": "asserted",
    "own": "stated page",
    "graphed": "stated page",
}
"""The basis of each thing's way to the docks, the passage, and the claim if it has a name."""


def to_docks(name):
    return ox.Triple(*(ox.NamedNode(T + each) for each in (name, "to", "docks")))


def told(store):
    reader = EvidenceReader(store)
    reader.read_ahead(list(map(to_docks, KNOWN)))
    found = {name: reader.of(to_docks(name)) for name in KNOWN}
    return {
        name: " ".join(
            (e.basis, *(p.removeprefix(T) for p in e.paragraphs), *(e.claim or "").split())
        ).replace(T, "")
        for name, e in found.items()
    }, found


@pytest.fixture(scope="module")
def held():
    return store_with(DATA, ox.RdfFormat.TRIG)


def test_each_way_gives_the_basis_that_it_can(held):
    names, found = told(held)

    assert names == KNOWN
    assert found["annotated"].note == "by the map"
    assert found["named"].words == ((f"{T}page", "to the docks"),)
    assert found["subject"].words == ((f"{T}page", "The line to the docks opened in 1904."),)
    assert found["graphed"].graphs == (f"{T}g1",)


def test_an_engine_gives_the_same_for_few_questions(held):
    asked = []

    def engine(question):
        asked.append(question.text)
        reply = BytesIO(held.query(question.text).serialize(format=ox.QueryResultsFormat.JSON))
        reply.media_type = "application/sparql-results+json"
        return reply

    names, found = told(Elsewhere(engine))

    assert names == KNOWN
    assert found["annotated"].note == "by the map"  # of a blank node, of which nothing can be asked
    assert len(asked) < len(KNOWN)


@pytest.mark.parametrize("used", [True, False])
def test_nobody_pays_for_a_way_that_does_not_occur(used):
    """The data are asked once which ways occur, and for annotations only where there are some."""
    looked_up = []

    class Counting:
        def __init__(self, store):
            self.query = store.query
            self._store = store

        def quads_for_pattern(self, *form):
            looked_up.append(form[1])
            return self._store.quads_for_pattern(*form)

    text = f"<{T}a> <{T}to> <{T}docks> " + (f"{{| <{T}since> 1904 |}}" if used else "") + " ."
    EvidenceReader(Counting(store_with(text))).of(to_docks("a"))

    assert (evidence._REIFIES in looked_up) is used


def test_what_a_fact_rests_on_itself_goes_before_its_subject(trams_server):
    passage = trams_server.page("/doc", iri=f"{T}page")

    said = [f"t:mixed \u2013 {told}" for told in ("from", "to")]
    assert [each in passage for each in said] == [True, False]


trams_server = serving(DATA, name="ways.trig")


@pytest.mark.parametrize("name", ["claimed", "annotated", "graphed", "subject", "vague"])
def test_pages_say_it_beside_each_fact_and_for_the_passage(trams_server, name):
    fact = trams_server.page("/doc", iri=T + name)
    passage = trams_server.page("/doc", iri=f"{T}page")

    basis = KNOWN[name].split()[0]
    words = {"stated": "stated in", "inferred": "inferred from", "asserted": "rests on"}[basis]
    assert re.search(rf"{words} *<a[^>]*page[^>]*>Page 1</a>", fact)
    assert "The line to the docks opened in 1904." in fact
    rests = passage.partition('id="supports"')[2].partition("</section>")[0]
    assert f"/doc?iri=http%3A%2F%2Ftrams.example%2F{name}" in rests
    assert "%2Fplain" not in rests
    assert "%2Fderived" not in rests
