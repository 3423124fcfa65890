"""What a graph has to hold in an engine, how to see whether it does, and which version it is of."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from gbagraph.errors import DatasetError, SettingError
from gbagraph.features.remote.questions import Question, readable, solutions_or_boolean
from gbagraph.rdf.dataset import canonical_lines, digest
from gbagraph.rdf.namespaces import DATASET, PREFIXES, expand
from gbagraph.text import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from gbagraph.features.remote.questions import BlockAnswer


STAGING: Final = "urn:x-gbagraph:publishing:"
"""What the names begin with under which graphs wait until all are there."""
_XSD: Final = PREFIXES["xsd"]
_EXACT: Final = frozenset(
    {
        *(f"{_XSD}{name}" for name in ("decimal", "integer", "long", "int", "short", "byte")),
        *(
            f"{_XSD}{name}Integer"
            for name in ("nonNegative", "positive", "nonPositive", "negative")
        ),
        *(f"{_XSD}unsigned{name}" for name in ("Long", "Int", "Short", "Byte")),
    }
)
_FLOATING: Final = frozenset({expand("xsd:double"), expand("xsd:float")})
_BOOLEANS: Final = {"1": "true", "0": "false"}
_INFO: Final = f"?s <{expand('owl:versionInfo')}> ?v"
VERSION: Final = Question(
    f"SELECT DISTINCT ?s ?v {{ {{ {_INFO} }} UNION {{ GRAPH ?g {{ {_INFO} }} }} FILTER (isIRI(?s)) }} "
    "ORDER BY ?s ?v LIMIT 100"
)
"""What the data say of their version, and of that of the terms in them."""
_HOP: Final = re.compile(r'next-hop="?([^",;]+)')


@dataclass(frozen=True, slots=True)
class Part:
    """A graph of the dataset, and the one of the engine that is to hold it; "" is its default graph."""

    source: ox.NamedNode | ox.DefaultGraph
    target: str

    @property
    def shown(self) -> str:
        """What people call it."""
        return self.target or "the default graph"


def parts_of(store: ox.Store, default_graph: str = "") -> list[Part]:
    """Return the graphs of *store*; the default graph is to be *default_graph*, or the engine's own.

    Raises:
        DatasetError: a graph has a blank node for its name.
        SettingError: *default_graph* is one of the named graphs, or no IRI.
    """
    _require_iri(default_graph)
    named = sorted(store.named_graphs(), key=str)
    parts = [Part(graph, graph.value) for graph in named if isinstance(graph, ox.NamedNode)]
    if len(parts) < len(named):
        raise DatasetError(
            "A graph whose name is a blank node cannot be sent by the Graph Store Protocol. Name it by "
            "an IRI."
        )
    if default_graph in {part.target for part in parts}:
        raise SettingError(
            f"engine_default_graph is {default_graph}, which is a graph of the data. Name another one.",
            setting="engine_default_graph",
        )
    return [*parts, Part(ox.DefaultGraph(), default_graph)]


def _require_iri(default_graph: str) -> None:
    try:
        ox.NamedNode(default_graph or STAGING)
    except ValueError as problem:
        raise SettingError(
            f"engine_default_graph is {default_graph!r}, but has to be an IRI: {problem}.",
            setting="engine_default_graph",
        ) from None


def triples_of(store: ox.Store, part: Part) -> Iterator[ox.Triple]:
    """Return the triples that *part* has in *store*."""
    quads = store.quads_for_pattern(None, None, None, part.source)
    return (quad.triple for quad in quads)


def shares_blank_nodes(store: ox.Store, parts: Iterable[Part]) -> bool:
    """Return whether a blank node is in several graphs: sent one by one, it becomes several."""
    seen: set[str] = set()
    for part in parts:
        here = {each for triple in triples_of(store, part) for each in _blank_nodes(triple)}
        if here & seen:
            return True
        seen |= here
    return False


def _blank_nodes(triple: ox.Triple) -> Iterator[str]:
    for term in (triple.subject, triple.object):
        if isinstance(term, ox.BlankNode):
            yield term.value
        elif isinstance(term, ox.Triple):
            yield from _blank_nodes(term)


class Content:
    """The triples of a graph, however they are written: how many, their hash, and their lines."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self._triples = set(triples)
        self.size = len(self._triples)
        self.lines = canonical_lines(ox.Quad(*each) for each in self._triples)
        self.digest = digest(self.lines)

    def by_value(self, approximate: Collection[str]) -> list[str]:
        """Return the lines with literals as their values, which *approximate* datatypes have none of."""
        return canonical_lines(ox.Quad(*_normal(each, approximate)) for each in self._triples)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a graph of the engine holds, beside what it has to.

    ``is_same`` is whether it is the same; if not, ``is_same_by_value`` is whether it is but for literals
    that are written otherwise or may be approximate. ``example`` is a triple that it has to hold and
    does not, and one that it holds in its place.
    """

    part: Part
    size: int
    found: int
    digest: str
    is_same: bool
    is_same_by_value: bool = False
    example: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether the graph holds what it has to."""
        return self.is_same or self.is_same_by_value

    @property
    def text(self) -> str:
        """What people read of it, without the name of the graph."""
        example = " ".join(line.strip() for line in self.example)
        size = counted(self.size, "triple")
        if self.is_same:
            return f"{size}, {self.digest}"
        if self.is_same_by_value:
            return f"{size}, the same but for how the engine writes values. {example}"
        return f"{counted(self.found, 'triple')} instead of {self.size:,}, or others. {example}".strip()


def compared(
    part: Part, wanted: Content, found: Content, approximate: Collection[str] = ()
) -> Comparison:
    """Return what the graph *part* holds (*found*), beside what it has to hold (*wanted*).

    Literals of *approximate* datatypes may differ.
    """
    if found.digest == wanted.digest:
        return Comparison(part, wanted.size, found.size, wanted.digest, is_same=True)
    missing, more = (
        sorted(set(one) - set(other))[:1]
        for one, other in ((wanted.lines, found.lines), (found.lines, wanted.lines))
    )
    return Comparison(
        part,
        wanted.size,
        found.size,
        wanted.digest,
        is_same=False,
        is_same_by_value=wanted.size == found.size
        and wanted.by_value(approximate) == found.by_value(approximate),
        example=(*(f"Missing: {each}" for each in missing), *(f"There: {each}" for each in more)),
    )


def _normal(triple: ox.Triple, approximate: Collection[str]) -> tuple[Any, Any, Any]:
    value = triple.object
    if isinstance(value, ox.Literal):
        is_approximate = value.datatype.value in approximate
        value = ox.Literal("", datatype=value.datatype) if is_approximate else _canonical(value)
    return triple.subject, triple.predicate, value


def _canonical(literal: ox.Literal) -> ox.Literal:
    """*literal* by its value, for the datatypes whose values engines keep in place of the text."""
    if literal.language is not None:
        return ox.Literal(literal.value, language=literal.language.lower())
    datatype = literal.datatype.value
    if datatype in _EXACT or datatype in _FLOATING:
        return ox.Literal(_number(literal.value), datatype=ox.NamedNode(expand("xsd:decimal")))
    if datatype == expand("xsd:boolean"):
        return ox.Literal(_BOOLEANS.get(literal.value, literal.value), datatype=literal.datatype)
    return literal


def _number(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return str(number.normalize() + 0) if math.isfinite(number) else text


async def version_in(answer: BlockAnswer) -> str:
    """Return the version of the data in an *answer* to VERSION, with a hash of all that it has.

    Raises:
        EngineFailed: it is no answer.
    """
    with readable():
        solutions: Any = solutions_or_boolean(b"".join([block async for block in answer.blocks]))
        rows = sorted((row["s"].value, row["v"].value) for row in solutions)
    hashed = hashlib.sha256(repr(rows).encode()).hexdigest()[:8]
    return f"{dict(rows).get(DATASET, 'without a number')} ({hashed})"


def server_in(headers: Mapping[str, str]) -> str:
    """Return the server that answered, as the proxies before it name it; empty if none does.

    They do so in Proxy-Status, by ``next-hop`` (RFC 9209, section 2.1.2).
    """
    return ", ".join(_HOP.findall(headers.get("proxy-status", "")))
