"""What is loaded, graph by graph, and what the dataset says of itself."""

from collections import defaultdict

import pyoxigraph as ox
import pytest
import rdflib

from gbagraph.dataset import view
from gbagraph.dataset.catalog import published
from gbagraph.dataset.identity import META


@pytest.fixture(scope="session")
def parts(graph):
    """The triples of each graph by its IRI, those of the default graph under an empty text."""
    found = defaultdict(set)
    for quad in graph.store:
        found[getattr(quad.graph_name, "value", "")].add(quad.triple)
    return found


@pytest.fixture(scope="session")
def described(graph):
    """A store of what the metadata describe: their own figures would else be about themselves."""
    store = ox.Store()
    store.extend(quad for quad in graph.store if quad.graph_name not in (META, ox.DefaultGraph()))
    view.fill(store, infer=True)
    return store


@pytest.fixture(scope="session")
def meta(graph):
    """graph/meta as the server writes it."""
    return rdflib.Graph().parse(
        data=ox.serialize(published(graph.store), format=ox.RdfFormat.N_TRIPLES), format="nt"
    )
