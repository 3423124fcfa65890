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
    "solutions": SELECT,
    "boolean": f"{PREFIX}ASK {{ id:baidu gba:develops ?what }}",
    "graph": f"{PREFIX}CONSTRUCT WHERE {{ id:baidu gba:develops ?what }}",
}
END = "====="
PROGRAMS = {
    "curl": (["sh", "-c"], f"{{}}\necho {END}\n"),
    "Python: gbagraph": ([sys.executable, "-c"], f"{{}}\nprint('{END}')\n"),
    "Python: SPARQLWrapper": ([sys.executable, "-c"], f"{{}}\nprint('{END}')\n"),
    "Python: rdflib": ([sys.executable, "-c"], f"{{}}\nprint('{END}')\n"),
    "JavaScript: fetch": (
        ["node", "--input-type=module", "--eval"],
        f"{{{{ {{}}\nconsole.log('{END}') }}}}\n",
    ),
}
"""What runs the programs of a kind, and how one is followed by the next in the same process."""


def asked(kind="solutions", **more):
    return Call("http://127.0.0.1:9/sparql", QUERIES[kind], kind, **more)


def answers(title, questions):
    """What the programs print that are offered for these questions."""
    command, program = PROGRAMS[title]
    needs(command[0] if command[0] != sys.executable else "python3")
    texts = [
        each.text for question in questions for each in snippets(question) if each.title == title
    ]
    done = processes.run(
        [*command, "".join(map(program.format, texts))],
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    return done.stdout.lower().split(END)


@pytest.mark.parametrize("title", PROGRAMS)
def test_a_program_gets_the_answer(server, title):
    """To a query of each form, to a canned one with its values, and to one of a part of the data."""
    place = f"{PREFIX}SELECT ?place {{ id:apollo-rd-centre gba:locatedIn ?place }}"
    canned = Call(
        server.sparql,
        f"{PREFIX}SELECT * {{ id:blockchain-zone gba:focusesOn ?topic }}",
        "solutions",
        name="topics-of",
        given=(("thing", "blockchain-zone"),),
        address=f"{server.url}/queries/topics-of?thing=blockchain-zone",
    )
    expected = ("apollo-rd-centre", "true", "apollo-rd-centre", "blockchain", "china")

    *found, part, _ = answers(
        title,
        [
            *(Call(server.sparql, query, kind) for kind, query in QUERIES.items()),
            *(canned, Call(server.sparql, place, "solutions")),
            Call(server.sparql, place, "solutions", (("infer", "false"),)),
        ],
    )

    if title == "Python: gbagraph":  # which asks no part
        found.append(part)
    else:
        assert "china" not in part
    assert [words in answer for words, answer in zip(expected, found, strict=True)] == [True] * 5


def test_what_cannot_ask_a_part_of_the_data_is_left_out():
    titles = [each.title for each in snippets(asked(parameters=(("infer", "false"),)))]

    assert "Python: gbagraph" not in titles
    assert "curl" in titles


def test_r_reads_a_table_and_quotes_what_it_must():
    (text,) = [each.text for each in snippets(asked()) if each.language == "r"]

    assert "library(httr2)" in text
    assert "read.csv(text = text)" in text
    assert SELECT in text
