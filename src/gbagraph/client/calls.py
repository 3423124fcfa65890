"""What is sent to a server for each question, and how its response is read; nothing is sent here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from urllib.parse import quote

from gbagraph.explain import identified
from gbagraph.interface import arguments, reading
from gbagraph.rdf.formats import JSON

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gbagraph.answers import Answer
    from gbagraph.answers.sources import Source
    from gbagraph.explain.diagnostics import Diagnostic
    from gbagraph.explain.identified import Identified
    from gbagraph.explain.proof import Proof
    from gbagraph.interface.arguments import Scalar

_Found = TypeVar("_Found")

_LONGEST_QUERY: Final = 4000
"""Characters of the longest query that is sent in the address; caches keep the answers to those."""
_PROBLEM: Final = "application/problem+json"
_ANSWERS: Final = f"{reading.RESULTS}, {reading.TRIPLES}"


@dataclass(frozen=True, slots=True)
class Call(Generic[_Found]):
    """GET of *path* with *parameters*, or POST of them as a form, and what *read* makes of the response.

    *read* gets the bytes of the response, its media type, and the sources that its header fields name.
    """

    path: str
    parameters: tuple[tuple[str, str], ...]
    accept: str
    read: Callable[[bytes, str, Sequence[Source]], _Found]
    is_form: bool = False

    @property
    def arguments(self) -> dict[str, Any]:
        """The call as httpx takes it."""
        headers = {"Accept": f"{self.accept}, {_PROBLEM}"}
        if self.is_form:
            fields: dict[str, list[str]] = {}
            for name, value in self.parameters:
                fields.setdefault(name, []).append(value)
            content = {"data": fields}
            return {"method": "POST", "url": self.path, "headers": headers, **content}
        pairs = {"params": list(self.parameters)}
        return {"method": "GET", "url": self.path, "headers": headers, **pairs}


def query(sparql: str, *, evidence: bool) -> Call[Answer]:
    """Evaluate a query."""
    parameters = (("query", sparql), *_evidence(evidence))
    return _of_answer("sparql", parameters, evidence=evidence, is_form=_is_long(sparql))


def canned(name: str, given: Sequence[tuple[str, Scalar]], *, evidence: bool) -> Call[Answer]:
    """Run a canned query of the server's."""
    parameters = (*arguments.texts(given), *_evidence(evidence))
    return _of_answer(f"queries/{quote(name, safe='')}", parameters, evidence=evidence)


def explain(sparql: str) -> Call[list[Diagnostic]]:
    """Diagnose a query."""
    parameters = (("query", sparql),)
    return Call(
        "sparql/explain", parameters, JSON.media_type, _diagnostics, is_form=_is_long(sparql)
    )


def why(subject: str, predicate: str, value: str, *, lang: str, datatype: str) -> Call[Proof]:
    """Prove a triple."""
    triple = (("s", subject), ("p", predicate), ("o", value))
    of_literal = ((name, text) for name, text in (("lang", lang), ("datatype", datatype)) if text)
    return Call("why", (*triple, *of_literal), JSON.media_type, _proof)


def lookup(iris: Sequence[str]) -> Call[list[Identified]]:
    """Look up identifiers of other sites."""
    parameters = tuple(("iri", iri) for iri in iris)
    return Call("lookup", parameters, JSON.media_type, _identified, is_form=True)


def _of_answer(
    path: str, parameters: tuple[tuple[str, str], ...], *, evidence: bool, is_form: bool = False
) -> Call[Answer]:
    if evidence:
        return Call(path, parameters, reading.RESULTS, _explained, is_form)
    return Call(path, parameters, _ANSWERS, reading.answer, is_form)


def _evidence(wanted: bool) -> tuple[tuple[str, str], ...]:
    return (("evidence", "true"),) if wanted else ()


def _is_long(sparql: str) -> bool:
    return len(sparql) > _LONGEST_QUERY


def _explained(body: bytes, _: str, sources: Sequence[Source]) -> Answer:
    return reading.explained(body, sources)


def _diagnostics(body: bytes, *_: object) -> list[Diagnostic]:
    return reading.diagnostics(body)


def _identified(body: bytes, *_: object) -> list[Identified]:
    return identified.read(body)


def _proof(body: bytes, *_: object) -> Proof:
    return reading.proof(body)
