"""What changed in an answer from one version to another, and by which triples, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyoxigraph as ox

    from gbagraph.api.explanations import Basis, Sentences, Words
    from gbagraph.rdf.results import Term


@dataclass(frozen=True, slots=True)
class ChangedTriple:
    """A triple that some graphs have no longer, or newly.

    *removed* and *added* are the IRIs of these graphs, empty for the default graph.

    How it is known, the version says that has it: *basis*, *paragraphs*, *sentences*, *words*
    and *note* as of :class:`gbagraph.api.explanations.RowTriple`. One that only follows comes
    with the changed triples that it *follows_from*.
    """

    triple: ox.Triple
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    basis: Basis = "asserted"
    paragraphs: tuple[str, ...] = ()
    sentences: Sentences = ()
    words: Words = ()
    note: str = ""
    follows_from: tuple[ChangedTriple, ...] = ()

    @property
    def sign(self) -> Literal["-", "+", "~"]:
        """Whether it is gone, new, or in other graphs than before."""
        return "~" if self.removed and self.added else "-" if self.removed else "+"


@dataclass(frozen=True, slots=True)
class Cause:
    """The changes that a row is gone or new by, proven in the version that lacks the row.

    With exactly these changes taken over from the version that has it, that version gives the row,
    too; and if it *is_minimal*, not with all but any one of them. *by_query*: asked the text of the
    query that the other one has; without *triples*, that alone gives the row. *is_mirrored*: the
    version that has the row loses it without them.
    """

    triples: tuple[ChangedTriple, ...] = ()
    by_query: bool = False
    is_minimal: bool = True
    is_mirrored: bool = True


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that is gone or new, with how often it came *before* and comes *after*.

    None of *cause*: no change of the data gives the row, such as where it depends on the order of
    loading.
    """

    row: Mapping[str, Term]
    before: int
    after: int
    cause: Cause | None

    @property
    def sign(self) -> Literal["-", "+"]:
        """Whether it is gone, or new."""
        return "-" if self.before > self.after else "+"


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """The rows that are gone from the answer of a query or new in it, each with its cause.

    ``before`` and ``after`` are the versions. ``columns`` are those that only one has, after ``-``
    or ``+``; then rows are compared by the columns of both. ``only_in`` is the version that alone
    has such a canned query, whose text is then asked of both. ``order`` is the cause of the same
    rows in another order, where the query orders them. The first rows alone are explained:
    ``left_out`` more are not.
    """

    query: str
    before: str
    after: str
    rows: tuple[ChangedRow, ...] = ()
    columns: tuple[str, ...] = ()
    only_in: str = ""
    order: Cause | None = None
    left_out: int = 0

    def __bool__(self) -> bool:
        return bool(self.rows or self.columns or self.order)
