"""A query as one value: its text, and what can be read in it, each once and only when it is wanted."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from gbagraph.rdf.namespaces import base_iri
from gbagraph.sparql import dialect
from gbagraph.sparql.reader import MOST_PARTS, read
from gbagraph.sparql.tokens import (
    BETWEEN,
    Token,
    declared_prefixes,
    is_service,
    resolved,
    service_clauses,
    unescaped,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gbagraph.sparql.nodes import Query

_NONDETERMINISTIC: Final = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})
_SUSPECT: Final = re.compile(rf"\b(?:{'|'.join(_NONDETERMINISTIC)})\b")
_MARKED: Final = ("NOW", "RAND", "UUID", "BNODE", "CONSTRUCT")
"""One of them stands in each query that is not deterministic, or makes blank nodes."""
_BLANK: Final = ("[", "(", "_:", "<<", "{|", "~")
"""How blank nodes are written, including unnamed reifiers (SPARQL 1.2)."""
_LONGEST: Final = 64 * 1024
"""Characters of the longest query that is analysed; the analysis takes the server's own time."""
_FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_FROM: Final = re.compile(
    rf"(?<![\w?$:.\-])FROM\b{BETWEEN}(?:NAMED\b{BETWEEN})?[\w.\-]*+[<:]"  # in upper case
)
_OF_DATATYPE: Final = r"[^\s\"'^]"
_PARTIAL_DATE: Final = re.compile(
    rf"[<>=]\s*(?:\"[^\"]*\"|'[^']*')\^\^{_OF_DATATYPE}*gYear"
    rf"|\^\^{_OF_DATATYPE}*gYear(?:Month)?>?\s*[<>!=]"
)
"""A comparison with a year or a year and month."""


class Traits(NamedTuple):
    """What decides whether the answer to a query can be kept, and how it is tagged.

    It *is_fixed* if it is a function of the dataset and the query alone, and *may_make_blank_nodes*.
    """

    is_fixed: bool
    may_make_blank_nodes: bool


_PLAIN: Final = Traits(is_fixed=True, may_make_blank_nodes=False)


def traits(text: str) -> Traits:
    """Return the traits of the query *text*; most have no word that could make them other than plain."""
    upper = text.upper()
    for word in _MARKED:
        if word in upper:
            query = ParsedQuery(text)
            return Traits(query.is_deterministic, query.may_make_blank_nodes)
    return _PLAIN


class ServiceCall(NamedTuple):
    """A SERVICE clause: its *endpoint*, empty if that is a variable, and whether it must be answered.

    *is_needed*: without its answer the query has none. So it is neither with SILENT nor inside of
    another SERVICE, whose endpoint calls it.
    """

    endpoint: str
    is_needed: bool


class ParsedQuery:
    """A query, *text*. Whatever takes tokens comes after a search of the text, which is cheaper.

    Most queries need no tokens, and splitting them takes longer than evaluating them.
    """

    def __init__(self, text: str, base: str | None = None) -> None:
        self.text = text
        self.upper = text.upper()
        self._outer = base

    def require_valid(self) -> None:
        """Have pyoxigraph parse the query: over no data, and without a call of an endpoint.

        Raises:
            SyntaxError, OSError, RuntimeError, ValueError: as pyoxigraph.
            QuerySyntaxError: pyoxigraph would accept the query, but the standard does not.
        """
        ox.Store().query(self.silenced.normalized.text, base_iri=base_iri())

    @cached_property
    def words(self) -> list[Token]:
        """The tokens without spaces and comments."""
        return words(self.text)

    @property
    def tree(self) -> Query:
        """The query as a tree.

        Raises:
            NotRead: it is too large, is no SPARQL, or holds what SPARQL 1.1 does not have.
        """
        return self.tree_of(MOST_PARTS)

    def tree_of(self, most_parts: int) -> Query:
        """Return the tree of a query with at most *most_parts* parts in a row.

        Raises:
            NotRead: as for :attr:`tree`.
        """
        return read(self.text, self.words, self._own_base, most_parts)

    # Names

    @cached_property
    def prefixes(self) -> dict[str, str]:
        """The prefixes that the query declares, by name without the colon; their IRIs as written."""
        return declared_prefixes(self.text)

    @property
    def _own_base(self) -> str:
        return base_iri() if self._outer is None else self._outer

    @cached_property
    def base(self) -> str:
        """The last base that is declared, resolved against those before, else that of the project."""
        base = self._own_base
        for keyword, iri in zip(self.words, self.words[1:], strict=False):
            if keyword.text.upper() == "BASE" and iri.kind == "iri":
                base = resolved(base, iri.text[1:-1])
        return base

    @cached_property
    def _namespaces(self) -> dict[str, str]:
        return {name: resolved(self.base, iri) for name, iri in self.prefixes.items()}

    def iri(self, token: Token) -> str:
        """Return the IRI that *token*, an IRI or a prefixed name, means here; empty if it is none."""
        try:
            return self._iri(token) or ""
        except ValueError:
            return ""

    def _iri(self, token: Token) -> str | None:
        if token.kind == "iri":
            return resolved(self.base, token.text[1:-1])
        prefix, _, local = token.text.partition(":")
        if token.kind != "name" or prefix not in self._namespaces:
            return None
        return self._namespaces[prefix] + unescaped(local)

    @property
    def iris(self) -> frozenset[str]:
        """All IRIs, in full or as prefixed names and as they are written; declarations do not count."""
        keywords = ["", "", *(word.text.upper() for word in self.words)]
        iris = set()
        for before, last, token in zip(keywords, keywords[1:], self.words, strict=False):
            prefix, _, local = token.text.partition(":")
            if token.kind == "iri" and before != "PREFIX" and last != "BASE":
                iris.add(token.text[1:-1])
            elif token.kind == "name" and local and prefix in self.prefixes:
                iris.add(self.prefixes[prefix] + local)
        return frozenset(iris)

    @property
    def variables(self) -> list[str]:
        """The names of the variables in the order of their first appearance."""
        names = (token.text[1:] for token in self.words if token.kind == "variable")
        return list(dict.fromkeys(names))

    # What it is, and what it needs

    @property
    def makes_graph(self) -> bool:
        """Whether its answer is a graph, by its form: CONSTRUCT or DESCRIBE."""
        named = (token.text.upper() for token in self.words if token.kind == "word")
        return next((word for word in named if word in _FORMS), "") in ("CONSTRUCT", "DESCRIBE")

    @property
    def dataset(self) -> tuple[list[str], list[str]]:
        """The graphs of the FROM and of the FROM NAMED clauses (SPARQL 1.1, section 13.2).

        If a name cannot be expanded, there are none.
        """
        default: list[str] = []
        named: list[str] = []
        if "FROM" not in self.upper or not _FROM.search(self.upper):
            return default, named
        for at, keyword in enumerate(self.words[:-1]):
            if keyword.kind != "word" or keyword.text.upper() != "FROM":
                continue
            after, *rest = self.words[at + 1 : at + 3]
            is_named = after.kind == "word" and after.text.upper() == "NAMED"
            iri = self._iri(rest[0] if is_named and rest else after)
            if iri is None:
                return [], []
            (named if is_named else default).append(iri)
        return default, named

    @property
    def may_lose_rows(self) -> bool:
        """Whether the tokens alone show that rows may be missing silently.

        So it is with SERVICE, which calls no endpoint here, and where a year or a month is compared:
        values of another datatype of dates do not compare with it, and their rows are dropped.
        """
        if "SERVICE" in self.upper and self.calls_services:
            return True
        return "gYear" in self.text and _PARTIAL_DATE.search(self.text) is not None

    @property
    def calls_services(self) -> bool:
        """Whether the query has SERVICE in it."""
        return "SERVICE" in self.upper and any(map(is_service, self.words))

    def service_calls(self) -> Iterator[ServiceCall]:
        """Yield the SERVICE clauses, in the order of the text, before anything is bound or evaluated."""
        if not self.calls_services:
            return
        inside_until = 0
        for clause in service_clauses(self.words):
            if clause.endpoint is not None:
                is_needed = not clause.is_silent and clause.keyword.start >= inside_until
                yield ServiceCall(self.iri(clause.endpoint), is_needed)
            inside_until = max(inside_until, clause.end)

    @property
    def is_deterministic(self) -> bool:
        """Whether the answer is a function of the dataset and the query alone."""
        upper = self.upper
        if not any(map(upper.__contains__, _NONDETERMINISTIC)) or not _SUSPECT.search(upper):
            return True
        return len(upper) <= _LONGEST and not any(
            token.kind == "word" and token.text.upper() in _NONDETERMINISTIC for token in self.words
        )

    @property
    def may_make_blank_nodes(self) -> bool:
        """Whether a CONSTRUCT template may make blank nodes: named, anonymous, lists or reifiers."""
        if not any(map(self.text.__contains__, _BLANK)) or "CONSTRUCT" not in self.upper:
            return False
        if len(self.text) > _LONGEST:
            return True
        if not any(word.kind == "word" and word.text.upper() == "CONSTRUCT" for word in self.words):
            return False
        kinds = ("other", "blank")
        written = "".join(word.text if word.kind in kinds else " " for word in self.words)
        return any(mark in written for mark in _BLANK)

    # Rewritten

    @property
    def normalized(self) -> ParsedQuery:
        """The query, rewritten so that pyoxigraph evaluates it as the standard demands.

        Raises:
            QuerySyntaxError: pyoxigraph would accept the query, but the standard does not.
            ServiceNotAllowed: the query calls another endpoint.
        """
        if "SERVICE" not in self.upper:
            return self.standard
        return self._rewritten(dialect.without_services(self.text, self.words, self.iri)).standard

    @property
    def standard(self) -> ParsedQuery:
        """The query as :attr:`normalized` rewrites it, but with its SERVICE clauses as they are.

        Raises:
            QuerySyntaxError: pyoxigraph would accept the query, but the standard does not.
        """
        text = dialect.standard(self.text, self.upper)
        return self if text is self.text else self._rewritten(text)

    @property
    def silenced(self) -> ParsedQuery:
        """The query in which each SERVICE is SILENT, so that :attr:`normalized` makes no call of it."""
        if "SERVICE" not in self.upper:
            return self
        return self._rewritten(dialect.silenced(self.text, self.words))

    @property
    def without_code_points(self) -> ParsedQuery:
        """The query without escapes of code points, so that every parser reads the same in it.

        Raises:
            QuerySyntaxError: one stands outside of an IRI and a string.
        """
        return self._rewritten(dialect.without_code_points(self.text))

    def _rewritten(self, text: str) -> ParsedQuery:
        return self if text == self.text else ParsedQuery(text, self._outer)
