"""The answer to an ASK query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, overload

import pyoxigraph as ox

from gbagraph.answers import serialization

if TYPE_CHECKING:
    from collections.abc import Iterable

    import rdflib.query

    from gbagraph.answers.serialization import Output, ResultsFormat
    from gbagraph.answers.sources import Source


class Boolean:
    """Yes or no: false if it is no, and equal to True or False. ``is True`` it is never.

    *sources* are the other endpoints that were called for it.
    """

    __slots__ = ("sources", "value")

    def __init__(self, value: bool, sources: Iterable[Source] = ()) -> None:
        self.value: Final = bool(value)
        self.sources: Final = tuple(sources)

    def __bool__(self) -> bool:
        return self.value

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bool | Boolean | ox.QueryBoolean):
            return self.value == bool(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return f"Boolean({self.value})"

    def __reduce__(self) -> tuple[type[Boolean], tuple[bool, tuple[Source, ...]]]:
        return Boolean, (self.value, self.sources)

    @overload
    def serialize(self, output: None = None, format: ResultsFormat | None = None) -> bytes: ...
    @overload
    def serialize(self, output: Output, format: ResultsFormat | None = None) -> None: ...
    def serialize(
        self,
        output: Output | None = None,
        format: ResultsFormat | None = None,  # noqa: A002  as pyoxigraph has it
    ) -> bytes | None:
        """Write it; arguments and errors as of :meth:`gbagraph.answers.Solutions.serialize`."""
        return serialization.boolean(self.value, output, format)

    def to_rdflib(self) -> rdflib.query.Result:
        """The same as rdflib's result of a query."""
        from rdflib.query import Result  # noqa: PLC0415  it takes longer to import than this package

        found = Result("ASK")
        found.askAnswer = self.value
        return found

    def _repr_html_(self) -> str:
        """The word, which notebooks show."""
        return f"<p>{str(self.value).lower()}</p>\n"
