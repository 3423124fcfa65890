"""The graph in process: for notebooks, scripts and tests that ask without a server.

The engine runs in the caller's own process here, without a time limit; a query that ends the
engine (very deep nesting, ORDER BY over mixed kinds of literal) ends the caller too. Ask a server,
or ``gbagraph query``, when the query is not your own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbagraph.dataset import loader
from gbagraph.queries.catalog import find
from gbagraph.rdf.namespaces import BASE_IRI
from gbagraph.sparql.diagnostics import syntax_error
from gbagraph.sparql.dialect import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyoxigraph as ox

    from gbagraph.dataset.identity import Description

    Result = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


class Graph:
    """A loaded dataset: ``store`` is pyoxigraph's, ``description`` says what was loaded."""

    def __init__(self, store: ox.Store, description: Description) -> None:
        self.store = store
        self.description = description

    @property
    def version(self) -> str:
        """Version of the dataset, as the server sends it in the header Dataset-Version."""
        return self.description.version

    @property
    def hash(self) -> str:
        """Hash of the data graphs (RDFC-1.0), as the server sends it in the header Dataset-Hash."""
        return self.description.hash

    def query(self, sparql: str) -> Result:
        """Evaluate a SPARQL query; solutions, a boolean or triples, as pyoxigraph gives them.

        Raises:
            QuerySyntaxError: *sparql* is not a SPARQL query.
        """
        try:
            return self.store.query(normalize(sparql), base_iri=BASE_IRI)
        except SyntaxError as problem:
            raise syntax_error(sparql, str(problem)) from None

    def run(self, name: str, **parameters: object) -> Result:
        """Evaluate the canned query *name*, its parameters bound as terms.

        Raises:
            UnknownResource: there is no such query.
            BadParameter: a parameter is missing, unknown, or not of its type.
        """
        return self.query(find(name).bind((key, str(value)) for key, value in parameters.items()))


def open(  # noqa: A001  read as gbagraph.open()
    files: Sequence[Path] = (), *, inference: bool = False
) -> Graph:
    """The built-in dataset, or the given RDF files in its place, loaded in this process.

    With *inference*, the default graph also holds the graph ``inferred``.

    Raises:
        DatasetError: a file is missing or does not parse, or has no graph ``inferred`` to merge.
    """
    return Graph(*loader.load(files, inference=inference))
