"""Every fact of the article can be found in the graph, with the evidence it rests on.

article_facts.tsv is a reader's checklist of the article, paragraph by paragraph, made apart from
the data. Each row carries the pattern that the graph must match, and how each triple of it rests on
the row's paragraph: the properties of what is stated there, inferred from there, or worded by us
(ours); those of claims that rest on other passages of the article (elsewhere); and what has no claim,
for it follows by the ontology (derived).
"""

import csv
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.sparql import prepareQuery

from gbagraph.dataset.identity import BUILT_IN
from gbagraph.paths import resource
from gbagraph.rdf.namespaces import PREFIXES, expand, graph_iri

HEADER = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
BASES = {"ev:statedIn": "stated", "ev:inferredFrom": "inferred", "ev:wordedFrom": "ours"}
ORDER = (*BASES.values(), "elsewhere", "derived")
ARTICLE = expand("id:article")
SUBJECT = rdflib.URIRef(expand("rdf:subject"))

with (Path(__file__).parent / "article_facts.tsv").open(newline="") as file:
    FACTS = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


class Claim(NamedTuple):
    """How a triple is known, and the passages of the article on which it rests."""

    basis: str
    passages: tuple[str, ...]


def claims_of(store):
    """The claims that rest on the article, by the triple that each is about."""
    found = {}
    rows = store.query(f"""{HEADER}
        SELECT ?s ?p ?o ?basis ?passage {{
          GRAPH <{graph_iri("evidence")}> {{
            ?claim a ev:Claim ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; ?basis ?passage }}
          FILTER (?basis IN ({", ".join(BASES)}))
          FILTER (?passage = id:article || STRSTARTS(STR(?passage), STR(art:)))
        }}""")
    names = {expand(curie): name for curie, name in BASES.items()}
    for row in rows:
        triple = tuple(map(term, (row["s"], row["p"], row["o"])))
        found.setdefault(triple, set()).add((names[row["basis"].value], row["passage"].value))
    claims = {}
    for triple, rests in found.items():
        ((basis, *others),) = [sorted({basis for basis, _ in rests})]
        assert not others, triple
        passages = sorted(passage.removeprefix(PREFIXES["art"]) for _, passage in rests)
        claims[triple] = Claim(basis, tuple(passages))
    return claims


def term(node):
    """A term of either library in N-Triples syntax, so that equal ones are the same."""
    return node.n3() if isinstance(node, rdflib.term.Identifier) else str(node)


def patterns(ask):
    """The plain triple patterns of *ask*: none of paths, claims, subqueries and what must not be."""
    algebra = prepareQuery(f"{HEADER}ASK {{ {ask} }}").algebra
    triples = list(_in(algebra.p))
    about = {subject for subject, predicate, _ in triples if predicate == SUBJECT}
    return [
        triple
        for triple in triples
        if isinstance(triple[1], rdflib.URIRef) and triple[0] not in about
    ]


def _in(part):
    if part.name == "BGP":
        yield from part.triples
    elif part.name not in {"Graph", "ToMultiSet"}:
        for below in (part.p, part.p1, part.p2):
            yield from _in(below) if below else ()


def resting(graph, claims, paragraph, ask):
    """For each solution of *ask* how its triples rest on the *paragraph*, as in the column."""
    wanted = patterns(ask)
    for solution in graph.query(f"{HEADER}SELECT * {{ {ask} }}"):
        groups = {}
        for triple in wanted:
            named = [
                solution[str(part)] if isinstance(part, rdflib.Variable) else part
                for part in triple
            ]
            claim = claims.get(tuple(map(term, named)))
            if claim is None:
                how = "derived"
            else:
                how = claim.basis if paragraph in claim.passages else "elsewhere"
            groups.setdefault(how, []).append(re.sub(r"^.*[/#]", "", triple[1]))
        yield "; ".join(f"{how}: {' '.join(sorted(groups[how]))}" for how in ORDER if how in groups)


def test_the_checklist_is_whole():
    assert len(FACTS) >= 150
    assert len({row["paragraph"] for row in FACTS}) >= 25


@pytest.fixture(scope="module")
def claims(graph):
    return claims_of(graph.store)


@pytest.mark.slow
def test_a_fact_of_the_article(graph, claims):
    for row in FACTS:
        ways = list(resting(graph, claims, row["paragraph"], row["ask"]))
        assert row["basis"] in ways, row["fact"]


def test_most_rows_rest_on_their_paragraph():
    """The others say what the paragraph does not tell, or name a thing that others tell of."""
    bases = set(BASES.values())
    resting_there = [row for row in FACTS if bases & set(re.findall(r"(\w+):", row["basis"]))]

    assert len(FACTS) - len(resting_there) <= 12


def test_a_wrong_fact_is_not_found(graph, claims):
    assert not graph.query(f"{HEADER}ASK {{ id:baidu gba:develops id:xpeng-production-site }}")
    assert not list(resting(graph, claims, "title", "id:baidu gba:develops id:xpeng . "))


def test_how_a_triple_rests_is_told(graph, claims):
    ask = """
      id:ai-zone gba:area ?area ; gba:statedLength ?extent ; gba:locatedIn id:china .
      id:ai-zone skos:altLabel "AI zone"@en .
      ?extent gba:bound ?bound . FILTER NOT EXISTS { id:ai-zone a gba:City }
    """

    assert list(resting(graph, claims, "ai-zone-1", ask)) == [
        "stated: bound statedLength; inferred: area; elsewhere: altLabel; derived: locatedIn"
    ]
    assert list(resting(graph, claims, "title", ask)) == [
        "elsewhere: altLabel area bound statedLength; derived: locatedIn"
    ]


def test_every_paragraph_is_evidence_for_something(graph):
    rows = graph.query(f"""{HEADER}
        SELECT ?paragraph {{
          GRAPH <{graph_iri("article")}> {{ ?paragraph a gba:Paragraph }}
          FILTER NOT EXISTS {{ ?node ev:statedIn|ev:inferredFrom ?paragraph }}
        }}""")

    assert [row["paragraph"].value for row in rows] == []


def test_inferences_say_from_what(graph):
    """What is written by hand; elsewhere of a kind or a name it is computed, from facts."""
    rows = graph.query(f"""{HEADER}
        SELECT ?node {{
          GRAPH ?graph {{
            ?node ev:inferredFrom ?source
            FILTER NOT EXISTS {{ ?node ev:note ?note }}
            FILTER NOT EXISTS {{ ?node ev:resolves ?words }}
          }}
          FILTER (?graph != <{graph_iri("evidence")}> || STRSTARTS(STR(?source), STR(art:)))
        }}""")

    assert [row["node"].value for row in rows] == []


def test_each_fact_of_the_article_has_one_claim():
    """Also its kind and its label; only of sections and paragraphs the place and the name have none."""
    facts = set(read("article"))
    claimed = Counter(
        (one["subject"], one["predicate"], one["object"]) for one in written().values()
    )
    structure = {
        triple
        for triple in facts
        if triple[0].value.startswith(PREFIXES["art"]) and triple[1].value != expand("rdfs:comment")
    }

    assert set(claimed.values()) == {1}
    assert {tuple(triple) for triple in facts - structure} == set(claimed)
    assert len(claimed) > 1100


def test_context_never_stands_beside_the_article():
    """What is said of the article rests on it alone, and its graph tells facts and no evidence."""
    sources = {
        part.value
        for one in written().values()
        for name, part in one.items()
        if f"ev:{name}" in BASES
    }
    terms = {triple[1].value for triple in read("article")}

    assert {source for source in sources if not source.startswith(PREFIXES["art"])} <= {ARTICLE}
    assert not [name for name in terms if name.startswith(PREFIXES["ev"])]


def read(name):
    return [quad.triple for quad in ox.parse(path=str(resource(*BUILT_IN[name])))]


def written():
    """The claims that are written by hand, each with its properties by their local names."""
    claims = {}
    for subject, predicate, value in read("evidence"):
        claims.setdefault(subject, {})[re.sub(r"^.*[/#]", "", predicate.value)] = value
    return claims
