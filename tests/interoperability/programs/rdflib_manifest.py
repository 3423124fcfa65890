"""Runs the query tests of a manifest by rdflib's own runner, which is in its source distribution.

Called as ``rdflib_manifest.py MANIFEST``, with the folder of that distribution in PYTHONPATH.
It prints a line for each test: its name, a tab, and ``passed`` or why not.
"""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

import test.data  # noqa: F401  first: what follows imports it in a circle
from rdflib import Graph, Namespace
from test.utils.dawg_manifest import Manifest
from test.utils.iri import URIMapper
from test.utils.sparql_checker import SPARQLEntry, check_query, ctx_configure_rdflib

BASE = "https://example.org/suite/"
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")


def key_of(entry):
    """What a test has as its data."""
    graphs = ((graph.graph_id, graph.label) for graph in entry.action_graph_data or ())
    return entry.action_data, tuple(sorted(graphs))


class Entry(SPARQLEntry):
    """A test whose data are read once for all tests that share them."""

    kept: ClassVar[dict] = {}

    def action_dataset(self):
        key = key_of(self)
        if key not in self.kept:
            self.kept.clear()
            self.kept[key] = super().action_dataset()
        return self.kept[key]


def entries(path):
    graph = Graph().parse(path, publicID=BASE + path.name)
    # This runner knows graphs with a name of their own from tests of updates, whose property it is.
    for subject, _, value in list(graph.triples((None, QT.graph, None))):
        graph.remove((subject, QT.graph, value))
        graph.add((subject, UT.graph, value))
    mapper = URIMapper.from_mappings((BASE, path.parent.absolute().as_uri() + "/"))
    for manifest in Manifest.from_graph(mapper, graph):
        yield from manifest.entires(Entry)


def outcome(entry):
    try:
        with ExitStack() as stack:
            check_query(stack, entry)
    except Exception as problem:  # noqa: BLE001  whatever it is, it is the outcome
        return f"{type(problem).__name__}: {problem}".replace("\n", " ")
    return "passed"


def main(manifest):
    with ctx_configure_rdflib():
        for entry in sorted(entries(Path(manifest)), key=lambda entry: str(key_of(entry))):
            name = entry.identifier.rpartition("#")[2]
            print(name, outcome(entry), sep="\t", flush=True)  # noqa: T201


main(*sys.argv[1:])
