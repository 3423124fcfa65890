"""The address of an answer: what is asked, what of it the page shows, and links that change either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from gbagraph.errors import BadParameter
from gbagraph.explain.terms import from_json
from gbagraph.rdf.results import turtle_term
from gbagraph.settings import MAX_TARGET
from gbagraph.sparql import protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

_LAST: Final = 1_000_000
"""The last page that can be asked for."""
_DIGITS: Final = 9
"""Of the longest number that is read."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address with what is *asked* there, and the parameters by which a page *shows* the answer.

    *server* is what comes before *path*. *own* are the names of parameters that a canned query has
    itself: the server's parameters of such a name have a dollar sign before it.
    """

    server: str
    path: str
    asked: tuple[tuple[str, str], ...]
    shows: tuple[tuple[str, str], ...] = ()
    own: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        server: str,
        path: str,
        pairs: Iterable[tuple[str, str]],
        own: frozenset[str] = frozenset(),
    ) -> Address:
        """The address of a request with these parameters, of which a format is left out."""
        formats = protocol.FORMATS
        given = [pair for pair in pairs if pair[1] and _plain(pair[0], own) not in formats]
        plain = [_plain(name, own) for name, _ in given]
        is_shown = [name in protocol.PAGE for name in plain]
        return cls(
            server,
            path,
            tuple(p for p, shown in zip(given, is_shown, strict=True) if not shown),
            tuple(
                (name, value)
                for name, (_, value), shown in zip(plain, given, is_shown, strict=True)
                if shown
            ),
            own,
        )

    @property
    def view(self) -> str:
        """What the answer is shown as; a table if nothing else is asked for."""
        return dict(self.shows).get(protocol.VIEW, "table")

    @property
    def order(self) -> str:
        """The column by which rows are sorted, with a minus sign before it for the reverse."""
        return dict(self.shows).get(protocol.ORDER, "")

    @property
    def find(self) -> str:
        """The text that rows contain."""
        return dict(self.shows).get(protocol.FIND, "")

    @property
    def page(self) -> int:
        """The number of the page, from 1.

        Raises:
            BadParameter: it is no number.
        """
        text = dict(self.shows).get(protocol.PAGE_NUMBER, "1")
        if not text.isdecimal() or len(text) > _DIGITS or not 1 <= int(text) <= _LAST:
            raise BadParameter(
                f"The parameter page has the value {text[:100]!r}. Give a number from 1.",
                parameter="page",
            )
        return int(text)

    @property
    def is_linkable(self) -> bool:
        """Whether a link can hold what is asked: the server refuses longer targets; forms post them."""
        return sum(len(value) for _, value in self.asked) < MAX_TARGET

    def named(self, name: str) -> str:
        """How a parameter of the server is written here."""
        return f"${name}" if name in self.own else name

    def link(self, **changes: str | int | None) -> str:
        """The address with other values for these parameters of the server; None leaves one out.

        Whatever is changed but the page itself leads to the first page.
        """
        changes = {protocol.PAGE_NUMBER: None} | changes
        kept = {self.named(name) for name in changes}
        shown = [(self.named(name), value) for name, value in self.shows if name not in changes]
        pairs = [pair for pair in self.asked if pair[0] not in kept] + shown
        new = [(self.named(name), str(value)) for name, value in changes.items() if value]
        return self._written([*pairs, *new])

    def download(self, name: str) -> str:
        """The address of the whole answer in the format of this name, without its evidence."""
        return self._written([*self.for_programs(), (self.named("format"), name)])

    @property
    def with_evidence(self) -> str:
        """The address of the whole answer with what each row rests on; one format has room for it."""
        evidence = (self.named(protocol.EVIDENCE), "true")
        return self._written([*self.for_programs(), evidence, (self.named("format"), "srj")])

    def for_programs(self) -> list[tuple[str, str]]:
        """What is asked, without what only pages show."""
        left_out = {self.named(name) for name in (protocol.EVIDENCE, protocol.LABELS)}
        return [pair for pair in self.asked if pair[0] not in left_out]

    @property
    def plain(self) -> str:
        """The address for programs, which say by a header field what they accept."""
        return self._written(self.for_programs())

    def hidden(self, *without: str) -> list[tuple[str, str]]:
        """The parameters that a form keeps which sets those of the server named *without*."""
        left_out = {self.named(name) for name in (*without, protocol.PAGE_NUMBER)}
        shown = [(self.named(name), value) for name, value in self.shows]
        return [pair for pair in [*self.asked, *shown] if pair[0] not in left_out]

    def _written(self, pairs: list[tuple[str, str]]) -> str:
        parameters = f"?{urlencode(pairs, quote_via=quote)}" if pairs else ""
        return f"{self.server}{self.path}{parameters}"


def _plain(name: str, own: frozenset[str]) -> str:
    """The name of a parameter of the server; that of the query's own is empty here."""
    if name[:1] == "$" and name[1:] in own:
        return name[1:]
    return "" if name in own else name


def of_proof(subject: dict[str, Any], predicate: dict[str, Any], value: dict[str, Any]) -> str:
    """The query string of ``/why`` for a triple; empty for one with terms that have no name."""
    terms = [from_json(term) for term in (subject, predicate, value)]
    if any(term is None for term in terms):
        return ""
    return urlencode(
        {name: turtle_term(term) for name, term in zip("spo", terms, strict=True) if term}
    )
