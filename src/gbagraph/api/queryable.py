"""The methods of every graph, declared once: what each asks, and how its answer is read.

A method makes a question and gives it to ``_ask``, in which alone graphs differ: one evaluates it in
this process, one in workers, one sends it to a server, and one does so in a coroutine. What takes
several questions is a generator that yields them and is sent their answers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar, overload

from gbagraph.api import asking
from gbagraph.api.answer import Answer, Boolean, Triples
from gbagraph.api.conversion import explained, text
from gbagraph.api.explanations import (
    Explanation,
    Identified,
    Proof,
    Questions,
    Results,
    Schema,
    Shown,
    Thing,
)
from gbagraph.api.solutions import ExplainedSolutions, Solutions
from gbagraph.errors import RequestError
from gbagraph.rdf.namespaces import knowing

if TYPE_CHECKING:
    from types import TracebackType

    from gbagraph.api.asking import Asked, AskingAny
    from gbagraph.api.changes import AnswerChange
    from gbagraph.api.conversion import Argument, Scalar
    from gbagraph.api.names import AskName, SelectName

_Rows = TypeVar("_Rows")
_Explained = TypeVar("_Explained")
_Boolean = TypeVar("_Boolean")
_Triples = TypeVar("_Triples")
_Answer = TypeVar("_Answer")
_Proof = TypeVar("_Proof")
_Diagnostics = TypeVar("_Diagnostics")
_Identified = TypeVar("_Identified")
_Questions = TypeVar("_Questions")
_Results = TypeVar("_Results")
_Schema = TypeVar("_Schema")
_Thing = TypeVar("_Thing")


class _Methods(
    Shown,
    ABC,
    Generic[
        _Answer,
        _Rows,
        _Explained,
        _Boolean,
        _Triples,
        _Proof,
        _Diagnostics,
        _Identified,
        _Questions,
        _Results,
        _Schema,
        _Thing,
    ],
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
    def _ask(self, question: Asked) -> Any:  # noqa: ANN401  each method says what
        """Return the answer to a question, or a coroutine of it."""

    @abstractmethod
    def _all(self, asked: AskingAny) -> Any:  # noqa: ANN401
        """Return what comes of questions, or a coroutine of it."""

    @overload
    def query(
        self, sparql: str, *, evidence: Literal[True, "brief"], **variables: Argument
    ) -> _Explained: ...
    @overload
    def query(self, sparql: str, **variables: Argument) -> _Answer: ...
    def query(self, sparql: str, *, evidence: object = False, **variables: Argument) -> Any:
        """Return the answer to a query of any form, whose *variables* are bound to terms.

        Args:
            sparql: the query; the prefixes of the graph are known in it.
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
        return self._all(asking.evaluated(explained(evidence), sparql, variables))

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
        return self._all(asking.evaluated(explained(evidence), sparql, variables, Solutions))

    def ask(self, sparql: str, **variables: Argument) -> _Boolean:
        """Return the answer to an ASK query; as :meth:`select`."""
        return self._all(asking.evaluated(False, sparql, variables, Boolean))

    def construct(self, sparql: str, **variables: Argument) -> _Triples:
        """Return the triples of a CONSTRUCT or DESCRIBE query; as :meth:`select`."""
        return self._all(asking.evaluated(False, sparql, variables, Triples))

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
        return self._ask(asking.Run(explained(evidence), text("name", name), parameters))

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
        return self._ask(asking.Prove((subject, predicate, value), lang, datatype))

    def explain(self, sparql: str, *, language: str = "en") -> _Diagnostics:
        """Return what is wrong or misleading in a query, the gravest first; empty for one that is right.

        A text that is no query has one diagnostic, which says where and why. The sentences are in
        *language*, ``en``, ``zh-Hans`` or ``zh-Hant``; for any other language, in English.
        """
        return self._all(asking.diagnosed(sparql, language))

    def lookup(self, *iris: Scalar) -> _Identified:
        """Return what each of *iris*, identifiers of other sites, is here: a result for each, in order.

        One that is not known has no matches, and suggestions where it is known in another spelling.

        Raises:
            RequestTooLarge: a server does not take so many at once.
        """
        return self._ask(asking.Identify(tuple(text("iri", iri) for iri in iris)))

    def questions(self, text: str = "") -> _Questions:
        """Return the canned queries, with a *text* in any language those that come nearest to it.

        Each has the ``name`` for :meth:`run`, its ``question``, its ``parameters`` with their types,
        defaults and choices, and its ``columns``.
        """
        return self._all(asking.catalogue(text))

    def search(self, text: str) -> _Results:
        """Return the things, classes, properties and canned queries that *text* may name.

        Raises:
            RequestError: search is left out.
        """
        return self._all(asking.searched(text))

    def schema(self, about: Scalar = "", *, language: str = "en") -> _Schema:
        """Return the classes and properties that are used, with labels in *language* and numbers.

        *about* a class, it is the properties of its things; about a property, what it joins. Give an
        IRI, in full or with a prefix, or a label.

        Raises:
            UnknownResource: no class and no property that is used is called that.
        """
        return self._all(asking.schema(about, language))

    def describe(self, thing: Scalar, *, language: str = "en") -> _Thing:
        """Return what is told of a thing, as plain data with texts in *language*.

        *thing* is an IRI, in full or with a prefix, or a label in any language. Of one that means
        several things, these are its ``candidates``.

        Raises:
            UnknownResource: nothing is called that; the error names the nearest.
        """
        return self._all(asking.described(thing, language))


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
        Questions,
        Results,
        Schema,
        Thing,
    ]
):
    """What can be asked of any graph.

    Every method may raise the errors of :mod:`gbagraph.errors`, the same for all graphs: a RequestError
    where the caller can put it right, an EvaluationError where the query failed. A context manager:
    leaving it closes the graph.
    """

    _prefixes: Mapping[str, str] = {}
    """Those that it knows, if not those of what is published."""

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

    def _all(self, asked: AskingAny) -> Any:  # noqa: ANN401
        async def ask(question: Asked) -> object:
            return self._ask(question)

        # No answer is waited for: it ends with its first step.
        try:
            return knowing(self._prefixes, asking.come_to(asked, ask).send, None)
        except StopIteration as done:
            return done.value

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
        Coroutine[Any, Any, Questions],
        Coroutine[Any, Any, Results],
        Coroutine[Any, Any, Schema],
        Coroutine[Any, Any, Thing],
    ]
):
    """What can be asked of any graph, by a program that does something else meanwhile.

    The methods, awaited, and their errors are those of :class:`gbagraph.Queryable`. An asynchronous
    context manager: leaving it closes the graph.
    """

    def _all(self, asked: AskingAny) -> Any:  # noqa: ANN401
        return asking.come_to(asked, self._ask)

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
