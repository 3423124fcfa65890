"""What an engine loses of SPARQL, which it is asked at the start, and queries without that.

A query that has an idiom that the engine loses is put in another way, if there is one that means exactly
the same, or else refused.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from gbagraph.errors import EngineUnsupported, GbaGraphError, QuerySyntaxError
from gbagraph.sparql import nodes
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.nodes import Node, Query
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.tokens import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gbagraph.rdf.dataset import Answer

    Ask = Callable[[str], Answer]


_LEAVES: Final = (nodes.Triple, nodes.Term, nodes.Values, nodes.Prefix)


@dataclass(frozen=True, slots=True)
class Idiom:
    """A way to ask: its name, a *question* and the rows of its right *answer*.

    *has* says whether a part of a query is one. *other* puts such a part in another way, which means
    the same, if there is one.
    """

    name: str
    question: str
    answer: tuple[str, ...]
    has: Callable[[Any], bool]
    other: Callable[[Writing, Any, str], str] | None = None

    def is_lost(self, ask: Ask) -> bool:
        """Return whether *ask* gives another answer, or takes it for no query; not if it fails."""
        try:
            rows: Any = ask(self.question)
            given = [" ".join("-" if cell is None else cell.value for cell in row) for row in rows]
        except GbaGraphError as problem:
            return isinstance(problem, QuerySyntaxError)
        same = list if "ORDER BY" in self.question else Counter
        return same(given) != same(self.answer)


def without(idioms: tuple[Idiom, ...], text: str) -> tuple[str, int]:
    """Return the query *text* put so that it has none of *idioms*.

    With it comes how many rows there are at most, if those that are repeated do not count, else 0.

    Raises:
        EngineUnsupported: there is no other way to ask the same, or the query cannot be read.
    """
    try:
        writing = Writing(text, idioms)
    except NotRead as problem:
        raise EngineUnsupported(
            "The engine that holds the data does not do all of SPARQL right, and whether it does this "
            f"query cannot be told: {problem}. Ask in another way."
        ) from None
    tree = writing.query
    return text[: tree.start] + writing.of(tree) + text[tree.end :], writing.most


class Writing:
    """The query *text*, read to be written without *idioms*; raises NotRead."""

    def __init__(self, text: str, idioms: tuple[Idiom, ...]) -> None:
        self.query = self._whole = ParsedQuery(text).tree
        self._text, self._idioms = text, idioms
        self._written: dict[int, str] = {}
        self.most = 0
        self.nothing = "?__nothing"
        while self.nothing in text:
            self.nothing += "_"

    def of(self, node: Node) -> str:
        """Return how *node* is written, each time the same; raises EngineUnsupported."""
        if id(node) not in self._written:
            around = self.query
            self.query = node if isinstance(node, Query) else around
            self._written[id(node)] = self._rewritten(node)
            self.query = around
        return self._written[id(node)]

    def _rewritten(self, node: Node) -> str:
        text = self._copied(node)
        for idiom in self._idioms:
            if idiom.has(node):
                text = idiom.other(self, node, text) if idiom.other else ""
                if not text:
                    raise EngineUnsupported(
                        f"The query has {idiom.name}, which the engine that holds the data does not do "
                        "right: rows would be missing or wrong. Ask in another way."
                    )
        return text

    def each_once(self, query: Query, text: str) -> str:
        """Return *text*, of which each row is taken once; empty if only the engine can do that."""
        if query is not self._whole or query.offset:
            return ""
        after = [word.text.upper() for word in words(self._text) if word.start >= query.where.end]
        self.most = int(after[after.index("LIMIT") + 1]) if "LIMIT" in after else sys.maxsize
        return text

    def is_alone(self, triple: nodes.Triple) -> bool:
        """Return whether *triple* shares its subject and its predicate with no other one."""
        return self._text.startswith(triple.subject.text, triple.start) and self._text[
            triple.end :
        ].lstrip().startswith((".", "}"))

    def _copied(self, node: Node) -> str:
        text, done = "", node.start
        for part in sorted(_parts(node), key=lambda each: each.start):
            if part.start >= done:
                text += self._text[done : part.start] + self.of(part)
                done = part.end
        return text + self._text[done : node.end]

    @cached_property
    def named(self) -> frozenset[str]:
        """The variables that stand anywhere but in the first arguments of COALESCE."""
        guesses = [
            node.arguments[0]
            for node in _all(self._whole)
            if isinstance(node, nodes.Call) and node.name == "COALESCE" and node.arguments
        ]
        return frozenset(
            word.text[1:]
            for word in words(self._text)
            if word.kind == "variable"
            and not any(each.start <= word.start < each.end for each in guesses)
        )


def _parts(node: Node) -> Iterator[Node]:
    """The parts of *node* that are parts of a query themselves."""
    for each in () if isinstance(node, _LEAVES) else fields(node):
        value = getattr(node, each.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Node):
                yield part


def _all(node: Node) -> Iterator[Any]:
    yield node
    for part in _parts(node):
        yield from _all(part)
