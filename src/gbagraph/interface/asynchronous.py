"""A graph that answers later: the same as :mod:`gbagraph.interface.synchronous`, to be awaited."""

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


class AsyncQueryable(ABC):
    """What can be asked of any graph, by a program that does something else meanwhile.

    The methods and their errors are those of :class:`gbagraph.Queryable`. An asynchronous context
    manager: leaving it closes the graph.
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
    async def _evaluate(self, sparql: str, *, evidence: bool) -> Answer:
        """The answer to a query; ExplainedSolutions with *evidence*."""

    @abstractmethod
    async def _run(
        self, name: str, given: Sequence[tuple[str, Scalar]], *, evidence: bool
    ) -> Answer:
        """The answer to a canned query; ExplainedSolutions with *evidence*."""

    @abstractmethod
    async def explain(self, sparql: str) -> list[Diagnostic]:
        """As :meth:`gbagraph.Queryable.explain`."""

    @abstractmethod
    async def lookup(self, *iris: str) -> list[Identified]:
        """As :meth:`gbagraph.Queryable.lookup`."""

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

    @overload
    async def query(
        self, sparql: str, *, evidence: Literal[True], **variables: Argument
    ) -> ExplainedSolutions: ...
    @overload
    async def query(self, sparql: str, **variables: Argument) -> Answer: ...
    async def query(
        self, sparql: str, *, evidence: object = False, **variables: Argument
    ) -> Answer:
        """As :meth:`gbagraph.Queryable.query`."""
        return await self._evaluate(arguments.bound(sparql, variables), evidence=bool(evidence))

    @overload
    async def select(
        self, sparql: str, *, evidence: Literal[True], **variables: Argument
    ) -> ExplainedSolutions: ...
    @overload
    async def select(self, sparql: str, **variables: Argument) -> Solutions: ...
    async def select(
        self, sparql: str, *, evidence: object = False, **variables: Argument
    ) -> Solutions:
        """As :meth:`gbagraph.Queryable.select`."""
        query = arguments.bound(sparql, variables)
        return must_be(Solutions, await self._evaluate(query, evidence=bool(evidence)))

    async def ask(self, sparql: str, **variables: Argument) -> Boolean:
        """As :meth:`gbagraph.Queryable.ask`."""
        query = arguments.bound(sparql, variables)
        return must_be(Boolean, await self._evaluate(query, evidence=False))

    async def construct(self, sparql: str, **variables: Argument) -> Triples:
        """As :meth:`gbagraph.Queryable.construct`."""
        query = arguments.bound(sparql, variables)
        return must_be(Triples, await self._evaluate(query, evidence=False))

    @overload
    async def run(  # type: ignore[overload-overlap]  # no query has a parameter called evidence
        self, name: str, *, evidence: Literal[True], **parameters: Argument
    ) -> ExplainedSolutions: ...
    @overload
    async def run(self, name: SelectName, **parameters: Argument) -> Solutions: ...
    @overload
    async def run(self, name: AskName, **parameters: Argument) -> Boolean: ...
    @overload
    async def run(self, name: str, **parameters: Argument) -> Answer: ...
    async def run(self, name: str, *, evidence: object = False, **parameters: Argument) -> Answer:
        """As :meth:`gbagraph.Queryable.run`."""
        return await self._run(name, arguments.pairs(parameters), evidence=bool(evidence))

    async def why(
        self,
        subject: Scalar,
        predicate: Scalar,
        value: Scalar,
        *,
        lang: str = "",
        datatype: str = "",
    ) -> Proof:
        """As :meth:`gbagraph.Queryable.why`."""
        parts = zip(("s", "p", "o"), (subject, predicate, value), strict=True)
        texts = [arguments.written(name, part) for name, part in parts]
        return await self._why(*texts, lang=lang, datatype=datatype)

    @abstractmethod
    async def _why(
        self, subject: str, predicate: str, value: str, *, lang: str, datatype: str
    ) -> Proof: ...
