"""Labels beside the IRIs of rows, in the languages that a client prefers."""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import chain, islice
from operator import eq
from typing import TYPE_CHECKING, Final, TypeVar

import pyoxigraph as ox

from gbagraph.rdf.dataset import Dataset, access
from gbagraph.rdf.namespaces import LABELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gbagraph.rdf.formats import Row, Rows
    from gbagraph.rdf.results import Term

_T = TypeVar("_T")

_LOOKED_AT: Final = 1000
"""Rows in which a column must have an IRI to get labels: its head is written before the rest is read."""
_HELD: Final = 10_000
"""Labels of an answer that are held at once."""


def label_column(name: str) -> str:
    """The column with the labels of the IRIs in the column *name*."""
    return f"{name}Label"


def with_labels(
    store: Dataset, languages: Sequence[str], names: Sequence[str], rows: Iterable[Row]
) -> tuple[list[str], Rows]:
    """Columns and rows with a column of labels after each column that has IRIs.

    A column whose labels the query selects itself, under the name that theirs would have, gets none.

    Args:
        store: where labels are looked up, in all graphs.
        languages: language tags, the preferred first.
        names: the columns.
        rows: the rows, of which the first are read at once.
    """
    rest = iter(rows)
    first = list(islice(rest, _LOOKED_AT))
    places = [
        place
        for place, name in enumerate(names)
        if label_column(name) not in names
        and any(isinstance(row[place], ox.NamedNode) for row in first)
    ]
    label = LabelFinder(store, languages)
    labelled = (
        _labelled(row, places, label) for row in _read_ahead(chain(first, rest), places, label)
    )
    return _inserted(names, places, [label_column(names[place]) for place in places]), labelled


def _read_ahead(rows: Iterable[Row], places: Sequence[int], label: LabelFinder) -> Iterator[Row]:
    """*rows*; of those that come from an engine, the labels of many are read before the first."""
    if not label.is_far:
        yield from rows
        return
    rest = iter(rows)
    while batch := list(islice(rest, _LOOKED_AT)):
        label.read_ahead(row[place] for row in batch for place in places)
        yield from batch


def _labelled(row: Row, places: Sequence[int], label: LabelFinder) -> list[Term | None]:
    return _inserted(list(row), places, [label(row[place]) for place in places])


def _inserted(values: Sequence[_T], places: Sequence[int], added: Sequence[_T]) -> list[_T]:
    """*values*, and after that at each of *places* the value *added* for it."""
    after = dict(zip(places, added, strict=True))
    return list(
        chain.from_iterable(
            (value, after[place]) if place in after else (value,)
            for place, value in enumerate(values)
        )
    )


class LabelFinder:
    """Gives the label of an IRI, None for one without and for what is no IRI.

    The language is looked up as in RFC 4647, section 3.4, for each of *languages* in turn: ``zh-Hans``,
    then ``zh``; and ``zh`` is content with ``zh-hans`` where there is nothing else. A label without a
    language comes last. Among several, that of the better property is taken, then the first by its text.
    With None in place of languages, nothing has a label. *properties* are those whose values are given.
    """

    def __init__(
        self, store: Dataset, languages: Sequence[str] | None, properties: Sequence[str] = LABELS
    ) -> None:
        self._store, self._gives_any = store, languages is not None
        self._properties = tuple(map(ox.NamedNode, properties))
        self._fits: list[Callable[[str], bool]] = [
            *chain.from_iterable(map(_conditions, languages or ())),
            lambda tag: not tag,
        ]
        self._find = lru_cache(maxsize=_HELD)(self._found)

    @property
    def is_far(self) -> bool:
        """Whether each label is a question to an engine."""
        return access(self._store).is_far

    def __call__(self, term: Term | None) -> ox.Literal | None:
        """The label of *term*."""
        return self._find(term) if self._gives_any and isinstance(term, ox.NamedNode) else None

    def read_ahead(self, terms: Iterable[Term | None]) -> None:
        """Read at once what the labels of *terms* are, where each would be a question to an engine."""
        if self._gives_any:
            access(self._store).prefetch(terms, self._properties)

    def _found(self, term: ox.NamedNode) -> ox.Literal | None:
        labels = self._labels(term)
        tagged = [((label.language or "").lower(), label) for label in labels]
        fitting = (label for fits in self._fits for tag, label in tagged if fits(tag))
        return next(fitting, None)

    def _labels(self, node: ox.NamedNode) -> Iterator[ox.Literal]:
        """The labels of *node*, those of the better property first."""
        for name in self._properties:
            quads = self._store.quads_for_pattern(node, name, None, None)
            values = {quad.object for quad in quads}
            yield from sorted((v for v in values if isinstance(v, ox.Literal)), key=str)


def _conditions(language: str) -> Iterator[Callable[[str], bool]]:
    """Conditions on a language tag in lower case, the strictest first."""
    parts = language.lower().split("-")
    for end in range(len(parts), 0, -1):
        yield partial(eq, "-".join(parts[:end]))
    yield lambda tag: tag.startswith(f"{language.lower()}-")
