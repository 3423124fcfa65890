"""A graph that answers when it is asked: in this process, in a worker, or behind an address."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Literal, Self, overload

from gbagraph.answers import Boolean, Solutions, Triples
from gbagraph.interface import arguments
from gbagraph.interface.forms import must_be

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from gbagraph.answers import Answer, ExplainedSolutions
    from gbagraph.explain.diagnostics import Diagnostic
    from gbagraph.explain.identified import Identified
    from gbagraph.explain.proof import Proof
    from gbagraph.interface.arguments import Argument, Scalar
    from gbagraph.interface.names import AskName, SelectName


class Queryable(ABC):
    """What can be asked of any graph.

    Every method may raise the errors of :mod:`gbagraph.errors`, the same for all graphs: a RequestError
    where the caller can put it right, an EvaluationError where the query failed. A context manager:
    leaving it closes the graph.
    """

    @property
    @abstractmethod
    def version(self) -> str:
        """Version of the dataset, as the server sends it in the header Dataset-Version."""

    @property
    @abstractmethod
    def hash(self) -> str:
        """Hash of the data graphs (RDFC-1.0), as the server sends it in the header Dataset-Hash."""

    @abstractmethod
    def _evaluate(self, sparql: str, *, evidence: bool) -> Answer:
        """The answer to a query; ExplainedSolutions with *evidence*."""

    @abstractmethod
    def _run(self, name: str, given: Sequence[tuple[str, Scalar]], *, evidence: bool) -> Answer:
        """The answer to a canned query; ExplainedSolutions with *evidence*."""

    @abstractmethod
    def explain(self, sparql: str) -> list[Diagnostic]:
        """What is wrong or misleading in a query, the gravest first; empty for one that is right.

        A text that is no query has one diagnostic, which says where and why.
        """

    @abstractmethod
    def lookup(self, *iris: str) -> list[Identified]:
        """What each of *iris*, identifiers of other sites, is here: a result for each, in their order.

        One that is not known has no matches, and suggestions where it is known in another spelling.

        Raises:
            RequestTooLarge: a server does not take so many at once.
        """

    def close(self) -> None:  # noqa: B027  a graph in this process holds nothing that must be released
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

    @overload
    def query(
        self, sparql: str, *, evidence: Literal[True], **variables: Argument
    ) -> ExplainedSolutions: ...
    @overload
    def query(self, sparql: str, **variables: Argument) -> Answer: ...
    def query(self, sparql: str, *, evidence: object = False, **variables: Argument) -> Answer:
        """The answer to a query of any form, whose *variables* are bound to terms.

        Args:
            sparql: the query.
            evidence: whether each row of a SELECT query comes with what it rests on (``row.evidence``).
            variables: values by the names of the variables, without ``?``: terms, or values of Python,
                of which a str is a plain literal. None binds nothing.

        Raises:
            QuerySyntaxError: *sparql* is not a SPARQL query.
            ServiceNotAllowed: the query calls another endpoint, which is never done.
            BadParameter: the query has no such variable, or a value stands for no term.
            RequestError: *evidence* is asked of a query that is no SELECT query.
        """
        return self._evaluate(arguments.bound(sparql, variables), evidence=bool(evidence))

    @overload
    def select(
        self, sparql: str, *, evidence: Literal[True], **variables: Argument
    ) -> ExplainedSolutions: ...
    @overload
    def select(self, sparql: str, **variables: Argument) -> Solutions: ...
    def select(self, sparql: str, *, evidence: object = False, **variables: Argument) -> Solutions:
        """The rows of a SELECT query; as :meth:`query`.

        Raises:
            RequestError: the query is of another form.
        """
        query = arguments.bound(sparql, variables)
        return must_be(Solutions, self._evaluate(query, evidence=bool(evidence)))

    def ask(self, sparql: str, **variables: Argument) -> Boolean:
        """The answer to an ASK query; as :meth:`select`."""
        query = arguments.bound(sparql, variables)
        return must_be(Boolean, self._evaluate(query, evidence=False))

    def construct(self, sparql: str, **variables: Argument) -> Triples:
        """The triples of a CONSTRUCT or DESCRIBE query; as :meth:`select`."""
        query = arguments.bound(sparql, variables)
        return must_be(Triples, self._evaluate(query, evidence=False))

    @overload
    def run(  # type: ignore[overload-overlap]  # no query has a parameter called evidence
        self, name: str, *, evidence: Literal[True], **parameters: Argument
    ) -> ExplainedSolutions: ...
    @overload
    def run(self, name: SelectName, **parameters: Argument) -> Solutions: ...
    @overload
    def run(self, name: AskName, **parameters: Argument) -> Boolean: ...
    @overload
    def run(self, name: str, **parameters: Argument) -> Answer: ...
    def run(self, name: str, *, evidence: object = False, **parameters: Argument) -> Answer:
        """The answer to the canned query *name*, whose *parameters* are bound as terms.

        Args:
            name: the name of a canned query.
            evidence: as for :meth:`query`.
            parameters: values by name: texts as in an address, values of Python or terms, and lists of
                them. A name that Python reserves gets an underscore (``from_``); None is not given.

        Raises:
            UnknownResource: there is no such query.
            BadParameter: a parameter is missing, unknown, or not of its type.
            RequestError: *evidence* is asked of a query that is no SELECT query.
        """
        return self._run(name, arguments.pairs(parameters), evidence=bool(evidence))

    def why(
        self,
        subject: Scalar,
        predicate: Scalar,
        value: Scalar,
        *,
        lang: str = "",
        datatype: str = "",
    ) -> Proof:
        """The shortest proof of a triple, asserted or derived, with the passages at its leaves.

        Each is a term, or a text as ``/why`` takes it: an IRI in full or with one of our prefixes
        (``id:baidu``), a literal as in N-Triples, or its text with *lang* or *datatype*.

        Raises:
            BadParameter: a text is no term.
            UnknownTriple: the dataset does not hold the triple, and it does not follow.
        """
        parts = zip(("s", "p", "o"), (subject, predicate, value), strict=True)
        texts = [arguments.written(name, part) for name, part in parts]
        return self._why(*texts, lang=lang, datatype=datatype)

    @abstractmethod
    def _why(
        self, subject: str, predicate: str, value: str, *, lang: str, datatype: str
    ) -> Proof: ...
