"""The programs that a page offers ask what the page asks."""

import sys

import pytest

from gbagraph.web.snippets import Call, snippets
from support import processes
from support.installed import needs

PREFIX = "PREFIX gba: <https://w3id.org/gbagraph/ontology#>\nPREFIX id: <https://w3id.org/gbagraph/id/>\n"
SELECT = f"""{PREFIX}# it's a "test" with \\ and `ticks` and ${{x}}
SELECT ?what {{ id:baidu gba:develops ?what FILTER (STR(?what) != "it's `${{x}}`\\\\n") }}"""
QUERIES = {
    "solutions": (SELECT, "apollo-rd-centre"),
    "boolean": (f"{PREFIX}ASK {{ id:baidu gba:develops ?what }}", "true"),
    "graph": (f"{PREFIX}CONSTRUCT WHERE {{ id:baidu gba:develops ?what }}", "apollo-rd-centre"),
}
PROGRAMS = {
    "curl": ["sh", "-c"],
    "Python: gbagraph": [sys.executable, "-c"],
    "Python: SPARQLWrapper": [sys.executable, "-c"],
    "Python: rdflib": [sys.executable, "-c"],
    "JavaScript: fetch": ["node", "--input-type=module", "--eval"],
}


def asked(kind="solutions", **more):
    return Call("http://127.0.0.1:9/sparql", QUERIES[kind][0], kind, **more)


def run(title, question):
    (snippet,) = [each for each in snippets(question) if each.title == title]
    command = PROGRAMS[title]
    needs(command[0] if command[0] != sys.executable else "python3")
    return processes.run(
        [*command, snippet.text], capture_output=True, text=True, timeout=180, check=True
    ).stdout


@pytest.mark.parametrize("kind", QUERIES)
@pytest.mark.parametrize("title", PROGRAMS)
def test_a_program_gets_the_answer(server, title, kind):
    query, answer = QUERIES[kind]

    assert answer in run(title, Call(server.sparql, query, kind)).lower()


@pytest.mark.parametrize("title", PROGRAMS)
def test_a_program_asks_a_canned_query_with_its_values(server, title):
    address = f"{server.url}/queries/topics-of?thing=blockchain-zone"
    question = Call(
        server.sparql,
        f"{PREFIX}SELECT * {{ id:blockchain-zone gba:focusesOn ?topic }}",
        "solutions",
        name="topics-of",
        given=(("thing", "blockchain-zone"),),
        address=address,
    )

    assert "blockchain" in run(title, question)


@pytest.mark.parametrize("title", [title for title in PROGRAMS if "gbagraph" not in title])
def test_a_program_asks_the_part_of_the_data_that_is_chosen(server, title):
    query = f"{PREFIX}SELECT ?place {{ id:apollo-rd-centre gba:locatedIn ?place }}"
    whole = Call(server.sparql, query, "solutions")
    asserted = Call(server.sparql, query, "solutions", (("infer", "false"),))

    assert "china" in run(title, whole)
    assert "china" not in run(title, asserted)


def test_what_cannot_ask_a_part_of_the_data_is_left_out():
    titles = [each.title for each in snippets(asked(parameters=(("infer", "false"),)))]

    assert "Python: gbagraph" not in titles
    assert "curl" in titles


def test_r_reads_a_table_and_quotes_what_it_must():
    (text,) = [each.text for each in snippets(asked()) if each.language == "r"]

    assert "library(httr2)" in text
    assert "read.csv(text = text)" in text
    assert SELECT in text
