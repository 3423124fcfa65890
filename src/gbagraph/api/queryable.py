"""The methods of every graph, declared once: what each asks, and how its answer is read.

A method makes a :class:`Question` and gives it to ``_ask``, in which alone graphs differ: one evaluates
it in this process, one in workers, one sends it to a server, and one does so in a coroutine.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, Self, TypeVar, overload
from urllib.parse import quote

from gbagraph.api import answer as reading
from gbagraph.api import conversion
from gbagraph.api.answer import RESULTS, TRIPLES, Answer, Boolean, Triples
from gbagraph.api.conversion import Request
from gbagraph.api.explanations import Explanation, Identified, Proof
from gbagraph.api.solutions import ExplainedSolutions, Solutions
from gbagraph.errors import RequestError
from gbagraph.rdf.formats import explained
from gbagraph.sparql.terms import read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    import pyoxigraph as ox

    from gbagraph.api.changes import AnswerChange
    from gbagraph.api.conversion import Argument, Scalar
    from gbagraph.api.names import AskName, SelectName
    from gbagraph.rdf.formats import Explained
    from gbagraph.sparql.sources import Source

_T = TypeVar("_T")
_Rows = TypeVar("_Rows")
_Explained = TypeVar("_Explained")
_Boolean = TypeVar("_Boolean")
_Triples = TypeVar("_Triples")
_Answer = TypeVar("_Answer")
_Proof = TypeVar("_Proof")
_Diagnostics = TypeVar("_Diagnostics")
_Identified = TypeVar("_Identified")

_LONGEST_QUERY: Final = 4000
"""Characters of the longest query that is sent in the address; caches keep the answers to those."""


class Question(ABC, Generic[_T]):
    """The arguments of a method, as a request to a server, and the reader of its answer."""

    @abstractmethod
    def request(self) -> Request:
        """Return the request; raises BadParameter for an argument that stands for no term."""

    @abstractmethod
    def read(self, body: bytes, media_type: str, sources: Sequence[Source]) -> _T:
        """Read the answer from its bytes; *sources* are the other endpoints that were called for it."""


@dataclass(frozen=True)
class _OfAnswer(Question[Answer]):
    """A question whose answer is of a kind that the query decides."""

    evidence: Explained

    def of_answer(self, path: str, pairs: Sequence[tuple[str, str]], *, is_form: bool) -> Request:
        """Return the request for an answer of any kind, or for rows with evidence."""
        if self.evidence:
            wanted = "evidence", str(self.evidence).lower()
            return Request(path, [*pairs, wanted], RESULTS, is_form)
        return Request(path, pairs, f"{RESULTS}, {TRIPLES}", is_form)

    def read(self, body: bytes, media_type: str, sources: Sequence[Source]) -> Answer:
        """Read rows with their evidence, or an answer of any kind."""
        if self.evidence:
            return reading.explained(body, sources)
        return reading.answer(body, media_type, sources)


@dataclass(frozen=True)
class Evaluate(_OfAnswer):
    """A query whose *variables* are bound to terms, for an answer of the kind *form*, or of any.

    *labels* are the languages, the preferred first, of labels beside the IRIs of its rows.
    """

    sparql: str
    variables: Mapping[str, Argument]
    form: type[Answer] | None = None
    labels: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the query with its variables bound.

        Raises:
            BadParameter: it has no such variable, or a value stands for no term.
        """
        return conversion.bound(self.sparql, self.variables)

    def request(self) -> Request:
        """Return the request to the endpoint."""
        text = self.text()
        labels = [("labels", ",".join(self.labels))] if self.labels else []
        pairs = [("query", text), *labels]
        return self.of_answer("sparql", pairs, is_form=len(text) > _LONGEST_QUERY)

    def read(self, body: bytes, media_type: str, sources: Sequence[Source]) -> Answer:
        """Read the answer; raises RequestError if it is of another kind."""
        return reading.of_form(self.form, super().read(body, media_type, sources))


@dataclass(frozen=True)
class Run(_OfAnswer):
    """A canned query with the values of its parameters."""

    name: str
    parameters: Mapping[str, Argument]

    def given(self) -> list[tuple[str, Scalar]]:
        """Return the parameters as (name, value) pairs."""
        return conversion.pairs(self.parameters)

    def request(self) -> Request:
        """Return the request to the address of the query."""
        path = f"queries/{quote(self.name, safe='')}"
        return self.of_answer(path, conversion.texts(self.given()), is_form=False)


@dataclass(frozen=True)
class Diagnose(Question[Explanation]):
    """A query to be diagnosed, in a *language* of the pages."""

    sparql: str
    language: str = "en"

    def request(self) -> Request:
        """Return the request to the address of diagnostics."""
        is_form = len(self.sparql) > _LONGEST_QUERY
        pairs = [("query", self.sparql)]
        return Request("sparql/explain", pairs, is_form=is_form, language=self.language)

    def read(self, body: bytes, media_type: str, sources: Sequence[Source]) -> Explanation:  # noqa: ARG002
        """Read the diagnostics and the steps."""
        return reading.explanation(body)


@dataclass(frozen=True)
class Identify(Question[list[Identified]]):
    """Identifiers of other sites to be looked up."""

    iris: tuple[str, ...]

    def request(self) -> Request:
        """Return the request to the address of look-ups."""
        return Request("lookup", [("iri", iri) for iri in self.iris], is_form=True)

    def read(self, body: bytes, media_type: str, sources: Sequence[Source]) -> list[Identified]:  # noqa: ARG002
        """Read a result for each identifier."""
        return reading.identified(body)


@dataclass(frozen=True)
class Search(Question[dict[str, Any]]):
    """A text that may be the name of something, in any language."""

    text: str

    def request(self) -> Request:
        """Return the request to the address of searches."""
        return Request("search", [("q", self.text)])

    def read(self, body: bytes, media_type: str, sources: Sequence[Source]) -> dict[str, Any]:  # noqa: ARG002
        """Read what it may mean: ``results``, the best first, or ``suggestions``."""
        found: dict[str, Any] = json.loads(body)
        return found


@dataclass(frozen=True)
class Prove(Question[Proof]):
    """A triple to be proved."""

    triple: tuple[Scalar, Scalar, Scalar]
    lang: str
    datatype: str

    def texts(self) -> list[str]:
        """Return the three terms as texts; raises BadParameter for a value that stands for no term."""
        return [conversion.written(*pair) for pair in zip("spo", self.triple, strict=True)]

    def read_triple(self) -> ox.Triple:
        """Return the triple that the texts are; raises BadParameter for a text that is no term."""
        return read(*self.texts(), language=self.lang, datatype=self.datatype)

    def request(self) -> Request:
        """Return the request to the address of proofs."""
        literal = (("lang", self.lang), ("datatype", self.datatype))
        triple = zip("spo", self.texts(), strict=True)
        return Request("why", [*triple, *(pair for pair in literal if pair[1])])

    def read(self, body: bytes, media_type: str, sources: Sequence[Source]) -> Proof:  # noqa: ARG002
        """Read the proof."""
        return reading.proof(body)


class _Methods(
    ABC,
    Generic[_Answer, _Rows, _Explained, _Boolean, _Triples, _Proof, _Diagnostics, _Identified],
):
    """The methods of all graphs; the types of what they return are an answer, or a coroutine of it."""

    @property
    @abstractmethod
    def version(self) -> str:
        """Version of the dataset, as the server sends it in the header Dataset-Version."""

    @property
    @abstractmethod
    def hash(self) -> str:
        """Hash of the data graphs (RDFC-1.0), as the server sends it in the header Dataset-Hash."""

    @abstractmethod
    def at(self, version: str) -> Self:
        """Return a kept release of this dataset, by its version or hash; DatasetError for none."""

    @abstractmethod
    def _ask(self, question: Question[Any]) -> Any:  # noqa: ANN401  each method says what
        """Return the answer to a question, or a coroutine of it."""

    @overload
    def query(
        self, sparql: str, *, evidence: Literal[True, "brief"], **variables: Argument
    ) -> _Explained: ...
    @overload
    def query(self, sparql: str, **variables: Argument) -> _Answer: ...
    def query(self, sparql: str, *, evidence: object = False, **variables: Argument) -> Any:
        """Return the answer to a query of any form, whose *variables* are bound to terms.

        Args:
            sparql: the query.
            evidence: whether each row of a SELECT query comes with what it rests on (``row.evidence``),
                or with that in ``"brief"``.
            variables: values by the names of the variables, without ``?``: terms, or values of Python,
                of which a str is a plain literal. None binds nothing.

        Raises:
            QuerySyntaxError: *sparql* is not a SPARQL query.
            ServiceNotAllowed: the query calls another endpoint, which is never done.
            BadParameter: the query has no such variable, or a value stands for no term.
            RequestError: *evidence* is requested for a query that is no SELECT query.
        """
        return self._ask(Evaluate(explained(evidence), sparql, variables))

    @overload
    def select(
        self, sparql: str, *, evidence: Literal[True, "brief"], **variables: Argument
    ) -> _Explained: ...
    @overload
    def select(self, sparql: str, **variables: Argument) -> _Rows: ...
    def select(self, sparql: str, *, evidence: object = False, **variables: Argument) -> Any:
        """Return the rows of a SELECT query; as :meth:`query`.

        Raises:
            RequestError: the query is of another form.
        """
        return self._ask(Evaluate(explained(evidence), sparql, variables, Solutions))

    def ask(self, sparql: str, **variables: Argument) -> _Boolean:
        """Return the answer to an ASK query; as :meth:`select`."""
        return self._ask(Evaluate(False, sparql, variables, Boolean))

    def construct(self, sparql: str, **variables: Argument) -> _Triples:
        """Return the triples of a CONSTRUCT or DESCRIBE query; as :meth:`select`."""
        return self._ask(Evaluate(False, sparql, variables, Triples))

    @overload
    def run(
        self, name: str, *, evidence: Literal[True, "brief"], **parameters: Argument
    ) -> _Explained: ...
    @overload
    def run(self, name: SelectName, **parameters: Argument) -> _Rows: ...
    @overload
    def run(self, name: AskName, **parameters: Argument) -> _Boolean: ...
    @overload
    def run(self, name: str, **parameters: Argument) -> _Answer: ...
    def run(self, name: str, *, evidence: object = False, **parameters: Argument) -> Any:
        """Return the answer to the canned query *name*, whose *parameters* are bound as terms.

        Args:
            name: the name of a canned query.
            evidence: as for :meth:`query`.
            parameters: values by name: texts as in an address, values of Python or terms, and lists of
                them. A name that Python reserves gets an underscore (``from_``); None is not given.

        Raises:
            UnknownResource: there is no such query.
            BadParameter: a parameter is missing, unknown, or not of its type.
            RequestError: *evidence* is requested for a query that is no SELECT query.
        """
        return self._ask(Run(explained(evidence), name, parameters))

    def why(
        self,
        subject: Scalar,
        predicate: Scalar,
        value: Scalar,
        *,
        lang: str = "",
        datatype: str = "",
    ) -> _Proof:
        """Return the shortest proof of a triple, asserted or derived, with the passages at its leaves.

        Each is a term, or a text as ``/why`` takes it: an IRI in full or with one of our prefixes
        (``rdf:type``), a literal as in N-Triples, or its text with *lang* or *datatype*.

        Raises:
            BadParameter: a text is no term.
            UnknownTriple: the dataset does not hold the triple, and it does not follow.
        """
        return self._ask(Prove((subject, predicate, value), lang, datatype))

    def explain(self, sparql: str, *, language: str = "en") -> _Diagnostics:
        """Return what is wrong or misleading in a query, the gravest first; empty for one that is right.

        A text that is no query has one diagnostic, which says where and why. The sentences are in
        *language*, ``en``, ``zh-Hans`` or ``zh-Hant``; for any other language, in English.
        """
        return self._ask(Diagnose(sparql, language))

    def lookup(self, *iris: str) -> _Identified:
        """Return what each of *iris*, identifiers of other sites, is here: a result for each, in order.

        One that is not known has no matches, and suggestions where it is known in another spelling.

        Raises:
            RequestTooLarge: a server does not take so many at once.
        """
        return self._ask(Identify(iris))


class Queryable(
    _Methods[
        Answer,
        Solutions,
        ExplainedSolutions,
        Boolean,
        Triples,
        Proof,
        Explanation,
        list[Identified],
    ]
):
    """What can be asked of any graph.

    Every method may raise the errors of :mod:`gbagraph.errors`, the same for all graphs: a RequestError
    where the caller can put it right, an EvaluationError where the query failed. A context manager:
    leaving it closes the graph.
    """

    def compare(self, after: Queryable, query: str, /, **parameters: Argument) -> AnswerChange:  # noqa: ARG002
        """Return which rows of a query are gone and new in the graph *after*, each with what caused it.

        A cause is proven: with its changes taken over, the graph that lacks the row gives it; and none
        can be spared, but where the cause says so. The query is a text, or the name of a canned one, of
        which each graph asks its own, by default with the values of its examples. No graph may change.

        Raises:
            RequestError: its answer is another each time, or a graph is not in this process.
        """
        raise RequestError(
            "Only graphs in this process are compared: open both with gbagraph.open(), without safe."
        )

    def close(self) -> None:
        """Release what the graph holds; it cannot be asked afterwards."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncQueryable(
    _Methods[
        Coroutine[Any, Any, Answer],
        Coroutine[Any, Any, Solutions],
        Coroutine[Any, Any, ExplainedSolutions],
        Coroutine[Any, Any, Boolean],
        Coroutine[Any, Any, Triples],
        Coroutine[Any, Any, Proof],
        Coroutine[Any, Any, Explanation],
        Coroutine[Any, Any, list[Identified]],
    ]
):
    """What can be asked of any graph, by a program that does something else meanwhile.

    The methods, awaited, and their errors are those of :class:`gbagraph.Queryable`. An asynchronous
    context manager: leaving it closes the graph.
    """

    @abstractmethod
    async def close(self) -> None:
        """Release what the graph holds; it cannot be asked afterwards."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
