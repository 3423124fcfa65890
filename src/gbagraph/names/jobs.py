"""Jobs that the names of the data do: what a reference may mean, and how often a term is used."""

from __future__ import annotations

from typing import ClassVar

from gbagraph.engine.jobs import JsonJob
from gbagraph.sparql.terms import Reference


class Meanings(JsonJob, frozen=True):
    """Say which thing each of *references* means, or which it may mean, as a JSON list."""

    evaluator: ClassVar[str] = "gbagraph.names.meanings:run"
    is_by_names: ClassVar[bool] = True

    references: tuple[Reference, ...]


class Counts(JsonJob, frozen=True):
    """Give the triples of each property and the things of each class, from the index, as JSON.

    ``properties`` and ``classes`` are lists of IRIs with numbers. Where they are not known, ``index``
    says why: it is ``building`` or ``off``, or empty where there is none.
    """

    evaluator: ClassVar[str] = "gbagraph.names.index:run"

    @property
    def is_by_index(self) -> bool:
        """It is read from the index."""
        return True
