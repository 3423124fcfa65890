"""A graph that evaluates in the caller's own process, without a time limit; and how any graph is opened.

A query that ends the engine (very deep nesting, ORDER BY over mixed kinds of literal) ends the caller
too. Where the query is not your own, ``open(safe=True)`` and a server evaluate it elsewhere.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import pyoxigraph as ox

from gbagraph import publication
from gbagraph.api import answer as reading
from gbagraph.api import asking, conversion
from gbagraph.api.answer import Boolean, Triples
from gbagraph.api.queryable import Queryable
from gbagraph.api.solutions import ExplainedSolutions, Solutions
from gbagraph.dataset import loader
from gbagraph.dataset.identity import Described, kept_of
from gbagraph.dataset.view import view
from gbagraph.errors import EngineUnavailable, RequestError
from gbagraph.feature import needed
from gbagraph.names.meanings import resolved
from gbagraph.queries.catalog import all_queries, find, is_name
from gbagraph.rdf.formats import BRIEF
from gbagraph.rdf.labels import with_labels
from gbagraph.rdf.namespaces import knowing
from gbagraph.settings import Settings
from gbagraph.sparql.failures import translated_errors
from gbagraph.sparql.parsed import ParsedQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gbagraph.api.answer import Answer
    from gbagraph.api.changes import AnswerChange
    from gbagraph.api.conversion import Argument
    from gbagraph.api.safe import SafeGraph
    from gbagraph.dataset.identity import Description
    from gbagraph.dataset.view import View
    from gbagraph.rdf.formats import Explained


class Graph(Described, Queryable):
    """A loaded dataset: ``store`` is pyoxigraph's, ``description`` says what was loaded.

    *queries* is the folder of its canned queries, by default that of what is published; *prefixes* are
    those that it knows, if not those of what is published.
    """

    def __init__(
        self,
        store: ox.Store,
        description: Description,
        *,
        queries: str | None = None,
        prefixes: Mapping[str, str] | None = None,
    ) -> None:
        self.store = store
        self.description = description
        self._queries = queries
        self._prefixes = prefixes or {}
        self._is_closed = False

    def close(self) -> None:
        """Have it answer no longer."""
        self._is_closed = True

    def at(self, version: str) -> Self:
        """Return a kept release of this dataset, in this process."""
        release = kept_of(self.description, version)
        return type(self)(*loader.load_release(release), queries=str(release.queries))

    def _ask(self, question: asking.Asked) -> object:
        if self._is_closed:
            raise EngineUnavailable("The graph is closed. Open one here.", state="closed")
        return knowing(self._prefixes, self._answered, question)

    def _answered(self, question: asking.Asked) -> object:  # noqa: PLR0911  one for each question
        match question:
            case asking.Evaluate(evidence=evidence, labels=labels):
                answer = self._answer(question.text(), evidence=evidence, labels=labels)
                return reading.of_form(question.form, answer)
            case asking.Run(evidence=evidence):
                query = find(question.name, self._queries)
                text = resolved(*query.bind_references(question.given()), self.store)
                return self._answer(text, evidence=evidence)
            case asking.Search():
                results = needed("search")(self.store, needed("search job")(question.text))
                return question.read(results, "", ())
            case asking.Diagnose():
                return needed("diagnose")(self.store, question.sparql, question.language)
            case asking.Catalogue() | asking.Prefixes():
                return question.here(self._queries)
            case asking.Identify():
                return reading.identified(needed("identify")(self.store, question.iris))
            case asking.Prove():
                return needed("prove")(self.store, question.read_triple())

    def compare(self, after: Queryable, query: str, /, **parameters: Argument) -> AnswerChange:
        """Return which rows of a query are gone and new in the graph *after*; see Queryable."""
        if not isinstance(after, Graph):
            return super().compare(after, query)  # it says that it cannot
        texts = [graph._text_of(query, parameters) for graph in (self, after)]  # noqa: SLF001
        known = [text for text in texts if text is not None]
        if not known:
            find(query, after._queries)  # noqa: SLF001  it names those that there are
        only_in = "" if len(known) > 1 else (self if texts[0] else after).version
        names = self.version, after.version
        made: AnswerChange = needed("compare")(
            self.store, after.store, names, query, (known[0], known[-1]), only_in=only_in
        )
        return made

    def _text_of(self, query: str, parameters: Mapping[str, Argument]) -> str | None:
        """The text of a query as it is asked here; None if there is no such canned query."""
        if not is_name(query):
            return conversion.bound(query, parameters)
        canned = all_queries(self._queries).get(query)
        if canned is None:
            return None
        given = conversion.pairs(parameters) if parameters else canned.examples.items()
        return resolved(*canned.bind_references(given), self.store)

    def _answer(self, sparql: str, *, evidence: Explained, labels: tuple[str, ...] = ()) -> Answer:
        # Calls of other endpoints are taken out or refused here: the engine would make them.
        parsed = ParsedQuery(sparql)
        query = parsed.normalized
        with translated_errors(sparql):
            dataset = view(self.store, parsed)
            if evidence:
                return self._explained(dataset, query, brief=evidence == BRIEF)
            return _whole(dataset, query.text, labels)

    def _explained(self, dataset: View, query: ParsedQuery, *, brief: bool) -> ExplainedSolutions:
        rows = needed("rows with evidence")(self.store, dataset, query, brief=brief)
        return ExplainedSolutions(
            [variable.value for variable in rows.variables],
            [row.solution for row in rows],
            [row.evidence for row in rows],
        )


def _whole(dataset: View, query: str, labels: tuple[str, ...]) -> Answer:
    """Return the whole answer: pyoxigraph's is read once, and only by the thread that made it."""
    result = dataset.query(query)
    if isinstance(result, ox.QuerySolutions):
        names = [variable.value for variable in result.variables]
        rows: Any = map(tuple, result)
        return Solutions(
            *with_labels(dataset.store, labels, names, rows) if labels else (names, result)
        )
    return Boolean(bool(result)) if isinstance(result, ox.QueryBoolean) else Triples(result)


@overload
def open(  # noqa: A001
    files: str | Path | Sequence[str | Path] = (),
    *,
    queries: str | Path | None = None,
    infer: bool | None = None,
    inference: bool | None = None,
    safe: Literal[False] = False,
) -> Graph: ...
@overload
def open(  # noqa: A001
    files: str | Path | Sequence[str | Path] = (),
    *,
    queries: str | Path | None = None,
    infer: bool | None = None,
    inference: bool | None = None,
    safe: Literal[True],
    timeout: float | None = None,
) -> SafeGraph: ...
def open(  # noqa: A001, PLR0913  read as gbagraph.open(); one option each
    files: str | Path | Sequence[str | Path] = (),
    *,
    queries: str | Path | None = None,
    infer: bool | None = None,
    inference: bool | None = None,
    safe: bool = False,
    timeout: float | None = None,
) -> Graph | SafeGraph:
    """Return the built-in dataset, a kept release of it, or RDF files, loaded on this machine.

    Args:
        files: the version of a release (``"0.2.0"``), or RDF files, one or several; by default the
            built-in dataset.
        queries: the folder of the canned queries; by default that of the built-in ones for the
            built-in dataset, those of its own for a release, and none for files.
        infer: whether the default graph holds what follows by the ontology. By default it does, but
            for files and for releases before 0.3.0.
        inference: the older name of *infer*.
        safe: evaluate in processes of their own, with the limits of a server, so that no query can
            harm this process; it takes longer to open, and some tenths of a millisecond more a query.
        timeout: seconds after which a query is stopped, by default those of a server; only if *safe*.

    Raises:
        DatasetError: there is no such release, a file is missing or does not parse, or *infer* is
            asked of what has no graph ``inferred``.
        SettingError: there is no such folder of *queries*.
        QueryFileError: one of its files has a fault.
        RequestError: there is a *timeout* that nothing keeps, since the graph is not *safe*.
    """
    if inference is not None:
        warnings.warn("inference is now called infer", DeprecationWarning, stacklevel=2)
        infer = inference if infer is None else infer
    names = [files] if isinstance(files, str | Path) else files
    paths = [Path(name) for name in names]
    folder = _folder_of_queries(queries, paths)
    prefixes = publication.prefixes_with(paths)
    if safe:
        from gbagraph.api.safe import SafeGraph  # noqa: PLC0415  most graphs need no engine

        limit = Settings().query_timeout if timeout is None else timeout
        return SafeGraph(paths, infer=infer, timeout=limit, queries=folder, prefixes=prefixes)
    if timeout is not None:
        raise RequestError(
            "A query in this process cannot be stopped, so timeout is for open(safe=True) alone."
        )
    return Graph(*loader.load(paths, infer=infer), queries=folder, prefixes=prefixes)


def _folder_of_queries(given: str | Path | None, paths: Sequence[Path]) -> str:
    """Return the folder of the canned queries; empty for files without any.

    Those of the built-in dataset ask nothing that files of others would answer.
    """
    if given is not None:
        folder = publication.folder_of_queries(Path(given))
        all_queries(folder)  # a fault of their files is an error now
        return folder
    published = publication.current()
    return loader.queries_of(paths, "" if paths and published.is_own else published.queries)
