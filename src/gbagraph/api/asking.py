"""What can be asked of a graph: the arguments of a method, as a request, and how its answer is read."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from urllib.parse import quote

from gbagraph.api import answer as reading
from gbagraph.api import conversion
from gbagraph.api.answer import RESULTS, TRIPLES, Answer
from gbagraph.api.conversion import Request
from gbagraph.api.explanations import (
    Explanation,
    Identified,
    Proof,
    Questions,
    Results,
    Schema,
    Thing,
)
from gbagraph.errors import GbaGraphError, QuerySyntaxError
from gbagraph.rdf.namespaces import prefixes
from gbagraph.sparql.terms import read
from gbagraph.sparql.tokens import undeclared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    import pyoxigraph as ox

    from gbagraph.api.conversion import Argument, Scalar
    from gbagraph.rdf.formats import Explained
    from gbagraph.sparql.sources import Source

_T = TypeVar("_T")
_Problem = TypeVar("_Problem", bound=GbaGraphError)

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
    language: str

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


class _OfJson(Question[Any]):
    """A question whose answer is JSON, and is given as that."""

    def read(self, body: bytes, media_type: str, sources: Sequence[Source]) -> Any:  # noqa: ANN401, ARG002
        """Read it."""
        return json.loads(body)


@dataclass(frozen=True)
class Search(_OfJson):
    """A text that may be the name of something, in any language: ``results``, or ``suggestions``."""

    text: str

    def request(self) -> Request:
        """Return the request to the address of searches."""
        return Request("search", [("q", self.text)])


@dataclass(frozen=True)
class Catalogue(_OfJson):
    """A text, in any language, for the canned ``queries`` that come nearest to it; all for none."""

    text: str

    def request(self) -> Request:
        """Return the request to the address of the canned queries."""
        return Request("queries", [("q", self.text)] if self.text else ())

    def here(self, folder: str | None) -> Any:  # noqa: ANN401
        """Return those in *folder*, without a server; by default those of what is published."""
        _feature().needed("references")  # there are none where canned queries are left out
        rows = import_module("gbagraph.names.finding").listed(self.text, folder)
        return json.loads(import_module("gbagraph.queries.catalog").queries_json(rows))


class Prefixes(_OfJson):
    """The prefixes of a graph, with their IRIs."""

    def request(self) -> Request:
        """Return the request to the address of prefixes."""
        return Request("prefixes", ())

    def here(self, _: str | None) -> Mapping[str, str]:
        """Return those of what is published, without a server."""
        return prefixes()


OfData = Evaluate | Run | Diagnose | Identify | Prove | Search
"""A question that takes the data to answer."""
Asked = OfData | Catalogue | Prefixes
"""Any question that a graph is asked."""
Asking = Generator[OfData, Any, Any]
"""Yields questions that take the data, and is sent their answers."""
AskingAny = Generator[Asked, Any, Any]
"""Yields any questions, and is sent their answers."""


async def come_to(asked: AskingAny, ask: Callable[[Any], Awaitable[Any]]) -> Any:  # noqa: ANN401
    """Return what comes of the questions that *asked* yields, each of which *ask* answers.

    Raises:
        GbaGraphError: what *ask* raises, where *asked* does not catch it, or what *asked* raises.
    """
    try:
        question = next(asked)
        while True:
            try:
                answer = await ask(question)
            except GbaGraphError as problem:
                question = asked.throw(problem)
            else:
                question = asked.send(answer)
    except StopIteration as done:
        return done.value


def evaluated(
    evidence: Explained,
    sparql: str,
    variables: Mapping[str, Argument],
    form: type[Answer] | None = None,
) -> AskingAny:
    """Return the answer to a query, in which the prefixes of the graph are known."""
    question = Evaluate(evidence, conversion.text("sparql", sparql), variables, form)
    try:
        return (yield question)
    except QuerySyntaxError:
        line = undeclared(question.sparql, (yield Prefixes()))
        if not line:
            raise
    try:
        return (yield replace(question, sparql=line + question.sparql))
    except QuerySyntaxError as problem:
        raise a_line_before(problem) from None


def a_line_before(problem: _Problem) -> _Problem:
    """Return the error of a query as it is without the line of prefixes before it."""
    line = problem.details.get("line")
    if line is None:
        return problem
    message = re.sub(rf"(?i)(\bline ){line}\b", rf"\g<1>{line - 1}", problem.message, count=1)
    return type(problem)(message, **{**problem.details, "line": line - 1})


def diagnosed(sparql: str, language: str) -> AskingAny:
    """Return the diagnostics of a query, in which the prefixes of the graph are known."""
    explanation: Explanation = yield Diagnose(conversion.text("sparql", sparql), language)
    is_query = not any(each.code == "syntax" for each in explanation)
    line = "" if is_query else undeclared(sparql, (yield Prefixes()))
    if not line:
        return explanation
    explanation = yield Diagnose(line + sparql, language)
    told = (
        replace(each, line=each.line - 1, query=each.query.removeprefix(line))
        for each in explanation
    )
    return Explanation(told, (replace(step, line=step.line - 1) for step in explanation.steps))


def catalogue(text: str) -> AskingAny:
    """Return the canned queries for a text."""
    rows = (yield Catalogue(conversion.text("text", text)))["queries"]
    return Questions(
        {
            "name": row["name"],
            "question": row["summary"],
            # A server of an older release has no columns.
            **{name: row.get(name) for name in ("description", "tags", "parameters", "columns")},
        }
        for row in rows
    )


def searched(text: str) -> AskingAny:
    """Return what a text may mean; of one that means nothing, what has a name like it."""
    answer = yield Search(conversion.text("text", text))
    return Results(answer["results"] or answer["suggestions"])


def schema(about: Scalar, language: str) -> AskingAny:
    """Return which classes and properties are used, or what is with one of them."""
    asked = yield from _in_full("about", about)
    return Schema(
        (yield from _feature().needed("schema")(asked, (conversion.text("language", language),)))
    )


def described(thing: Scalar, language: str) -> AskingAny:
    """Return what is said of a thing."""
    asked = yield from _in_full("thing", thing)
    return Thing(
        (yield from _feature().needed("describe")(asked, (conversion.text("language", language),)))
    )


def _in_full(name: str, given: Scalar) -> AskingAny:
    """Return the IRI of a prefixed name, as the graph knows the prefix; any other text as it is."""
    text = conversion.text(name, given)
    prefix, colon, local = text.partition(":")
    iri = (yield Prefixes()).get(prefix) if colon and not local.startswith("//") else None
    # What both know alike is left as it was given, for errors to quote.
    return text if iri in (None, prefixes().get(prefix)) else iri + local


def _feature() -> Any:  # noqa: ANN401  a module, which few clients of a server need
    return import_module("gbagraph.feature")
