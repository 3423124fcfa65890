"""Every fact of the article can be found in the graph, with the evidence it rests on.

article_facts.tsv is a reader's checklist of the article, paragraph by paragraph, made apart from
the data; each row carries the pattern that the graph must match.
"""

import csv
from pathlib import Path

import pytest

from gbagraph.rdf.namespaces import PREFIXES, graph_iri

HEADER = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())

with (Path(__file__).parent / "article_facts.tsv").open(newline="") as file:
    FACTS = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_the_checklist_is_whole():
    assert len(FACTS) >= 150
    assert len({row["paragraph"] for row in FACTS}) >= 25


@pytest.mark.parametrize(
    "row", FACTS, ids=[f"{n}-{row['paragraph']}" for n, row in enumerate(FACTS, 2)]
)
def test_a_fact_of_the_article(graph, row):
    assert graph.query(f"{HEADER}ASK {{ {row['ask']} }}"), row["fact"]


def test_a_wrong_fact_is_not_found(graph):
    assert not graph.query(f"{HEADER}ASK {{ id:baidu gba:develops id:xpeng-production-site }}")


def test_every_paragraph_is_evidence_for_something(graph):
    rows = graph.query(f"""{HEADER}
        SELECT ?paragraph {{
          GRAPH <{graph_iri("article")}> {{ ?paragraph a gba:Paragraph }}
          FILTER NOT EXISTS {{ ?node ev:statedIn|ev:inferredFrom ?paragraph }}
        }}""")

    assert [row["paragraph"].value for row in rows] == []


def test_inferences_say_from_what(graph):
    """What is written by hand; of a kind or a name it is computed, from the facts about the thing."""
    rows = graph.query(f"""{HEADER}
        SELECT ?node {{
          GRAPH ?graph {{ ?node ev:inferredFrom ?source }}
          FILTER (?graph != <{graph_iri("evidence")}>)
          FILTER NOT EXISTS {{ ?node ev:note ?note }}
          FILTER NOT EXISTS {{ ?node ev:resolves ?words }}
        }}""")

    assert [row["node"].value for row in rows] == []


def test_context_never_stands_in_the_article_graph(graph):
    """The article graph alone holds only evidence that points into the article."""
    rows = graph.query(f"""{HEADER}
        SELECT ?node ?source {{
          GRAPH <{graph_iri("article")}> {{ ?node ev:statedIn|ev:inferredFrom ?source }}
          FILTER NOT EXISTS {{ ?source a gba:Paragraph }}
        }}""")

    assert [row["node"].value for row in rows] == []
