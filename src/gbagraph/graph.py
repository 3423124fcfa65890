"""The graph in process: for notebooks, scripts and tests that ask without a server.

The engine runs in the caller's own process here, without a time limit; a query that ends the
engine (very deep nesting, ORDER BY over mixed kinds of literal) ends the caller too. Ask a server,
or ``gbagraph query``, when the query is not your own.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from gbagraph.dataset import loader
from gbagraph.dataset.view import view
from gbagraph.explain.diagnosing import explainer_of
from gbagraph.explain.proof import proofs_of
from gbagraph.explain.rows import rows_with_evidence
from gbagraph.explain.terms import read
from gbagraph.explain.values import with_things
from gbagraph.queries.catalog import find
from gbagraph.rdf.namespaces import BASE_IRI
from gbagraph.sparql.diagnostics import syntax_error
from gbagraph.sparql.dialect import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyoxigraph as ox

    from gbagraph.dataset.identity import Description
    from gbagraph.explain.diagnostics import Diagnostic
    from gbagraph.explain.proof import Proof
    from gbagraph.explain.rows import Rows

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

    @overload
    def query(self, sparql: str, *, evidence: Literal[False] = False) -> Result: ...

    @overload
    def query(self, sparql: str, *, evidence: Literal[True]) -> Rows: ...

    def query(self, sparql: str, *, evidence: bool = False) -> Result | Rows:
        """Evaluate a SPARQL query; solutions, a boolean or triples, as pyoxigraph gives them.

        With *evidence*, the rows of a SELECT query, each with what it rests on (``row.evidence``).

        Raises:
            QuerySyntaxError: *sparql* is not a SPARQL query.
            RequestError: *evidence* is asked of a query that is no SELECT query.
        """
        query = normalize(sparql)
        try:
            if evidence:
                return rows_with_evidence(self.store, view(self.store, query), query)
            return self.store.query(query, base_iri=BASE_IRI)
        except SyntaxError as problem:
            raise syntax_error(sparql, str(problem)) from None

    @overload
    def run(  # type: ignore[overload-overlap]  # no query has a parameter named evidence
        self, name: str, *, evidence: Literal[True], **parameters: object
    ) -> Rows: ...

    @overload
    def run(self, name: str, **parameters: object) -> Result: ...

    def run(self, name: str, *, evidence: object = False, **parameters: object) -> Result | Rows:
        """Evaluate the canned query *name*, its parameters bound as terms; *evidence* as in query().

        Raises:
            UnknownResource: there is no such query.
            BadParameter: a parameter is missing, unknown, or not of its type.
            RequestError: *evidence* is asked of a query that is no SELECT query.
        """
        query = find(name)
        given = ((key, str(value)) for key, value in parameters.items())
        text = with_things(*query.bind_things(given), self.store)
        return self.query(text, evidence=True) if evidence else self.query(text)

    def explain(self, sparql: str) -> list[Diagnostic]:
        """What is wrong or misleading in a query, the gravest first; empty for one that is right.

        A text that is no query has one diagnostic, which says where and why.
        """
        return explainer_of(self.store).diagnose(sparql)

    def why(
        self,
        subject: str | ox.NamedNode,
        predicate: str | ox.NamedNode,
        value: str | ox.NamedNode | ox.Literal,
        *,
        lang: str = "",
        datatype: str = "",
    ) -> Proof:
        """The shortest proof of a triple, asserted or derived, with the passages at its leaves.

        Terms are pyoxigraph's, or texts as ``/why`` takes them: IRIs in full or with one of our
        prefixes (``id:baidu``), literals as in N-Triples, or their text with *lang* or *datatype*.

        Raises:
            BadParameter: a text is no term.
            UnknownTriple: the dataset does not hold the triple, and it does not follow.
        """
        texts = map(str, (subject, predicate, value))
        return proofs_of(self.store).why(read(*texts, language=lang, datatype=datatype))


def open(  # noqa: A001  read as gbagraph.open()
    files: str | Path | Sequence[str | Path] = (),
    *,
    infer: bool | None = None,
    inference: bool | None = None,
) -> Graph:
    """The built-in dataset, a kept release of it, or RDF files, loaded in this process.

    Args:
        files: the version of a release (``"0.2.0"``), or RDF files, one or several; by default the
            built-in dataset.
        infer: whether the default graph holds what follows by the ontology. By default it does, but
            for files and for releases before 0.3.0.
        inference: the older name of *infer*.

    Raises:
        DatasetError: there is no such release, a file is missing or does not parse, or *infer* is
            asked of what has no graph ``inferred``.
    """
    if inference is not None:
        warnings.warn("inference is now called infer", DeprecationWarning, stacklevel=2)
        infer = inference if infer is None else infer
    names = [files] if isinstance(files, str | Path) else files
    return Graph(*loader.load([Path(name) for name in names], infer=infer))
