"""The model on one page: each of its queries runs, and finds something."""

import re

import pytest

from gbagraph.paths import resource
from gbagraph.rdf.namespaces import PREFIXES

PAGE = resource("docs", "model.md").read_text()
PATHS = re.findall(r"^### (\d+)\. (.*?)\n.*?```sparql\n(.*?)```", PAGE, re.M | re.S)
HEADER = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())


def test_it_has_twenty_paths():
    assert [int(number) for number, _, _ in PATHS] == [*range(1, 21)]
    assert PAGE.count("```sparql") == len(PATHS)


@pytest.mark.parametrize(
    "query", [query for _, _, query in PATHS], ids=[name for _, name, _ in PATHS]
)
def test_a_path_leads_somewhere(graph, query):
    assert list(graph.query(HEADER + query))
