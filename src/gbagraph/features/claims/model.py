"""What a claim is: one triple, on which passage it rests, in which way, and by which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import pyoxigraph as ox

    from gbagraph.features.verify.selectors import Selector

Basis = Literal["stated", "inferred", "worded"]


class Place(NamedTuple):
    """Where something is written: the name of the file, the line and the column, from 1."""

    file: str
    line: int
    column: int = 1


class Fault(NamedTuple):
    """What is wrong: where, by which rule, and what would be right."""

    place: Place
    rule: str
    message: str

    def __str__(self) -> str:
        """One line, in the form that editors understand."""
        return f"{self.place.file}:{self.place.line}: {self.message} [{self.rule}]"


class Words(NamedTuple):
    """Words of a passage as they were written: verbatim, a range of characters, or a whole sentence.

    Verbatim words of a sentence are looked for there alone.
    """

    text: str = ""
    start: int = -1
    end: int = -1
    sentence: int = 0


class Rest(NamedTuple):
    """A passage, by its IRI, on which a claim rests, and the words of it that carry the claim."""

    passage: str
    words: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One triple and on what it rests.

    Of several passages, each states it by itself, or it is inferred from, or worded after, all together.
    ``resolves`` are the words, such as *last August*, that became a date. ``name`` is the IRI of the
    claim where one was given. ``fine`` are the rules of checks that the note says are met in another
    way. ``place`` is where it was written: claims that were made from one line share it.
    """

    subject: ox.NamedNode
    predicate: ox.NamedNode
    value: ox.NamedNode | ox.Literal
    basis: Basis
    rests: tuple[Rest, ...]
    note: str = ""
    note_language: str = ""
    resolves: str = ""
    name: str = ""
    fine: tuple[str, ...] = ()
    place: Place


class Passages(Protocol):
    """The passages of a document, from its text or from the data."""

    def names(self) -> tuple[str, ...]:
        """Return the IRIs of the passages, in the order of the document."""

    def words(self, passage: str, selector: Selector) -> Words:
        """Return the words that a selector of a passage selects, verbatim or as a range.

        Raises:
            BadParameter: the text has others there.
        """
