"""What an engine loses of SPARQL, which it is asked at the start, and queries without that.

A query that has an idiom that the engine loses is put in another way, if there is one that means exactly
the same, or else refused.
"""

from __future__ import annotations

import sys
import time
from dataclasses import fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from gbagraph.errors import EngineUnsupported
from gbagraph.features.remote.idioms import IDIOMS, is_guess
from gbagraph.sparql import nodes
from gbagraph.sparql.expressions import NotRead
from gbagraph.sparql.nodes import Node, Query
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.sparql.tokens import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.features.remote.dataset import Elsewhere
    from gbagraph.features.remote.idioms import Idiom


_SECONDS: Final = 10.0
"""Seconds after which no further idiom is tried."""
_LEAVES: Final = (nodes.Triple, nodes.Term, nodes.Values, nodes.Prefix)


def learn(store: Elsewhere) -> None:
    """Learn which idioms *store* loses, as far as it answers in time; of those also in the other way."""
    found: list[Idiom] = []
    end = time.monotonic() + _SECONDS
    for idiom in IDIOMS:
        store.lost = ()
        if time.monotonic() < end and idiom.is_lost(store):
            store.lost = (idiom,)
            is_helped = idiom.other is not None and not idiom.is_lost(store)
            found.append(idiom if is_helped else replace(idiom, other=None))
    store.lost = tuple(found)


def without(idioms: tuple[Idiom, ...], text: str) -> tuple[str, int]:
    """The query *text* put so that it has none of *idioms*.

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
    return writing.text, writing.most


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

    @property
    def text(self) -> str:
        """The query without the idioms; raises EngineUnsupported."""
        query = self._whole
        return self._text[: query.start] + self.of(query) + self._text[query.end :]

    def of(self, node: Node) -> str:
        """How *node* is written, each time the same; raises EngineUnsupported."""
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
        """*text*, of which each row is taken once; empty if that can only be done by the engine."""
        after = [word.text for word in words(self._text) if word.start >= query.where.end]
        is_whole = query is self._whole and "OFFSET" not in map(str.upper, after)
        at = [*map(str.upper, after)].index("LIMIT") + 1 if query.is_sliced and is_whole else -1
        self.most = int(after[at]) if at > 0 else sys.maxsize
        return text if is_whole else ""

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
        guesses = [node.arguments[0] for node in _all(self._whole) if is_guess(node)]
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
